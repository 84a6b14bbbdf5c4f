/** Small movies and the state of an extraction part of the way, made by hand, for the tests of single stages. */
import { type Cell, newCell } from "../src/cnmfe/cells.ts";
import { ChunkStream } from "../src/stream/chunks.ts";
import { residualGrams } from "../src/cnmfe/ring.ts";
import { movieStatistics } from "../src/cnmfe/statistics.ts";
import { traceProducts } from "../src/cnmfe/products.ts";
import { type Footprint, footprintOf } from "../src/core/footprints.ts";
import type { MovieSource, SampleArray } from "../src/core/movie.ts";
import { sampleArray } from "../src/core/movie.ts";
import type { Truth } from "../src/core/truth.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { simulate, type SimulationOptions } from "../src/simulation/simulate.ts";
import { uniform } from "./backends.ts";

/** A simulated movie in memory, and its truth. */
export async function simulated(
  options: SimulationOptions,
): Promise<{ source: MovieSource; samples: Uint16Array; truth: Truth }> {
  const { source, truth } = simulate(options), { width, height, frames, frameRate } = source.header;
  const samples = sampleArray("uint16", width * height * frames) as Uint16Array;
  await source.read(0, frames, samples);
  return { source: memoryMovie(samples, { width, height, frameRate, name: source.header.name }), samples, truth };
}

/** The cells of a truth, as cells being estimated. */
export function trueCells({ footprints, calcium, frames }: Truth): Cell[] {
  return Array.from(
    { length: footprints.count },
    (_, k) => newCell(footprintOf(footprints, k), calcium.slice(k * frames, (k + 1) * frames)),
  );
}

/** Cosine of two sparse images. */
export function cosine(a: Footprint, b: Footprint): number {
  const values = new Map(Array.from(a.pixels, (pixel, i) => [pixel, a.values[i]]));
  let ab = 0, aa = 0, bb = 0;
  for (const value of a.values) aa += value * value;
  b.pixels.forEach((pixel, i) => {
    ab += (values.get(pixel) ?? 0) * b.values[i];
    bb += b.values[i] ** 2;
  });
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** Seeded Gaussian noise (Box–Muller). */
export function gaussian(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A round cell of s.d. `sigma`, cut at a tenth. */
export function roundFootprint(width: number, height: number, x0: number, y0: number, sigma: number): Footprint {
  const pixels: number[] = [], values: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma ** 2));
      if (value < 0.1) continue;
      pixels.push(y * width + x);
      values.push(value);
    }
  }
  return { pixels: Uint32Array.from(pixels), values: Float32Array.from(values) };
}

/** What a ring fit and an update start from: statistics of the movie, its products with the cells, and the residual's Gram. */
export async function fitted(
  compute: Compute,
  source: MovieSource,
  cells: readonly Cell[],
  options: { readonly factor: number; readonly radius: number; readonly bin: number; readonly chunkFrames: number },
) {
  const stream = await ChunkStream.open(compute, source, options.chunkFrames);
  const statistics = await movieStatistics(stream, options);
  const products = await traceProducts(stream, statistics, cells, options.radius);
  const residuals = residualGrams(compute, statistics, products);
  return {
    stream,
    statistics,
    products,
    residuals,
    release() {
      for (const buffer of residuals) buffer.release();
      statistics.release();
      stream.release();
    },
  };
}

/** D(Y − A C) of averaged frames, centred in time, worked out frame by frame: [binned frames][low pixels]. */
export function explicitResidual(
  samples: SampleArray,
  shape: { readonly width: number; readonly height: number; readonly frames: number },
  cells: readonly Cell[],
  factor: number,
  bin: number,
): { low: Float64Array[]; field: Float64Array[]; traces: Float64Array[]; movie: Float64Array[] } {
  const { width, height, frames } = shape, pixels = width * height, groups = Math.ceil(frames / bin);
  const averaged = (value: (t: number) => number) =>
    Float64Array.from({ length: groups }, (_, g) => {
      const end = Math.min(frames, (g + 1) * bin);
      let sum = 0;
      for (let t = g * bin; t < end; t++) sum += value(t);
      return sum / (end - g * bin);
    });
  const centred = (row: Float64Array) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    return row.map((value) => value - mean);
  };
  const traces = cells.map((cell) => centred(averaged((t) => cell.trace[t])));
  const byPixel = Array.from({ length: pixels }, (_, p) => centred(averaged((t) => samples[t * pixels + p])));
  const rest = byPixel.map((row) => row.slice());
  cells.forEach((cell, k) =>
    cell.footprint.pixels.forEach((p, i) => {
      for (let g = 0; g < groups; g++) rest[p][g] -= cell.footprint.values[i] * traces[k][g];
    })
  );
  const lowWidth = Math.ceil(width / factor), lowHeight = Math.ceil(height / factor);
  const low = Array.from({ length: lowWidth * lowHeight }, (_, q) => {
    const members: number[] = [], row = new Float64Array(groups);
    for (
      let y = Math.floor(q / lowWidth) * factor;
      y < Math.min(height, (Math.floor(q / lowWidth) + 1) * factor);
      y++
    ) {
      for (let x = q % lowWidth * factor; x < Math.min(width, (q % lowWidth + 1) * factor); x++) {
        members.push(y * width + x);
      }
    }
    for (const p of members) for (let g = 0; g < groups; g++) row[g] += rest[p][g] / members.length;
    return row;
  });
  return { low, field: rest, traces, movie: byPixel };
}

/** Σ_t a(t) b(t). */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let t = 0; t < a.length; t++) sum += a[t] * b[t];
  return sum;
}
