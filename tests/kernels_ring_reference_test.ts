import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { sampleArray } from "../src/core/movie.ts";
import { binnedShape, binSpace } from "../src/kernels/bin_space.ts";
import { gramBands } from "../src/kernels/gram_bands.ts";
import { gramTable, localGram } from "../src/kernels/local_gram.ts";
import { ringApply } from "../src/kernels/ring_apply.ts";
import { ringOffsets, ringSolve } from "../src/kernels/ring_solve.ts";
import { pitchOf, stackBytes } from "../src/kernels/stack.ts";
import { openMovie } from "../src/movie/open.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { backends, backendTest } from "./backends.ts";

const SHARED = new URL("../../shared/", import.meta.url).pathname;

/** The movie less its true cells and its mean: padded stack; and the constant background b0. */
async function trueResidual() {
  const movie = await openMovie(`${SHARED}data/sim_small.tif`), { width, height, frames, sampleType } = movie.header;
  const samples = sampleArray(sampleType, frames * width * height);
  await movie.read(0, frames, samples);
  movie.close();
  const truth = await Hdf5Reader.open(`${SHARED}data/sim_small.truth.h5`);
  const footprints = truth.numbers("A", "float32", [-1, height, width]).data;
  const traces = truth.numbers("C", "float32", [-1, frames]).data;
  truth.close();
  const rest = Float32Array.from(samples), pixels = width * height;
  for (let k = 0; k * frames < traces.length; k++) {
    for (let p = 0; p < pixels; p++) {
      const a = footprints[k * pixels + p];
      for (let f = 0; a !== 0 && f < frames; f++) rest[f * pixels + p] -= a * traces[k * frames + f];
    }
  }
  const b0 = new Float64Array(pixels);
  for (let f = 0; f < frames; f++) for (let p = 0; p < pixels; p++) b0[p] += rest[f * pixels + p] / frames;
  for (let f = 0; f < frames; f++) for (let p = 0; p < pixels; p++) rest[f * pixels + p] -= b0[p];
  return { stack: rest, shape: { frames, width, height }, b0 };
}

backendTest("ring weights and background: CaImAn's, from the true cells of sim_small", async () => {
  const path = `${SHARED}reference/caiman_sim_small.h5`;
  if (!existsSync(path)) return;
  const { stack: residual, shape, b0 } = await trueResidual();
  assert.equal(shape.width % 4, 0);
  const reference = await Hdf5Reader.open(path);
  const compute = (await backends()).at(-1)!;
  for (const factor of [2, 1]) {
    const radius = Math.round(18.2 / factor), offsets = ringOffsets(radius), m = offsets.length / 2;
    const grid = binnedShape(shape, factor), table = gramTable(2 * (radius + 1)), plane = grid.height * grid.width;
    assert.equal(pitchOf(grid.width), grid.width);
    const stack = compute.upload("stack", residual), low = compute.allocate("low", stackBytes(grid));
    const groups = compute.upload("groups", table.groups), ring = compute.upload("offsets", offsets);
    const first = { ...grid, frames: 5 }, background = compute.allocate("background", stackBytes(first));
    binSpace(compute, stack, low, shape, factor);
    const ours = new Float32Array(m * plane);
    // At full resolution the top rows do: they show the ring inside the field and cut by three of its edges.
    const bands = factor === 1
      ? [{ solve: { first: 0, rows: 8 }, hold: { first: 0, rows: 8 + radius + 1 } }]
      : gramBands(grid, table, radius, compute.limits.maxBindingBytes);
    const rows = bands.reduce((sum, { solve }) => sum + solve.rows, 0);
    for (const band of bands) {
      const gram = compute.allocate("gram", table.rows * band.hold.rows * grid.width * 4);
      const size = band.solve.rows * grid.width, part = compute.allocate("weights", m * size * 4);
      localGram(compute, low, gram, grid, table, groups, band.hold);
      ringSolve(compute, { residual: gram, weights: part }, offsets, grid, table, 1e-5, band);
      const [data] = await compute.read(part);
      for (let j = 0; j < m; j++) {
        ours.set(new Float32Array(data, j * size * 4, size), j * plane + band.solve.first * grid.width);
      }
      for (const buffer of [gram, part]) buffer.release();
    }
    const weights = compute.upload("weights", ours);
    ringApply(compute, low, weights, ring, background, first);
    const applied = new Float32Array((await compute.read(background))[0]);
    for (const buffer of [stack, low, groups, ring, weights, background]) buffer.release();

    const theirs = new Float32Array(m * plane), group = `ring/ssub${factor}`;
    const place = new Map(Array.from({ length: m }, (_, j) => [`${offsets[j * 2]} ${offsets[j * 2 + 1]}`, j]));
    const row = reference.numbers(`${group}/row`, "int32", [-1]).data;
    const column = reference.numbers(`${group}/col`, "int32", [-1]).data;
    reference.numbers(`${group}/weight`, "float32", [-1]).data.forEach((value, e) => {
      const dy = Math.floor(column[e] / grid.width) - Math.floor(row[e] / grid.width);
      const j = place.get(`${dy} ${column[e] % grid.width - row[e] % grid.width}`);
      assert.ok(j !== undefined, "CaImAn's ring holds a pixel that ours does not");
      theirs[j * plane + row[e]] = value;
    });
    let difference = 0, energy = 0, worst = 0;
    for (let i = 0; i < ours.length; i++) {
      if (i % plane >= rows * grid.width) continue;
      difference += (ours[i] - theirs[i]) ** 2;
      energy += theirs[i] ** 2;
      worst = Math.max(worst, Math.abs(ours[i] - theirs[i]));
    }
    // Measured 3.4e-4 at factor 2 and 1.2e-4 at factor 1: float32 sums times a condition number of up to 1e5.
    assert.ok(
      Math.sqrt(difference / energy) < 1e-3,
      `weights differ by ${Math.sqrt(difference / energy)} (rms, relative)`,
    );
    assert.ok(worst < 5e-4, `a weight differs by ${worst}`);
    if (factor > 1) continue;
    const expected = reference.numbers("ring/background_first5_ssub1", "float32", [5, shape.height, shape.width]).data;
    for (let i = 0; i < expected.length; i++) {
      if (i % plane >= rows * grid.width) continue;
      // Measured 0.005 counts at most, where the fluctuating background is up to 100 counts.
      const difference = applied[i] + b0[i % plane] - expected[i];
      assert.ok(Math.abs(difference) < 0.02, `the background differs by ${difference} counts`);
    }
  }
  reference.close();
});
