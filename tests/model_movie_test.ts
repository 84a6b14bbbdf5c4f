/** Movies of the model: against a plain definition on every backend, their sum, what is refused, and a simulated recording. */
import assert from "node:assert/strict";
import { extract } from "../src/cnmfe/extract.ts";
import { AnnulusError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { footprintOf } from "../src/core/footprints.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { bilinear } from "../src/kernels/upsample_subtract.ts";
import { MODEL_KINDS, type ModelKind } from "../src/model/kinds.ts";
import { type ModelMovie, modelMovie, type ModelMovieOptions } from "../src/model/model_movie.ts";
import { backends, backendTest } from "./backends.ts";
import { simulated } from "./cnmfe_setting.ts";
import { fakeExtraction, type FakeOptions } from "./fake_extraction.ts";
import { anyOrder, noiseMovie, samplesOf } from "./preprocess_movies.ts";

const MEMORY = 1e8;
const ALL = MODEL_KINDS.map(({ name }) => name);

/** A movie, and results that could have come from it. */
function setting(
  size: FakeOptions = {},
  changes: Partial<Extraction> = {},
): { source: MovieSource; extraction: Extraction } {
  const extraction = { ...fakeExtraction({ width: 37, height: 29, frames: 21, cells: 5, ...size }), ...changes };
  const { width, height, frames } = extraction.movie;
  return { source: noiseMovie({ width, height, frames, type: "uint16", seed: 4 }), extraction };
}

/** All frames of each panel, by its kind. */
async function panelsOf(movie: ModelMovie): Promise<Map<ModelKind, Float32Array>> {
  const samples = await samplesOf(movie), { width, height, frames } = movie.header;
  return new Map(movie.panels.map(({ kind, left, width: own }) => {
    const panel = new Float32Array(own * height * frames);
    for (let row = 0; row < height * frames; row++) {
      panel.set(samples.subarray(row * width + left, row * width + left + own), row * own);
    }
    return [kind, panel];
  }));
}

/** A·C and B as algorithm.md defines them, in double precision. */
function plainly(extraction: Extraction, samples: ArrayLike<number>) {
  const { footprints, traces, b0, ring: { factor, offsets, weights, ...low }, movie } = extraction;
  const { width, height, frames } = movie, size = width * height, grid = low.width * low.height;
  const cells = new Float64Array(size * frames), background = new Float64Array(size * frames);
  for (let k = 0; k < footprints.count; k++) {
    const { pixels, values } = footprintOf(footprints, k);
    const scale = extraction.units === "dF over noise" ? traces.noise[k] : 1;
    for (let t = 0; t < frames; t++) {
      pixels.forEach((p, i) => cells[t * size + p] += values[i] * traces.denoised[k * frames + t] * scale);
    }
  }
  for (let t = 0; t < frames; t++) {
    const sums = new Float64Array(grid), counts = new Float64Array(grid), ring = new Float64Array(grid);
    for (let p = 0; p < size; p++) {
      const q = Math.floor(Math.floor(p / width) / factor) * low.width + Math.floor(p % width / factor);
      sums[q] += samples[t * size + p] - cells[t * size + p] - b0[p];
      counts[q]++;
    }
    for (let q = 0; q < grid; q++) {
      for (let j = 0; j < offsets.length / 2; j++) {
        const v = Math.floor(q / low.width) + offsets[2 * j], u = q % low.width + offsets[2 * j + 1];
        if (u < 0 || v < 0 || u >= low.width || v >= low.height) continue;
        ring[q] += weights[j * grid + q] * sums[v * low.width + u] / counts[v * low.width + u];
      }
    }
    for (let p = 0; p < size; p++) {
      const x = bilinear(p % width, factor, low.width), y = bilinear(Math.floor(p / width), factor, low.height);
      const at = (row: number, column: number) => ring[row * low.width + column];
      const above = at(y.i0, x.i0) * (1 - x.w1) + at(y.i0, x.i1) * x.w1;
      const below = at(y.i1, x.i0) * (1 - x.w1) + at(y.i1, x.i1) * x.w1;
      background[t * size + p] = b0[p] + above * (1 - y.w1) + below * y.w1;
    }
  }
  return { cells, background };
}

function largestDifference(a: ArrayLike<number>, b: (i: number) => number): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b(i)));
  return most;
}

backendTest("every kind is what it is defined to be, and they add up to the movie", async () => {
  const cases: [string, FakeOptions, Partial<Extraction>][] = [
    ["odd sides", {}, {}],
    ["dF over noise", {}, { units: "dF over noise" }],
    ["no ring", {}, { ring: { ...fakeExtraction().ring, offsets: new Int32Array(0), weights: new Float32Array(0) } }],
    ["no cells", { cells: 0 }, {}],
    ["one cell", { cells: 1, width: 8, height: 8, frames: 1 }, {}],
  ];
  for (const compute of await backends()) {
    for (const [name, size, changes] of cases) {
      const { source, extraction } = setting(size, changes), samples = await samplesOf(source);
      const movie = modelMovie(source, extraction, ALL, { compute, memoryBytes: MEMORY });
      const shown = await panelsOf(movie), { cells, background } = plainly(extraction, samples);
      const of = (kind: ModelKind) => shown.get(kind)!;
      const what = `${name} on ${compute.backend}`;
      assert.equal(largestDifference(of("movie"), (i) => samples[i]), 0, what);
      assert.ok(largestDifference(of("cells"), (i) => cells[i]) < 1e-4, what);
      const wrong = largestDifference(of("background"), (i) => background[i]);
      assert.ok(wrong < 1e-3, `${what}: the background is off by ${wrong} counts`);
      const subtracted = of("background-subtracted"), residual = of("residual");
      const left = largestDifference(samples, (i) => of("cells")[i] + of("background")[i] + residual[i]);
      assert.ok(left < 2e-4, `${what}: cells + background + residual miss the movie by ${left} counts`);
      assert.ok(largestDifference(subtracted, (i) => of("cells")[i] + residual[i]) < 2e-4, what);
      movie.close();
    }
  }
});

backendTest("any frames are read in any order, whatever the memory, bit for bit", async () => {
  for (const compute of await backends()) {
    const { source, extraction } = setting(), options = { compute, memoryBytes: MEMORY };
    const whole = await anyOrder(modelMovie(source, extraction, "side-by-side", options));
    const pieces = modelMovie(source, extraction, "side-by-side", { compute, memoryBytes: 2e6 });
    assert.deepEqual(await samplesOf(pieces), whole);
  }
});

Deno.test("side by side stand movie, background-subtracted, cells and residual", () => {
  const { source, extraction } = setting(), movie = modelMovie(source, extraction, "side-by-side", cpu());
  assert.deepEqual(
    movie.panels.map(({ kind, left }) => [kind, left]),
    [["movie", 0], ["background-subtracted", 37], ["cells", 74], ["residual", 111]],
  );
  const { width, height, frames, sampleType, name } = movie.header;
  assert.deepEqual([width, height, frames, sampleType], [148, 29, 21, "float32"]);
  assert.match(name, /^test movie \(movie \| background-subtracted \| cells \| residual\)$/);
  assert.match(movie.header.history!.at(-1)!, /^Shown: movie \(the movie Y itself\) \| /);
});

Deno.test("cells that were set aside are not shown on request, and stay in the residual", async () => {
  const accepted = Uint8Array.of(1, 0, 1, 0, 1), { source, extraction } = setting({}, { quality: { accepted } });
  const all = await panelsOf(modelMovie(source, extraction, ALL, cpu()));
  const some = await panelsOf(modelMovie(source, extraction, ALL, { ...cpu(), accepted: true }));
  const own = { ...extraction, traces: { ...extraction.traces, denoised: extraction.traces.denoised.slice() } };
  for (const k of [1, 3]) own.traces.denoised.fill(0, k * 21, (k + 1) * 21);
  const expected = plainly(own, await samplesOf(source)).cells;
  assert.ok(largestDifference(some.get("cells")!, (i) => expected[i]) < 1e-4);
  assert.deepEqual(some.get("background"), all.get("background"));
  const gone = (i: number) => all.get("residual")![i] + all.get("cells")![i] - some.get("cells")![i];
  assert.ok(largestDifference(some.get("residual")!, gone) < 2e-4);
  assert.ok(largestDifference(some.get("cells")!, (i) => all.get("cells")![i]) > 1);
});

Deno.test("blacked-out cells are black in the movie's own type, and nothing else changes", async () => {
  const { source, extraction } = setting(), samples = await samplesOf(source);
  const movie = modelMovie(source, extraction, "blacked-out", cpu()), out = await samplesOf(movie);
  assert.ok(out instanceof Uint16Array);
  const { footprints, movie: { width, height, frames } } = extraction, size = width * height;
  const black = new Set<number>();
  for (let k = 0; k < footprints.count; k++) {
    const { pixels, values } = footprintOf(footprints, k), peak = Math.max(...values);
    pixels.forEach((pixel, i) => values[i] >= 0.2 * peak && black.add(pixel));
  }
  assert.ok(black.size > 20 && black.size < size - 20);
  for (let i = 0; i < size * frames; i++) assert.equal(out[i], black.has(i % size) ? 0 : samples[i]);
  // A movie around 0 has its black below: four noise s.d. (3) under the least mean.
  const around = setting({}, {
    b0: new Float32Array(size).fill(-2),
    summary: { ...extraction.summary, noise: new Float32Array(size).fill(3) },
  });
  const float = noiseMovie({ width, height, frames });
  const dark = await samplesOf(modelMovie(float, around.extraction, "blacked-out", cpu()));
  assert.equal(Math.min(...dark), -14);
});

Deno.test("without the movie the cells can still be shown, and nothing else", async () => {
  const { source, extraction } = setting();
  const alone = modelMovie(null, extraction, "cells", cpu());
  assert.equal(alone.header.frameRate, 9.99);
  assert.deepEqual(await anyOrder(alone), await samplesOf(modelMovie(source, extraction, "cells", cpu())));
  for (const kind of ALL.filter((name) => name !== "cells")) {
    refusedFor(/not there: without it, only the cells can be shown/, () => modelMovie(null, extraction, kind, cpu()));
  }
});

Deno.test("a cell whose trace is not finite is left out, and that is told", async () => {
  const { source, extraction } = setting({}, { numbers: Uint32Array.of(2, 3, 5, 7, 11) });
  extraction.traces.denoised[2 * 21 + 4] = NaN;
  const movie = modelMovie(source, extraction, ["cells", "residual"], cpu());
  assert.deepEqual(movie.report(), [
    "Cell 5 is left out: the denoised trace holds values that are not finite numbers",
  ]);
  assert.ok((await samplesOf(movie)).every(Number.isFinite));
});

Deno.test("what cannot be shown is refused in one sentence", async () => {
  const { source, extraction } = setting(), other = noiseMovie({ width: 37, height: 29, frames: 20 });
  refusedFor(
    /20 frames of 37×29 pixels, but the results came from 21 frames/,
    () => modelMovie(other, extraction, "cells", cpu()),
  );
  refusedFor(
    /no movie of "cell": choose from movie, /,
    () => modelMovie(source, extraction, "cell" as ModelKind, cpu()),
  );
  refusedFor(/Nothing is to be shown/, () => modelMovie(source, extraction, [], cpu()));
  const bare = { ...extraction, b0: extraction.b0.map(() => NaN) };
  refusedFor(/no constant background b0/, () => modelMovie(source, bare, "residual", cpu()));
  assert.equal((await samplesOf(modelMovie(source, bare, "cells", cpu()))).length, 37 * 29 * 21);
  const gap = noiseMovie({ width: 37, height: 29, frames: 21 });
  const holed: MovieSource = {
    ...gap,
    read: async (start, count, into) => {
      await gap.read(start, count, into);
      if (start <= 3 && start + count > 3) into[(3 - start) * 37 * 29 + 2 * 37 + 5] = NaN;
    },
  };
  await assert.rejects(
    samplesOf(modelMovie(holed, extraction, "residual", cpu())),
    /not a finite number \(frame 3, x 5, y 2\)/,
  );
});

backendTest("of a simulated recording, the background is taken off and little but noise is left", async () => {
  const { source, truth } = await simulated({ width: 64, height: 56, frames: 400, cells: 10, seed: 5 });
  const compute = (await backends()).at(-1)!, options = { compute, memoryBytes: 1e9 };
  const extraction = await extract(source, resolveParameters({ gSig: 3 }, source.header), options);
  const shown = await panelsOf(modelMovie(source, extraction, ALL, options));
  const { width, height, frames } = truth, size = width * height, cells = new Float64Array(size * frames);
  for (let k = 0; k < truth.footprints.count; k++) {
    const { pixels, values } = footprintOf(truth.footprints, k);
    pixels.forEach((p, i) => {
      for (let t = 0; t < frames; t++) cells[t * size + p] += values[i] * truth.calcium[k * frames + t];
    });
  }
  // In time, at the brightest pixels of the true cells.
  const bright = Array.from(cells.subarray(0, size).keys()).filter((p) => {
    for (let t = 0; t < frames; t++) if (cells[t * size + p] > 150) return true;
    return false;
  });
  const likeness = (kind: ModelKind) => meanOf(bright.map((p) => correlationAt(shown.get(kind)!, cells, p, size)));
  const [raw, subtracted, denoised] = [likeness("movie"), likeness("background-subtracted"), likeness("cells")];
  // Measured: 0.40, 0.86 (the noise is still there) and 0.993.
  assert.ok(raw < 0.5 && subtracted > 0.8 && denoised > 0.97, `${raw}, ${subtracted}, ${denoised}`);
  const residual = shown.get("residual")!, ratios: number[] = [];
  for (let p = 0; p < size; p++) {
    let square = 0;
    for (let t = 0; t < frames; t++) square += residual[t * size + p] ** 2 / frames;
    ratios.push(Math.sqrt(square) / truth.noise[p]);
  }
  const middle = ratios.sort((a, b) => a - b)[size / 2];
  // Measured: 1.004.
  assert.ok(middle > 0.9 && middle < 1.1, `The residual's s.d. is ${middle} of the noise's`);
});

function cpu(): ModelMovieOptions {
  return { compute: new CpuCompute({ workers: 0 }), memoryBytes: MEMORY };
}

function refusedFor(message: RegExp, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof AnnulusError && message.test(error.message));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correlationAt(a: ArrayLike<number>, b: ArrayLike<number>, pixel: number, size: number): number {
  let n = 0, sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
  for (let i = pixel; i < a.length; i += size, n++) {
    sa += a[i], sb += b[i], aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i];
  }
  return (ab - sa * sb / n) / Math.sqrt((aa - sa * sa / n) * (bb - sb * sb / n));
}
