import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Extraction } from "../../core/extraction.ts";
import { type MovieFile, recordingOf } from "../../core/movie.ts";
import { writeRecordingFacts } from "../../nwb/facts.ts";
import type { NwbWriter } from "../../nwb/nwb_writer.ts";
import { type Timing, timingOf } from "../../nwb/timing.ts";

/** How the recording is linked. */
interface RecordingOptions {
  /** Path of the imaging plane in the file. */
  readonly plane: string;
  /** Path the NWB file will have. */
  readonly target: string;
  /** Timing of the frames that were analysed. */
  readonly timing: Timing;
}

/**
 * Writes the recording as a series whose frames are in external files, if it came from files, and what these say of themselves. A recording that is
 * in an NWB file is linked itself.
 * @returns Whether there is such a series with the timing of the frames that were analysed.
 */
export function writeRecording(
  nwb: NwbWriter,
  path: string,
  extraction: Extraction,
  { plane, target, timing }: RecordingOptions,
): boolean {
  const { movie } = extraction, { files, metadata, history = [] } = movie, whole = recordingOf(movie);
  writeRecordingFacts(nwb, metadata);
  if (files.length === 0) return false;
  if (files.length === 1 && /\.nwb$/i.test(files[0].path) && typeof metadata?.series === "string") {
    // A series of another NWB file is linked itself. pynwb leaves it out, with a warning, when that file has gone.
    nwb.file.externalLink(path, linkTo(files[0], target), metadata.series);
    return false;
  }
  const starts = new Int32Array(files.length);
  for (let i = 1; i < files.length; i++) starts[i] = starts[i - 1] + files[i - 1].frames;
  const total = starts[files.length - 1] + files[files.length - 1].frames, { timestamps } = whole;
  const isShared = total === movie.frames;
  // Frames that were left out or averaged are in the files, too. Times of another number of frames are not theirs.
  const ofFiles = isShared
    ? timing
    : evenOr(timestamps?.length === total ? timestamps : undefined, recordingRate(extraction));
  const comments = history.length === 0
    ? "All frames were analysed as they are."
    : `Cells and traces belong to the recording after these steps: ${history.join("; ")}.`;
  const description = "The recording, in files beside this one";
  nwb.series(path, "OnePhotonSeries", { description, comments, timing: ofFiles });
  nwb.file.numbers(`${path}/data`, [0, 0, 0], new Uint8Array(0));
  nwb.describeData(path, "n.a.");
  nwb.text(`${path}/format`, "external");
  nwb.texts(`${path}/external_file`, files.map((file) => linkTo(file, target)));
  nwb.file.attribute(`${path}/external_file`, "starting_frame", starts);
  nwb.file.numbers(`${path}/num_samples`, [], Uint32Array.of(total));
  // Steps that nobody kept the size before of may have changed it.
  if (history.length === 0 || movie.recording !== undefined) {
    nwb.file.numbers(`${path}/dimension`, [2], Int32Array.of(whole.width, whole.height));
  }
  nwb.file.softLink(`${path}/imaging_plane`, plane);
  return isShared;
}

/** When the frames were taken that were analysed. The time of an average is the middle of its frames. */
export function framesTiming(extraction: Extraction): Timing {
  const { movie: { timestamps }, frameRate } = extraction, rate = recordingRate(extraction);
  const timing = evenOr(timestamps, frameRate);
  return timestamps === undefined ? { ...timing, start: (rate / frameRate - 1) / 2 / rate } : timing;
}

/** Timing by timestamps, or else by the frame rate. */
function evenOr(timestamps: Float64Array | undefined, rate: number): Timing {
  return timingOf(timestamps, timestamps ? undefined : rate)!;
}

/** Frames per second of the recording, of which frames may have been averaged. */
export function recordingRate(
  { movie, frameRate, preparation }: Pick<Extraction, "movie" | "frameRate" | "preparation">,
): number {
  const stated = movie.recording?.frameRate;
  if (stated !== undefined && movie.frameRate !== undefined) return stated;
  const factor = Number(preparation?.preprocessing?.temporal_downsampling_factor ?? 1);
  return frameRate * (factor > 0 && Number.isFinite(factor) ? factor : 1);
}

/** The path of a file as seen from the NWB file, with forward slashes, as NWB's best practices want it. */
function linkTo(file: MovieFile, target: string): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(file.path)) return file.path;
  const folder = dirname(resolve(target)), link = relative(folder, whereIs(file, folder));
  // On another drive there is no relative path.
  return isAbsolute(link) ? link : link.replaceAll("\\", "/");
}

/**
 * Where a file of the recording is: its path is as it was given when the cells were found, perhaps from another working directory, of which the
 * results' folder is likely to be a part.
 */
function whereIs({ path, bytes }: MovieFile, folder: string): string {
  const here = resolve(path);
  if (isAbsolute(path)) return here;
  const above = [folder];
  while (dirname(above[0]) !== above[0]) above.unshift(dirname(above[0]));
  return [here, ...above.reverse().map((one) => join(one, path))].find((one) => isThere(one, bytes)) ?? here;
}

function isThere(path: string, bytes: number): boolean {
  try {
    const status = Deno.statSync(path);
    return status.isDirectory || status.size === bytes;
  } catch {
    return false;
  }
}
