import { UsageError } from "./exit.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Least memory worth planning with, bytes. */
const LEAST = 64e6;

/** Bytes of a size such as `1GB`, `512 MiB` or `2e9`. Throws `UsageError`. */
export function parseMemory(text: string): number {
  const match = /^\s*([0-9.]+(?:e[0-9]+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = match === null ? undefined : UNITS[match[2].toLowerCase()];
  const bytes = match === null || unit === undefined ? NaN : Number(match[1]) * unit;
  if (!(bytes >= LEAST)) {
    throw new UsageError(`--memory is ${text}, but it has to be a size of at least 64MB, such as 1GB`);
  }
  return Math.floor(bytes);
}

/** A quarter of the machine's memory, or of what its container may use, bytes. */
export function defaultMemory(): number {
  const { total } = Deno.systemMemoryInfo();
  return Math.max(LEAST, Math.floor(Math.min(total, containerLimit()) / 4));
}

function containerLimit(): number {
  for (const path of ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]) {
    try {
      const limit = Number(Deno.readTextFileSync(path));
      if (limit > 0) return limit;
    } catch {
      // No such control group: the machine's memory is the limit.
    }
  }
  return Infinity;
}

/** Bytes for people: 48 KB, 3.3 MB, 64 MB, 1.3 GB. */
export function showMemory(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes < 1e6) return `${Number((bytes / 1e3).toPrecision(bytes < 1e4 ? 2 : 3))} KB`;
  return `${bytes < 1e7 ? Number((bytes / 1e6).toFixed(1)) : Math.round(bytes / 1e6)} MB`;
}
