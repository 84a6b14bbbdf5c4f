import * as h5wasm from "npm:h5wasm@0.10.3/node";
import { reasonOf } from "../files/reason.ts";
import { damageInRead } from "./global_heap.ts";

/**
 * The HDF5 library, compiled to WebAssembly. Its Node build is used because it reads and writes files on disk in place: the file never lies
 * in memory as a whole. This is the only file that imports it; `hdf5_writer.ts` and `hdf5_reader.ts` are what the rest of annulus uses.
 *
 * Three habits of the library are corrected here. It prints its error stack to standard error and often drops the status of a failed write, so
 * everything it prints is caught instead and counts as the failure. And it stamps the current time into every object it creates, so the clock
 * stands still while it writes: two identical runs must give identical bytes. And in a damaged global heap it goes round for ever, so what it
 * reads of one is looked at first (`global_heap.ts`).
 */
export type Hdf5Module = Awaited<typeof h5wasm.ready>;

/** Type description the library wants beside data. */
export type Hdf5Type = ReturnType<typeof h5wasm.dtype_to_metadata>;

/** What the library printed since it was last asked. */
let printed = "";
/** Damage that was found in what the library read since it was last asked. */
let damage: string | undefined;
/** Whether the library stopped in the middle of its work: its memory can no longer be relied upon. */
let broken = false;
/** Where calls of the library are counted, if anywhere. */
let calls: Int32Array<SharedArrayBuffer> | undefined;
let loading: Promise<Hdf5Module> | undefined;

/** Loads the library once and redirects what it prints. */
export function hdf5(): Promise<Hdf5Module> {
  return loading ??= h5wasm.ready.then((module) => {
    catchPrinting(module);
    watchReading(module);
    return module;
  });
}

/**
 * The description of a type in numpy's spelling, little-endian: "<f" (32-bit float), "<d", "<i", …, "S" (UTF-8 text of any length), "A7" (7 bytes
 * of ASCII), "Reference" (to an object).
 */
export function hdf5Type(name: string): Hdf5Type {
  return h5wasm.dtype_to_metadata(name);
}

/**
 * Runs library calls with the clock at zero, and returns their result with what went wrong: a short reason, or undefined when all went well.
 * `work` must not await anything: the clock is the whole program's.
 */
export function hdf5Call<T>(work: () => T): { result?: T; reason?: string } {
  const now = Date.now;
  printed = "";
  damage = undefined;
  Date.now = () => 0;
  try {
    const result = work();
    return printed === "" ? { result } : { result, reason: damage ?? reasonInStack(printed) };
  } catch (error) {
    broken ||= error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
    return { reason: damage ?? (printed === "" ? reasonOf(error) : reasonInStack(printed)) };
  } finally {
    Date.now = now;
    printed = "";
    if (calls) Atomics.add(calls, 0, 1);
  }
}

/** Counts calls of the library from now on, so that another thread can see whether one of them comes to no end. */
export function countHdf5Calls(counter: Int32Array<SharedArrayBuffer>): void {
  calls = counter;
}

/** Whether a damaged file brought the library down since the program began: whatever it says from then on may be wrong. */
export function hdf5IsBroken(): boolean {
  return broken;
}

/** The most telling part of HDF5's error stack: the system's own message when there is one, else the innermost one. */
function reasonInStack(stack: string): string {
  const system = /error message = '([^']*)'/.exec(stack);
  if (system) return system[1].toLowerCase();
  if (/truncated file/.test(stack)) return "the file is cut short";
  const messages = [...stack.matchAll(/in \w+\(\): (.*)/g)];
  return messages.length > 0 ? messages[messages.length - 1][1] : stack.trim().split("\n")[0];
}

/** A stream of the library's virtual file system, as far as it is replaced here. */
interface PrintStream {
  node: { mode: number };
  stream_ops: { write(stream: unknown, bytes: Uint8Array, offset: number, length: number): number };
}

/** Replaces the library's standard error by a buffer. */
function catchPrinting(module: Hdf5Module): void {
  const files = module.FS as unknown as { getStream(descriptor: number): PrintStream };
  const stream = files.getStream(2);
  const decoder = new TextDecoder();
  const characterDevice = 0o020666;
  stream.node = { mode: characterDevice };
  stream.stream_ops = {
    write(_stream, bytes, offset, length) {
      printed += decoder.decode(bytes.slice(offset, offset + length));
      return length;
    },
  };
}

/** The library's reading, as far as it is replaced here: without a position it goes on where it was. */
interface ReadingFiles {
  read(stream: ReadStream, into: Uint8Array, offset: number, length: number, position?: number): number;
  ErrnoError: new (errno: number) => Error;
}

interface ReadStream {
  readonly position: number;
}

/** Of a heap the library reads 4096 bytes first, or a part of them; longer reads are of other things. */
const LONGEST_HEAD = 4096;
/** How the system says that a disk failed. */
const EIO = 29;

/** Lets a read fail, as that of a broken disk does, that shows the library a global heap in which it would go round for ever. */
function watchReading(module: Hdf5Module): void {
  const files = module.FS as unknown as ReadingFiles, read = files.read;
  files.read = (stream, into, offset, length, position) => {
    const from = position ?? stream.position, count = read(stream, into, offset, length, position);
    if (length > LONGEST_HEAD || count <= 0) return count;
    const bytes = new Uint8Array(into.buffer, into.byteOffset + offset, count);
    const found = damageInRead(bytes, from, (some, at) => read(stream, some, 0, some.length, at));
    if (found === undefined) return count;
    damage = found;
    throw new files.ErrnoError(EIO);
  };
}
