import * as h5wasm from "npm:h5wasm@0.10.3/node";
import { reasonOf } from "../files/reason.ts";

/**
 * The HDF5 library, compiled to WebAssembly. Its Node build is used because it reads and writes files on disk in place: the file never lies
 * in memory as a whole. This is the only file that imports it; `hdf5_writer.ts` and `hdf5_reader.ts` are what the rest of annulus uses.
 *
 * Two habits of the library are corrected here. It prints its error stack to standard error and often drops the status of a failed write, so
 * everything it prints is caught instead and counts as the failure. And it stamps the current time into every object it creates, so the clock
 * stands still while it writes: two identical runs must give identical bytes.
 */
export type Hdf5Module = Awaited<typeof h5wasm.ready>;

/** Type description the library wants beside data. */
export type Hdf5Type = ReturnType<typeof h5wasm.dtype_to_metadata>;

/** What the library printed since it was last asked. */
let printed = "";
/** Whether the library stopped in the middle of its work: its memory can no longer be relied upon. */
let broken = false;
/** Where calls of the library are counted, if anywhere. */
let calls: Int32Array<SharedArrayBuffer> | undefined;
let loading: Promise<Hdf5Module> | undefined;

/** Loads the library once and redirects what it prints. */
export function hdf5(): Promise<Hdf5Module> {
  return loading ??= h5wasm.ready.then((module) => {
    catchPrinting(module);
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
  Date.now = () => 0;
  try {
    const result = work();
    return printed === "" ? { result } : { result, reason: reasonInStack(printed) };
  } catch (error) {
    broken ||= error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
    return { reason: printed === "" ? reasonOf(error) : reasonInStack(printed) };
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
