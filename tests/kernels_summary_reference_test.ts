/** Filter, noise, PNR and correlation image against what CaImAn computed on sim_small.tif. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { sampleArray } from "../src/core/movie.ts";
import { convert } from "../src/kernels/convert.ts";
import type { DeviceBuffer } from "../src/gpu/compute.ts";
import { CORRELATION_PLANES, correlationSums, resetCorrelationSums } from "../src/kernels/correlation_sums.ts";
import { diskKernel, filter } from "../src/kernels/filter.ts";
import { localCorrelation } from "../src/kernels/local_correlation.ts";
import { PEAK_NOISE_PLANES, peakNoise, resetPeakNoise } from "../src/kernels/peak_noise.ts";
import { pnr } from "../src/kernels/pnr.ts";
import { stackBytes } from "../src/kernels/stack.ts";
import { openMovie } from "../src/movie/open.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { backends, backendTest, relativeError } from "./backends.ts";

const SHARED = new URL("../../shared/", import.meta.url).pathname;

/** Mean and largest |a − b|. */
function differences(a: Float32Array, b: Float32Array): { mean: number; worst: number } {
  const all = Array.from(a, (value, i) => Math.abs(value - b[i]));
  return { mean: all.reduce((sum, value) => sum + value, 0) / all.length, worst: Math.max(...all) };
}

/** Largest and median |a − b| / |b|. */
function deviations(a: Float32Array, b: Float32Array): { median: number; worst: number } {
  const all = Array.from(a, (value, i) => Math.abs(value - b[i]) / Math.abs(b[i])).sort((x, y) => x - y);
  return { median: all[all.length >> 1], worst: all[all.length - 1] };
}

backendTest("filter, noise, PNR and correlation image are CaImAn's on sim_small", async () => {
  const path = `${SHARED}reference/caiman_sim_small.h5`;
  if (!existsSync(path)) return;
  const movie = await openMovie(`${SHARED}data/sim_small.tif`), { width, height, frames, sampleType } = movie.header;
  const values = sampleArray(sampleType, frames * width * height), shape = { width, height, frames };
  await movie.read(0, frames, values);
  movie.close();
  const reference = await Hdf5Reader.open(path);
  const image = (name: string) => reference.numbers(name, "float32", [height, width]).data;
  const expected = {
    psf: reference.numbers("summary/psf", "float32", [13, 13]).data,
    filtered: reference.numbers("summary/filtered10", "float32", [10, height, width]).data,
    mean: image("summary/filtered_mean"),
    noise: image("noise/sn_filtered_mean_hw"),
    pnr: image("summary/pnr"),
    correlation: image("summary/cn"),
  };
  reference.close();

  const kernel = diskKernel(3);
  assert.equal(kernel.radius, 6);
  assert.ok(relativeError(kernel.weights, expected.psf) < 1e-6);

  const compute = (await backends()).at(-1)!, size = height * width;
  assert.equal(width % 4, 0);
  const samples = compute.upload("samples", values), centre = compute.allocate("centre", size * 4);
  const stack = compute.allocate("stack", stackBytes(shape)),
    filtered = compute.allocate("filtered", stackBytes(shape));
  const weights = compute.upload("weights", kernel.weights), count = size / 4;
  const blocks = compute.upload("blocks", Uint32Array.from({ length: count }, (_, i) => i));
  const state = compute.allocate("state", PEAK_NOISE_PLANES * size * 4);
  const [pnrImage, mean, noise, rise, correlation] = ["pnr", "mean", "noise", "rise", "correlation"].map((label) => {
    return compute.allocate(label, size * 4);
  });
  const sums = compute.allocate("sums", CORRELATION_PLANES * size * 4);
  convert(compute, samples, centre, stack, { width, height, type: sampleType }, { x: 0, y: 0, width, height }, frames);
  filter(compute, stack, filtered, shape, weights, kernel.radius);
  resetPeakNoise(compute, blocks, count, state, shape);
  peakNoise(compute, filtered, blocks, count, state, shape);
  pnr(compute, state, blocks, count, { pnr: pnrImage, mean, noise, rise }, shape, frames - 6);
  const correlate = (noise: DeviceBuffer, correlation: DeviceBuffer) => {
    resetCorrelationSums(compute, blocks, count, sums, shape);
    correlationSums(compute, filtered, mean, noise, blocks, count, sums, shape, 3);
    localCorrelation(compute, sums, blocks, count, correlation, shape);
  };
  const theirNoise = compute.upload("their noise", expected.noise), theirs = compute.allocate("with theirs", size * 4);
  correlate(noise, correlation);
  correlate(theirNoise, theirs);
  const first = compute.allocate("first frames", 10 * size * 4);
  compute.copy(filtered, 0, first, 0, 10 * size * 4);
  const all = [first, mean, noise, pnrImage, correlation, theirs];
  const found = (await compute.read(...all)).map((bytes) => new Float32Array(bytes));
  [...all, samples, centre, stack, filtered, weights, blocks, state, rise, sums, theirNoise].forEach((b) =>
    b.release()
  );

  // Filtered frames: float32 against float32, relative to the largest.
  assert.ok(relativeError(found[0], expected.filtered) < 5e-6);
  assert.ok(relativeError(found[1], expected.mean) < 5e-6);
  // The noise filter's band is not a box as CaImAn's is; with 1000 frames both estimate the same power from other samples.
  for (const [image, theirs] of [[found[2], expected.noise], [found[3], expected.pnr]]) {
    const { median, worst } = deviations(image, theirs);
    assert.ok(median < 0.01 && worst < 0.06, `noise or PNR differs by ${median} (median), ${worst} (worst)`);
  }
  // Correlation: with CaImAn's own noise the same but for a few samples that lie on the threshold; with ours a percent of noise
  // moves more samples across it, which matters where hardly any are above.
  const same = differences(found[5], expected.correlation), ours = differences(found[4], expected.correlation);
  assert.ok(same.mean < 1e-4 && same.worst < 0.1, `correlation differs by ${same.mean} (mean), ${same.worst} (worst)`);
  assert.ok(ours.mean < 0.02, `correlation with our noise differs by ${ours.mean} (mean)`);
  const isStrong = (_: number, i: number) => expected.correlation[i] > 0.8;
  const strong = expected.correlation.filter(isStrong);
  const atCells = differences(found[4].filter(isStrong), strong);
  assert.ok(strong.length > 1000 && atCells.mean < 0.003 && atCells.worst < 0.04, `at cells by ${atCells.mean}`);
});
