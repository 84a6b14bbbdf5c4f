import { dirname, join } from "node:path";
import { MovieError } from "../../core/errors.ts";

/** Variable that names the ffmpeg program, or the folder it lies in, when it is not the one on the PATH. */
const VARIABLE = "ANNULUS_FFMPEG";

/** The two programs of FFmpeg. */
export interface FfmpegPrograms {
  /** Decodes. */
  readonly ffmpeg: string;
  /** Tells what is in a file. */
  readonly ffprobe: string;
  /** Flags that make every decoded picture come out once, whatever its time. */
  readonly everyPicture: readonly string[];
}

const found = new Map<string, Promise<FfmpegPrograms | string>>();

/**
 * FFmpeg's programs: those that `ANNULUS_FFMPEG` names (the program or its folder), else those on the PATH.
 * Rejects with a `MovieError` that says what to install.
 * @param path the movie
 * @param codec what it is needed for: "FFV1 video"
 */
export async function findFfmpeg(path: string, codec: string): Promise<FfmpegPrograms> {
  const programs = await ffmpegPrograms();
  if (typeof programs !== "string") return programs;
  throw new MovieError(
    `Movie "${path}" holds ${codec}, which annulus decodes through the ffmpeg program, but ${programs}: install it ` +
      `("apt install ffmpeg", "brew install ffmpeg" or "winget install ffmpeg"), set ${VARIABLE} to where it is, or convert the movie ` +
      `to TIFF or uncompressed grey AVI`,
  );
}

/** FFmpeg's programs, looked for once per place, or words that complete "but …" where there are none. */
export function ffmpegPrograms(): Promise<FfmpegPrograms | string> {
  const place = environment();
  if (!found.has(place)) found.set(place, lookUp(place));
  return found.get(place)!;
}

/** What the variable says; empty when it is not set or not to be read. */
function environment(): string {
  try {
    return Deno.env.get(VARIABLE) ?? "";
  } catch {
    return "";
  }
}

/** Programs that start, or why there are none: words that complete "but …". */
async function lookUp(place: string): Promise<FfmpegPrograms | string> {
  let ffmpeg = "ffmpeg", ffprobe = "ffprobe";
  if (place !== "") {
    const isFolder = await Deno.stat(place).then((status) => status.isDirectory, () => false);
    ffmpeg = isFolder ? join(place, "ffmpeg") : place;
    ffprobe = join(isFolder ? place : dirname(place), `ffprobe${/\.exe$/i.test(place) ? ".exe" : ""}`);
  }
  const where = place === "" ? "on the PATH" : `where ${VARIABLE} points ("${place}")`;
  let version: string;
  try {
    version = await versionOf(ffmpeg);
    await versionOf(ffprobe);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return "annulus may not start it (allow that with --allow-run or -A)";
    return `there is no working ${
      (error as Error).cause === ffprobe ? "ffprobe, which comes with it," : "ffmpeg"
    } ${where}`;
  }
  // The flag's older name until 5.1; nightly builds have no such number and are newer.
  const numbers = /version n?(\d+)\.(\d+)/.exec(version);
  const old = numbers !== null && (Number(numbers[1]) < 5 || (Number(numbers[1]) === 5 && Number(numbers[2]) < 1));
  return { ffmpeg, ffprobe, everyPicture: old ? ["-vsync", "passthrough"] : ["-fps_mode", "passthrough"] };
}

/**
 * First line of what a program says of its version. Throws when it does not start; the cause is then the program's
 * name.
 */
async function versionOf(program: string): Promise<string> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args: ["-version"],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    if (success) return new TextDecoder().decode(stdout).split("\n")[0];
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
  }
  throw new Error("does not start", { cause: program });
}
