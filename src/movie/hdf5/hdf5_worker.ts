/**
 * Worker that reads HDF5 files. The library that does it is C: a damaged file can bring it down, and unpacking is slow, so it works where
 * neither harms the program.
 * @module
 */
import "./worker_limits.ts";
import { AnnulusError, MovieError, ParameterError } from "../../core/errors.ts";
import { sampleArray } from "../../core/movie.ts";
import { reasonOf } from "../../files/reason.ts";
import { countHdf5Calls, hdf5IsBroken } from "../../hdf5/hdf5_library.ts";
import { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { FrameArray } from "./frame_array.ts";
import { FrameReader } from "./frame_reader.ts";
import { inspectHdf5 } from "./inspect.ts";
import type { Hdf5Beginning, Hdf5Reply, Hdf5Request } from "./messages.ts";

/** Files kept open at most: a recording may consist of hundreds. */
const MOST_FILES = 16;

/** How the system says that a file cannot be reached: as the library repeats it. */
const OF_THE_SYSTEM =
  /^(no such file|permission|input\/output|i\/o error|too many open|cannot allocate|resource|stale|operation|device|no space)/i;

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Hdf5Request | Hdf5Beginning>) => void) | null;
  postMessage(reply: Hdf5Reply, transfer: Transferable[]): void;
}

/** A file that is open, and its movies that were read from. */
interface OpenFile {
  readonly reader: Hdf5Reader;
  readonly frames: Map<string, FrameReader>;
}

/** Least recently used first. */
const files = new Map<string, OpenFile>();
/** The movie that may keep frames: one at a time, so that many files do not need much memory. */
let keeping: FrameReader | undefined;

async function opened(path: string): Promise<OpenFile> {
  const file = files.get(path) ?? { reader: await Hdf5Reader.open(path), frames: new Map() };
  files.delete(path);
  files.set(path, file);
  for (const other of files.keys()) {
    if (files.size <= MOST_FILES) break;
    close(other);
  }
  return file;
}

function close(path: string): void {
  files.get(path)?.reader.close();
  files.delete(path);
}

function framesOf({ reader, frames }: OpenFile, array: FrameArray): FrameReader {
  const key = `${array.dataset}\0${array.axes.join("")}`, known = frames.get(key) ?? new FrameReader(reader, array);
  frames.set(key, known);
  if (keeping !== known) keeping?.forget();
  return keeping = known;
}

async function answer(request: Hdf5Request): Promise<{ reply: Hdf5Reply; transfer: Transferable[] }> {
  const { what, path } = request;
  if (what === "close") {
    close(path);
    return { reply: { done: true }, transfer: [] };
  }
  if (what === "inspect") {
    // The file may be another one than the last time.
    close(path);
    const found = inspectHdf5((await opened(path)).reader, path, request.options);
    return { reply: { found }, transfer: found.facts.timestamps ? [found.facts.timestamps.buffer as ArrayBuffer] : [] };
  }
  const { array, start, count, buffer } = request, file = await opened(path);
  if (Deno.statSync(path).size < array.fileBytes) {
    throw new MovieError(`Movie "${path}" ends early: it had ${array.fileBytes} bytes when it was opened`);
  }
  const { constructor } = sampleArray(array.sampleType, 0) as Uint8Array;
  const samples = new (constructor as Uint8ArrayConstructor)(buffer);
  framesOf(file, array).read(start, count, samples);
  return { reply: { buffer }, transfer: [buffer] };
}

function failure(path: string, error: unknown): Hdf5Reply {
  const broken = hdf5IsBroken();
  if (broken) {
    return {
      failure: `Movie "${path}" is damaged: the HDF5 library cannot cope with what it says of its contents`,
      option: false,
      broken,
    };
  }
  const message = reasonOf(error), prefix = `Cannot load ${path}: `;
  const ours = error instanceof MovieError || error instanceof ParameterError;
  const sentence = ours ? message : refusal(path, message.replace(prefix, ""));
  // What is no error of ours is a mistake of ours, or the sign of a library that has lost its way.
  return { failure: sentence, option: error instanceof ParameterError, broken: !(error instanceof AnnulusError) };
}

/** What the library says of a file that it cannot read: that is the system's matter, or the file is damaged. */
function refusal(path: string, why: string): string {
  const [, what, reason] = /^(the file|\/.*?) cannot be read \((.*)\)$/.exec(why) ?? [];
  if (reason === undefined || OF_THE_SYSTEM.test(reason)) return `Movie "${path}" cannot be read: ${reason ?? why}`;
  const of = what === "the file" ? "its structure" : what;
  return `Movie "${path}" is truncated or damaged: the HDF5 library cannot read ${of} (${reason}); copy the file again`;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = async ({ data }) => {
  if (data.what === "begin") return countHdf5Calls(data.counter);
  try {
    const { reply, transfer } = await answer(data);
    if (hdf5IsBroken()) scope.postMessage(failure(data.path, undefined), []);
    else scope.postMessage(reply, transfer);
  } catch (error) {
    if (data.what === "inspect") close(data.path);
    scope.postMessage(failure(data.path, error), []);
  }
};
