/** Small moving movies in memory, and what the tests of the registration share. */
import assert from "node:assert/strict";
import type { Motion } from "../src/core/motion.ts";
import type { MovieSource, SampleArray } from "../src/core/movie.ts";
import { resolveMotionParameters } from "../src/core/parameters.ts";
import type { Shifts } from "../src/core/shifts.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { openCompute } from "../src/gpu/open.ts";
import { registerMovie, type RegisterOptions } from "../src/motion/register.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import type { SimulationOptions } from "../src/simulation/simulate.ts";
import { simulated } from "./cnmfe_setting.ts";

/** Memory that is more than enough for every movie of these tests, bytes. */
export const MEMORY = 5e8;

/** A simulated movie with its samples in memory, and where its tissue lies. */
export interface MovingMovie {
  readonly source: MovieSource;
  readonly samples: Uint16Array;
  /** True displacements; none for a still movie. */
  readonly motion: Shifts | undefined;
}

/** A movie with vessels and cells to hold on to: 112×96 pixels and 200 frames, unless other numbers are given. */
export async function movingMovie(options: SimulationOptions): Promise<MovingMovie> {
  const shape = { width: 112, height: 96, frames: 200, cells: 20, vessels: 4, seed: 4 };
  const { source, samples, truth } = await simulated({ ...shape, ...options });
  return { source, samples, motion: truth.motion };
}

/** Registers a movie on a device with parameters as a user gives them. */
export function registered(
  compute: Compute,
  source: MovieSource,
  given: Readonly<Record<string, unknown>> = {},
  options: Partial<RegisterOptions> = {},
): Promise<Motion> {
  const parameters = resolveMotionParameters(given, source.header);
  return registerMovie(source, parameters, { memoryBytes: MEMORY, ...options, compute });
}

/** Runs work on a CPU twin of its own, and checks that it gave all its memory back. */
export async function onCpu<R>(work: (compute: Compute) => Promise<R>, memoryBytes = MEMORY): Promise<R> {
  const compute = await openCompute("cpu", { memoryBytes });
  try {
    const result = await work(compute);
    assert.equal(compute.memory.current, 0, "Memory of the device was kept");
    return result;
  } finally {
    compute.destroy();
  }
}

/** A movie of samples, row-major, frame by frame. */
export function movieFrom(samples: SampleArray, width: number, height: number): MovieSource {
  return memoryMovie(samples, { width, height, name: "made up" });
}

/** Largest absolute difference; NaN counts as infinitely far. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

/** Largest absolute value. */
export function largestOf(values: ArrayLike<number>): number {
  return farthest(values, new Float32Array(values.length));
}
