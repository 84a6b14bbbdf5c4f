import type { Parameters } from "../core/extraction_parameters.ts";
import { checkMovie } from "../cnmfe/extract.ts";
import { MovieError, ParameterError } from "../core/errors.ts";
import type { MovieHeader } from "../core/movie.ts";
import { type ChunkPlan, planChunks } from "../core/plan.ts";
import { timestampHealth, timestampNotes } from "../core/timestamps.ts";
import { showMemory } from "./memory.ts";
import { digits, movieBytes, movieSeconds, shapeText } from "./movie_facts.ts";
import { duration } from "./progress.ts";

/** Metadata lines that are printed without --verbose. */
const METADATA_LINES = 30;
/** Files that are printed without --verbose. */
const FILES = 5;
/** Longest value of metadata on a line. */
const LONGEST_VALUE = 100;
/** Traces of a cell: raw, denoised, spikes, float32. */
const TRACE_BYTES = 3 * 4;

/** What is known of a movie, for machines and for people. */
export function movieInfo(
  header: MovieHeader,
  parameters: Parameters,
  memoryBytes: number,
  verbose: boolean,
): { record: Record<string, unknown>; text: string } {
  const { files, timestamps, metadata, notes = [], startTime, pixelSize, format, ...shape } = header;
  const health = timestamps && timestampHealth(timestamps), seconds = movieSeconds(header);
  const onDisk = files.reduce((sum, { bytes }) => sum + bytes, 0), plan = planOf(header, parameters, memoryBytes);
  const record = {
    movie: {
      name: shape.name,
      format: format ?? null,
      width: shape.width,
      height: shape.height,
      frames: shape.frames,
      sample_type: shape.sampleType,
      frame_rate: shape.frameRate ?? null,
      seconds: seconds ?? null,
      start_time: startTime ?? null,
      pixel_size: pixelSize ?? null,
      sample_bytes: movieBytes(header),
      file_bytes: onDisk,
      files,
      notes,
      metadata: metadata ?? {},
    },
    timestamps: health ?? null,
    plan: typeof plan === "string" ? { refused: plan } : plan,
  };
  const lines = [
    `${shape.name}: ${format ?? "movie"}, ${shapeText(header)}`,
    ...(seconds === undefined
      ? ["Duration: unknown, since the frame rate is (--frame_rate HZ)"]
      : [`Duration: ${duration(seconds)}`]),
    ...(startTime === undefined ? [] : [`Began: ${startTime}`]),
    ...(pixelSize === undefined ? [] : [`Pixel size: ${digits(pixelSize.x)}×${digits(pixelSize.y)} µm`]),
    `Size: ${showMemory(onDisk)} on disk, ${showMemory(movieBytes(header))} of samples`,
    ...timestampLines(timestamps, verbose),
    ...fileLines(files, verbose),
    // What is wrong with the timestamps has its own line.
    ...notes.filter((note) => !timestamps || !timestampNotes(timestamps).includes(note)).map((note) => `Note: ${note}`),
    ...planLines(plan, header, parameters, memoryBytes),
    ...metadataLines(metadata, verbose),
  ];
  return { record, text: lines.join("\n") };
}

function timestampLines(timestamps: Float64Array | undefined, verbose: boolean): string[] {
  if (timestamps === undefined) return ["Timestamps: none"];
  const { interval, shortest, longest, gaps } = timestampHealth(timestamps), wrong = timestampNotes(timestamps);
  const range = `intervals ${digits(1000 * shortest)} to ${digits(1000 * longest)} ms, median ${
    digits(1000 * interval)
  }`;
  return [
    `Timestamps: ${
      wrong.length === 0 ? "in order, without gaps" : wrong.map((note) => note.replace(/^Timestamps /, "")).join("; ")
    }; ${range}`,
    ...(verbose ? gaps : []).map(({ frame, seconds, missing }) =>
      `  after frame ${frame}: ${digits(seconds)} s, about ${missing} frames missing`
    ),
  ];
}

function fileLines(files: MovieHeader["files"], verbose: boolean): string[] {
  if (files.length < 2) return [];
  const shown = verbose ? files : files.slice(0, FILES);
  return [
    `Files: ${files.length}`,
    ...shown.map(({ path, frames, bytes }) => `  ${path}: ${frames} frames, ${showMemory(bytes)}`),
    ...(shown.length < files.length ? [`  … (--verbose lists all)`] : []),
  ];
}

/** The plan of a run, or why there is none. */
function planOf(header: MovieHeader, parameters: Parameters, memoryBytes: number): ChunkPlan | string {
  try {
    checkMovie({ header });
    return planChunks(header, parameters, memoryBytes);
  } catch (error) {
    if (error instanceof ParameterError || error instanceof MovieError) return error.message;
    throw error;
  }
}

function planLines(
  plan: ChunkPlan | string,
  { frames }: MovieHeader,
  { gSig }: Parameters,
  memoryBytes: number,
): string[] {
  if (typeof plan === "string") return [`A run with gSig ${gSig}: ${plan}`];
  // Chunks are rounded up to what is averaged.
  const most = (many: number) => count(Math.min(many, frames), "frame");
  const { chunkFrames, tilesAcross, tilesDown, blocks, blockFrames, plannedBytes } = plan;
  const chunks = Math.ceil(frames / chunkFrames), tiles = tilesAcross * tilesDown;
  return [
    `A run with gSig ${gSig}: ${count(chunks, "chunk")} of ${most(chunkFrames)}; the search for cells in ${
      count(tiles, "tile")
    } and ${count(blocks, "block")} of ${most(blockFrames)}; ${showMemory(plannedBytes)} of arrays ` +
    `(at most ${showMemory(memoryBytes)}), and ${showMemory(100 * TRACE_BYTES * frames)} of traces for 100 cells`,
  ];
}

function metadataLines(metadata: MovieHeader["metadata"], verbose: boolean): string[] {
  const lines = flat(metadata ?? {}, "");
  if (lines.length === 0) return [];
  const shown = verbose ? lines : lines.slice(0, METADATA_LINES);
  return [
    "Metadata:",
    ...shown.map((line) => `  ${line}`),
    ...(shown.length < lines.length ? [`  … ${lines.length - shown.length} more (--verbose prints all)`] : []),
  ];
}

/** Nested values, one line each. */
function flat(record: Readonly<Record<string, unknown>>, prefix: string): string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      return flat(value as Record<string, unknown>, `${prefix}${name}.`);
    }
    const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
    const line = text.replace(/\s+/g, " ");
    return [`${prefix}${name}: ${line.length > LONGEST_VALUE ? `${line.slice(0, LONGEST_VALUE)}…` : line}`];
  });
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}
