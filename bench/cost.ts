/**
 * What a whole extraction costs: `deno run -A bench/cost.ts [--folder /tmp/annulus-bench] [--backend webgpu|cpu|auto] [--long]`.
 * Runs `cli.ts run` as a process of its own and reads its CPU seconds and peak resident memory from the operating system.
 * `--long` adds 256×256×30000 (a 4 GB movie) under a ceiling of 1 GB. Needs Linux (/proc).
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { accuracyMovie } from "./accuracy_movies.ts";

const CLI = new URL("../cli.ts", import.meta.url).pathname;

/** Cost of one process. */
export interface Cost {
  /** User and system seconds of all its threads. */
  readonly cpuSeconds: number;
  /** Seconds on the clock. */
  readonly seconds: number;
  /** Peak resident memory, bytes. */
  readonly peakBytes: number;
}

/** Runs the command line with arguments; rejects when it fails. */
export async function measureCommand(args: readonly string[]): Promise<Cost> {
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI, ...args],
    stdout: "null",
    stderr: "piped",
  })
    .spawn();
  const errors = new Response(child.stderr).text();
  let cpuSeconds = 0, peakBytes = 0, running = true;
  const status = child.status.finally(() => running = false);
  while (running) {
    try {
      // Fields 14 and 15 of stat, after the name in parentheses, are clock ticks of user and system time.
      const fields = (await Deno.readTextFile(`/proc/${child.pid}/stat`)).split(") ")[1].split(" ");
      const high = (await Deno.readTextFile(`/proc/${child.pid}/status`)).match(/VmHWM:\s+(\d+) kB/);
      cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
      if (high) peakBytes = Number(high[1]) * 1024;
    } catch {
      break; // The process ended between two looks.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (!(await status).success) throw new Error(`annulus ${args.join(" ")} failed: ${await errors}`);
  return { cpuSeconds, seconds: (performance.now() - start) / 1000, peakBytes };
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      folder: { type: "string", default: "/tmp/annulus-bench" },
      backend: { type: "string", default: "auto" },
      long: { type: "boolean", default: false },
    },
  });
  const standard = await accuracyMovie("standard", values.folder);
  const runs: [string, string, string[]][] = [
    ["256×256×3000", standard!.path, []],
    ["256×256×3000, --memory 700MB", standard!.path, ["--memory", "700MB"]],
  ];
  if (values.long) {
    const path = `${values.folder}/long.tif`;
    if (!await Deno.stat(path).then(() => true, () => false)) {
      await measureCommand(["simulate", "--preset", "standard", "--frames", "30000", "--out", path]);
    }
    runs.push(["256×256×30000, --memory 1GB", path, ["--memory", "1GB"]]);
  }
  const out = `${values.folder}/cost-results-${process.pid}`;
  console.log("| movie | CPU-s | wall s | peak MB |\n| --- | --- | --- | --- |");
  for (const [name, path, extra] of runs) {
    const cost = await measureCommand(["run", path, "--out", out, "--force", "--backend", values.backend, ...extra]);
    const { cpuSeconds, seconds, peakBytes } = cost;
    console.log(`| ${name} | ${cpuSeconds.toFixed(1)} | ${seconds.toFixed(1)} | ${(peakBytes / 1e6).toFixed(0)} |`);
    await Deno.remove(out, { recursive: true });
  }
}
