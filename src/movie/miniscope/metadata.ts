import * as fs from "node:fs";
import { join } from "node:path";

/** What a `metaData.json` says. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Largest description that is read: they take hundreds of bytes. */
const LARGEST_TEXT = 2 ** 24;

/** The text of a description. Throws when it is no file, or far too large. */
function textOf(path: string): string {
  const status = fs.statSync(path);
  if (!status.isFile() || status.size > LARGEST_TEXT) throw new RangeError(`${path} is no description`);
  return fs.readFileSync(path, "utf8").replace(/^\ufeff/, "");
}

/** Reads a folder's `metaData.json`: undefined when there is none, a sentence when it cannot be read. */
export function readMetadata(folder: string, names: readonly string[]): Metadata | string | undefined {
  const name = names.find((name) => name.toLowerCase() === "metadata.json");
  if (name === undefined) return undefined;
  try {
    const value = JSON.parse(textOf(join(folder, name)));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  return `"${join(folder, name)}" is no valid JSON and was left out`;
}

/** Frames per second of "30FPS", "30", 30 or "29.97 fps"; undefined when it is none. */
export function frameRateOf(value: unknown): number | undefined {
  const number = typeof value === "number" ? value : parseFloat(/\d+(\.\d+)?/.exec(String(value ?? ""))?.[0] ?? "");
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

/**
 * When a recording began, ISO 8601, of what V4 calls `recordingStartTime`: year, month, day, hour, minute, second and
 * msec on the clock of the place, and `msecSinceEpoch`, which tells the time zone. Undefined when it is not there.
 */
export function startTimeOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { year, month, day, hour, minute, second, msec = 0, msecSinceEpoch } = value as Record<string, unknown>;
  const local = Date.UTC(
    ...[
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
      Number(msec),
    ] as const,
  );
  const epoch = Number(msecSinceEpoch);
  const isEpoch = epoch > 0 && Number.isFinite(new Date(epoch).getTime());
  if (!Number.isFinite(local)) return isEpoch ? new Date(epoch).toISOString() : undefined;
  const text = new Date(local).toISOString().slice(0, -1);
  const minutes = Math.round((local - epoch) / 60000);
  if (!isEpoch || Math.abs(minutes) > 15 * 60) return text;
  const two = (value: number) => String(value).padStart(2, "0"), size = Math.abs(minutes);
  return `${text}${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The table of V3's `settings_and_notes.dat`: titles, values, and the notes below them; nothing when it cannot be read. */
export function readSettings(folder: string, names: readonly string[]): Metadata {
  const name = names.find((name) => name.toLowerCase() === "settings_and_notes.dat");
  if (name === undefined) return {};
  let lines: string[];
  try {
    lines = textOf(join(folder, name)).split(/\r?\n/);
  } catch {
    return {};
  }
  const titles = lines[0].split("\t"), values = lines[1]?.split("\t") ?? [], settings: Record<string, unknown> = {};
  titles.forEach((title, i) => {
    const value = values[i]?.trim() ?? "";
    if (title.trim() !== "" && value !== "") {
      settings[title.trim()] = Number.isFinite(Number(value)) ? Number(value) : value;
    }
  });
  const notes = lines.slice(2).filter((line) => line.trim() !== "" && !/^elapsedTime/i.test(line.trim()));
  return notes.length > 0 ? { ...settings, notes } : settings;
}
