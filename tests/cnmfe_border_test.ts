/** Extraction of a movie whose motion is taken out while it is read, and edges no cell may reach into. */
import assert from "node:assert/strict";
import { excludedIn, excludedPixels } from "../src/cnmfe/excluded.ts";
import { extract } from "../src/cnmfe/extract.ts";
import { ParameterError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { footprintOf } from "../src/core/footprints.ts";
import type { Border } from "../src/core/motion.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { resolveMotionParameters, resolveParameters } from "../src/core/parameters.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { openCompute } from "../src/gpu/open.ts";
import { correctedMovie } from "../src/motion/corrected.ts";
import { score } from "../src/score/score.ts";
import { backends, backendTest } from "./backends.ts";
import { simulated } from "./cnmfe_setting.ts";
import { registered } from "./motion_setting.ts";

const MEMORY = 150e6, NONE: Border = { left: 0, top: 0, right: 0, bottom: 0 };

/** Extracts with a border. */
async function extracted(compute: Compute, source: MovieSource, border?: Border): Promise<Extraction> {
  const parameters = resolveParameters({ gSig: 3 }, source.header);
  return await extract(source, parameters, { compute, memoryBytes: 0.85 * MEMORY, ...(border ? { border } : {}) });
}

/** Pixels of footprints that lie in a border. */
function pixelsIn(
  { left, top, right, bottom }: Border,
  { footprints }: Extraction,
  width: number,
  height: number,
): number {
  let count = 0;
  for (let k = 0; k < footprints.count; k++) {
    for (const pixel of footprintOf(footprints, k).pixels) {
      const x = pixel % width, y = Math.floor(pixel / width);
      if (x < left || y < top || x >= width - right || y >= height - bottom) count++;
    }
  }
  return count;
}

Deno.test("excluded pixels are those of the border, and windows see their part of them", () => {
  const border = { left: 2, top: 1, right: 3, bottom: 4 }, excluded = excludedPixels(11, 9, border)!;
  for (let y = 0; y < 9; y++) {
    for (let x = 0; x < 11; x++) {
      assert.equal(excluded[y * 11 + x], x < 2 || y < 1 || x >= 8 || y >= 5 ? 1 : 0, `${x}, ${y}`);
    }
  }
  const window = { x: 1, y: 3, width: 8, height: 5 }, part = excludedIn(excluded, 11, window)!;
  assert.deepEqual([...part], Array.from({ length: 40 }, (_, i) => excluded[(3 + Math.floor(i / 8)) * 11 + 1 + i % 8]));
  assert.equal(excludedPixels(11, 9, undefined), undefined);
  assert.equal(excludedPixels(11, 9, NONE), undefined);
  assert.equal(excludedIn(undefined, 11, window), undefined);
  for (
    const [wide, name] of [[{ ...NONE, left: 5, right: 6 }, "5, 0, 6 and 0"], [
      { ...NONE, top: 9 },
      "0, 9, 0 and 0",
    ]] as const
  ) {
    assert.throws(() => excludedPixels(11, 9, wide), (error) => {
      assert.ok(error instanceof ParameterError);
      assert.equal(
        error.message,
        `A border of ${name} pixels (left, top, right, bottom) leaves nothing of a field of 11×9 pixels: ` +
          "the motion is too large for it",
      );
      return true;
    });
  }
});

backendTest("no footprint reaches into a border, and the cells inside are found as without one", async () => {
  const width = 72, height = 64, border = { left: 11, top: 6, right: 4, bottom: 13 };
  const { source, truth } = await simulated({ width, height, frames: 200, cells: 12, seed: 5 });
  const compute = (await backends()).at(-1)!;
  const whole = await extracted(compute, source), inner = await extracted(compute, source, border);
  assert.ok(pixelsIn(border, whole, width, height) > 100, "Without a border there is something in it");
  assert.equal(pixelsIn(border, inner, width, height), 0);
  assert.ok(inner.footprints.count > 0 && inner.footprints.count < whole.footprints.count);
  assert.deepEqual(
    (await extracted(compute, source, NONE)).footprints,
    whole.footprints,
    "A border of nothing is none",
  );
  // Every cell that lies inside, and is found without a border, is found with it.
  const found = (result: Extraction) => new Set(score(result, truth).thresholds[1].matches.map(({ cell }) => cell));
  const inInner = found(inner);
  let inside = 0;
  for (const cell of found(whole)) {
    const one = footprintOf(truth.footprints, cell);
    if (one.pixels.some((p) => p % width < 11 || p % width >= 68 || p < 6 * width || p >= 51 * width)) continue;
    inside++;
    assert.ok(inInner.has(cell), `Cell ${cell} is lost`);
  }
  assert.ok(inside > 0);
});

backendTest("a moving movie gives the cells of its still twin, within the memory that was given", async () => {
  const shape = { width: 104, height: 96, frames: 400, cells: 20, vessels: 4, seed: 3, margin: 12 };
  const compute = await openCompute((await backends()).at(-1)!.backend, { memoryBytes: MEMORY });
  try {
    const still = await simulated(shape), moving = await simulated({ ...shape, motion_rigid: 1.8 });
    const atRest = score(await extracted(compute, still.source), still.truth).thresholds[1];

    const given = { max_shifts: 10 }, motion = await registered(compute, moving.source, given, { memoryBytes: MEMORY });
    const parameters = resolveMotionParameters(given, moving.source.header);
    const { meanAfter: mean, border } = motion.quality, options = { compute, memoryBytes: MEMORY, mean };
    const view = correctedMovie(moving.source, motion.shifts, parameters, options);
    const result = await extracted(compute, view, border), { f1, cosine } = score(result, moving.truth).thresholds[1];
    // Measured: 0.919 for both; mean cosines of 0.993.
    assert.ok(atRest.f1 > 0.85, `Still: ${atRest.f1}`);
    assert.ok(f1 >= atRest.f1 - 0.02, `F1 ${f1}, of the still movie ${atRest.f1}`);
    assert.ok(cosine.mean > 0.97, `Cosine ${cosine.mean}`);
    assert.ok(Object.values(border).some((side) => side > 0), JSON.stringify(border));
    assert.equal(pixelsIn(border, result, shape.width, shape.height), 0);
    assert.deepEqual(result.movie.history, [view.done]);

    // Uncorrected it would not do: the motion is what was taken out.
    const blurred = score(await extracted(compute, moving.source), moving.truth).thresholds[1];
    assert.ok(blurred.f1 < f1 - 0.2, `Uncorrected ${blurred.f1}`);
    assert.ok(compute.memory.peak < MEMORY, `${compute.memory.peak} bytes`);
  } finally {
    compute.destroy();
  }
});

backendTest("registration stays within what was planned", async () => {
  const { source } = await simulated({ width: 112, height: 96, frames: 150, cells: 12, motion_rigid: 1.5, seed: 2 });
  for (const { backend } of await backends()) {
    for (const [memoryBytes, given] of [[60e6, {}], [150e6, { pw_rigid: true, strides: 32, overlaps: 24 }]] as const) {
      // The device itself refuses more.
      const compute = await openCompute(backend, { memoryBytes });
      try {
        await registered(compute, source, given, { memoryBytes });
        assert.ok(compute.memory.peak < memoryBytes && compute.memory.peak > 1e6, `${backend}: ${compute.memory.peak}`);
      } finally {
        compute.destroy();
      }
    }
  }
});
