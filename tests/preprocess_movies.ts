/** Small movies for the tests of the preprocessing, and what every view has to keep. */
import assert from "node:assert/strict";
import { type MovieSource, type SampleArray, sampleArray, type SampleType } from "../src/core/movie.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { uniform } from "../src/kernels/cases/kernel_case.ts";

/** What a movie is made with. */
export interface MovieOptions {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly type?: SampleType;
  readonly seed?: number;
  readonly frameRate?: number;
}

/** A movie of given values; `value` is called frame by frame, row by row. */
export function movieOf(options: MovieOptions, value: (frame: number, x: number, y: number) => number): MovieSource {
  const { width, height, frames, type = "float32", frameRate } = options;
  const samples = sampleArray(type, width * height * frames);
  let i = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) samples[i++] = value(frame, x, y);
  }
  return memoryMovie(samples, { width, height, ...(frameRate === undefined ? {} : { frameRate }), name: "test movie" });
}

/** Noise: whole numbers from 20 to 199 for integers, other numbers for float32. */
export function noiseMovie(options: MovieOptions): MovieSource {
  const next = uniform(options.seed ?? 1), isFloat = (options.type ?? "float32") === "float32";
  return movieOf(options, () => isFloat ? 20 + 180 * next() : Math.floor(20 + 180 * next()));
}

/** All samples of a movie, read at once. */
export async function samplesOf(source: MovieSource): Promise<SampleArray> {
  const { width, height, frames, sampleType } = source.header;
  const samples = sampleArray(sampleType, width * height * frames);
  await source.read(0, frames, samples);
  return samples;
}

/**
 * Checks that a view gives the same samples, bit for bit, read at once, in single frames backwards, and in uneven ranges that are asked
 * for together; and that wrong ranges are refused. Returns the samples.
 */
export async function anyOrder(view: MovieSource): Promise<SampleArray> {
  const { width, height, frames, sampleType } = view.header, size = width * height;
  const whole = await samplesOf(view);
  assert.equal(whole.length, size * frames);
  const single = sampleArray(sampleType, size);
  for (let frame = frames - 1; frame >= 0; frame -= Math.max(1, Math.floor(frames / 20))) {
    await view.read(frame, 1, single);
    assert.deepEqual(single, whole.slice(frame * size, (frame + 1) * size), `frame ${frame}`);
  }
  const step = Math.max(1, Math.floor(frames / 4)), again = sampleArray(sampleType, size * frames);
  const starts = Array.from({ length: Math.ceil(frames / step) }, (_, i) => i * step).reverse();
  await Promise.all(starts.map((start) => {
    const count = Math.min(step, frames - start);
    return view.read(start, count, again.subarray(start * size, (start + count) * size) as SampleArray);
  }));
  assert.deepEqual(again, whole);
  await assert.rejects(view.read(frames, 1, single), RangeError);
  return whole;
}

/** The message of an error that `work` ends with; it has to be of a class and one sentence without a closing dot. */
export async function sentenceOf(
  kind: new (message: string) => Error,
  work: () => unknown | Promise<unknown>,
): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert(error instanceof kind, `Expected ${kind.name}, got ${error}`);
    assert.match(error.message, /^([A-Z"]|dF\/).*[^.]$/s);
    assert(!error.message.includes("\n"), error.message);
    return error.message;
  }
  assert.fail(`Expected ${kind.name}, but nothing failed`);
}
