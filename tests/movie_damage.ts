/** Damages files at random, but in the same way each time, and looks at what a reader makes of them. */
import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import { type MovieSource, sampleArray } from "../src/core/movie.ts";
import { openMovie, type OpenMovieOptions } from "../src/movie/open.ts";
import { numbers } from "./movie_tiff_bytes.ts";

/** Most bytes of arrays that a small file may make a reader ask for: its own caches, far from what absurd sizes would take. */
const MOST_BYTES = 2 ** 28;

/** Bytes of all arrays there are in this thread. */
export function arrayBytes(): number {
  return Deno.memoryUsage().external;
}

/** Fails when arrays of more than 256 MB were made since there were arrays of so many bytes. */
export function checkArrays(before: number): void {
  const more = arrayBytes() - before;
  assert.ok(more < MOST_BYTES, `One file took arrays of ${more} bytes`);
}

/**
 * Opens a movie that may be damaged and looks at it. Fails when anything but a `MovieError` with a sensible sentence is thrown.
 * @returns the sentence it was refused with; undefined when it was not
 */
export async function refusalOf(
  round: number,
  open: () => Promise<MovieSource>,
  look: (movie: MovieSource) => Promise<void>,
): Promise<string | undefined> {
  try {
    const movie = await open();
    try {
      await look(movie);
    } finally {
      movie.close();
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof MovieError)) throw new Error(`Round ${round}: ${error}`, { cause: error });
    assert.ok(!/undefined|NaN|\n/.test(error.message), error.message);
    return error.message;
  }
}

/** How often movies were read and refused. */
export interface DamageOutcome {
  readonly read: number;
  readonly refused: number;
}

/**
 * Damages one of several files (or leaves it whole, or cuts it off), opens what came of it and reads frames. Fails when anything but a
 * `MovieError` of one sentence is thrown, when one file takes longer than five seconds, or when arrays of more than 256 MB are made for one
 * (in this thread; HDF5's worker has a limit of its own).
 * @param path What is opened.
 * @param victims For each file, its path and its bytes; one of them is damaged per round.
 * @param rounds A fixed number, so that every run does the same; a clock only guards against slow machines.
 * @param focus Where most of the damage goes, as a part of the file from its beginning to its end: [0, 0.1] is the header.
 */
export async function damageMovies(
  path: string,
  victims: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  rounds: number,
  seed: number,
  focus: readonly [number, number] = [0, 1],
  options: OpenMovieOptions = {},
): Promise<DamageOutcome> {
  const next = numbers(seed), started = performance.now();
  let refused = 0, read = 0, slowest = 0;
  for (let round = 0; round < rounds && performance.now() - started < 20000; round++) {
    const victim = victims[round % victims.length];
    await Deno.writeFile(victim.path, damaged(victim.bytes, next, focus));
    const before = performance.now(), arrays = arrayBytes();
    const refusal = await refusalOf(round, () => openMovie(path, options), async (movie) => {
      const { width, height, frames, sampleType } = movie.header, size = width * height;
      if (size >= 2 ** 22) return;
      const into = sampleArray(sampleType, size);
      for (const frame of new Set([0, frames >> 1, frames - 1])) await movie.read(frame, 1, into);
      read++;
    });
    if (refusal !== undefined) refused++;
    slowest = Math.max(slowest, performance.now() - before);
    checkArrays(arrays);
    await Deno.writeFile(victim.path, victim.bytes);
  }
  assert.ok(slowest < 5000, `One file took ${slowest} ms`);
  return { read, refused };
}

/** Where extreme values hurt most as often as anywhere: single bits, 0, 255, digits. */
function damaged(bytes: Uint8Array, next: () => number, [from, to]: readonly [number, number]): Uint8Array {
  const kind = next() % 8, flips = kind === 0 ? 0 : 1 + next() % (kind < 5 ? 3 : 12);
  const copy = kind === 6 ? shifted(bytes, next) : bytes.slice();
  for (let i = 0; i < flips && copy.length > 0; i++) {
    const isFocused = next() % 4 > 0, first = isFocused ? Math.floor(from * copy.length) : 0;
    const length = Math.max(1, (isFocused ? Math.ceil(to * copy.length) : copy.length) - first);
    const at = Math.min(copy.length - 1, first + next() % length), how = next() % 5;
    copy[at] = how === 0
      ? 0
      : how === 1
      ? 255
      : how === 2
      ? copy[at] ^ 1 << next() % 8
      : how === 3
      ? 48 + next() % 10
      : next();
  }
  return kind === 0 || kind === 7 ? copy.slice(0, next() % copy.length) : copy;
}

/** A file with a few bytes left out or put in somewhere, mostly near its beginning or its end: all that follows moves. */
export function shifted(bytes: Uint8Array, next: () => number): Uint8Array<ArrayBuffer> {
  const near = Math.min(bytes.length, 600), where = next() % 3, count = 1 + next() % 12;
  const at = where === 0
    ? next() % Math.max(1, bytes.length)
    : where === 1
    ? next() % Math.max(1, near)
    : bytes.length - near + next() % Math.max(1, near);
  const isLess = next() % 2 === 0, more = Uint8Array.from({ length: isLess ? 0 : count }, () => next());
  const rest = bytes.subarray(isLess ? at + count : at), all = new Uint8Array(at + more.length + rest.length);
  all.set(bytes.subarray(0, at));
  all.set(more, at);
  all.set(rest, at + more.length);
  return all;
}
