import assert from "node:assert/strict";
import { newCell } from "../src/cnmfe/cells.ts";
import { fitRing } from "../src/cnmfe/ring.ts";
import { spatialUpdate } from "../src/cnmfe/spatial.ts";
import type { Compute } from "../src/gpu/compute.ts";
import type { MovieSource } from "../src/core/movie.ts";
import type { Cell } from "../src/cnmfe/cells.ts";
import { backends, backendTest } from "./backends.ts";
import { cosine, dot, fitted, gaussian, roundFootprint, simulated, trueCells } from "./cnmfe_setting.ts";

const RADIUS = 9;

async function update(compute: Compute, source: MovieSource, cells: readonly Cell[], sparsity: number, bin = 1) {
  const state = await fitted(compute, source, cells, { factor: 2, radius: RADIUS, bin, chunkFrames: 400 });
  const ring = await fitRing(compute, state.statistics, state.residuals, RADIUS);
  const parameters = { spatial_sparsity: sparsity, min_pixel: 3, gSiz: 13 };
  const footprints = await spatialUpdate(compute, state.statistics, state.products, ring, cells, parameters);
  ring.weights.release();
  state.release();
  return footprints;
}

/** The same cells as round spots of one size around their peaks. */
function round(cells: readonly Cell[], width: number, height: number, sigma: number): Cell[] {
  return cells.map((cell) => {
    const peak = cell.footprint.pixels[cell.footprint.values.indexOf(Math.max(...cell.footprint.values))];
    return newCell(roundFootprint(width, height, peak % width, Math.floor(peak / width), sigma), cell.trace);
  });
}

backendTest("true traces give the true footprints back, from too small and from too wide ones", async () => {
  const { source, truth } = await simulated({ width: 72, height: 64, frames: 600, cells: 8, seed: 5 });
  const { width, height } = truth, cells = trueCells(truth);
  for (const compute of await backends()) {
    for (const [sigma, updates] of [[2, 3], [4.5, 3]]) {
      let current = cells.map((cell, k) => ({ ...cell, footprint: round(cells, width, height, sigma)[k].footprint }));
      let scale: number[] = [];
      for (let i = 0; i < updates; i++) {
        const found = await update(compute, source, current, 0.5);
        // The values are in counts per unit of the trace: the true cell's, of unit norm.
        scale = found.map((footprint) => Math.sqrt(dot(footprint!.values, footprint!.values)));
        current = cells.map((cell, k) => ({ ...cell, footprint: newCell(found[k]!, cell.trace).footprint }));
      }
      const cosines = cells.map((cell, k) => cosine(current[k].footprint, cell.footprint));
      const mean = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
      assert.ok(
        mean > 0.992 && Math.min(...cosines) > 0.98,
        `${compute.backend}, from s.d. ${sigma}: cosines ${cosines}`,
      );
      assert.ok(
        scale.every((value) => value > 0.75 && value < 1.1),
        `the true scale is 1, of which the ring may take a part: ${scale}`,
      );
    }
  }
});

backendTest(
  "sparsity drops pixels that gain no more than noise; what is not in the movie is dropped whole",
  async () => {
    const { source, truth } = await simulated({ width: 72, height: 64, frames: 800, cells: 8, seed: 5 });
    const { width, height, frames } = truth,
      compute = (await backends()).at(-1)!,
      cells = trueCells(truth),
      normal = gaussian(7);
    // A cell with a trace of its own that the movie does not hold.
    const idle = newCell(
      roundFootprint(width, height, 60, 10, 2),
      Float32Array.from({ length: frames }, () => 50 * normal()),
    );
    for (const bin of [1, 3]) {
      const count = async (sparsity: number) => {
        const found = await update(compute, source, [...cells, idle], sparsity, bin);
        let noise = 0, hit = 0;
        cells.forEach((cell, k) => {
          const own = new Set(cell.footprint.pixels);
          for (const pixel of found[k]?.pixels ?? []) own.has(pixel) ? hit++ : noise++;
        });
        return { noise, hit, lost: found.flatMap((footprint, k) => footprint ? [] : [k]) };
      };
      const [none, usual, strong] = [await count(0), await count(0.5), await count(3)],
        all = truth.footprints.pixels.length;
      assert.ok(none.noise > 0.1 * all, `${none.noise} pixels without a cell join when nothing is asked of them`);
      assert.ok(usual.noise < 0.6 * none.noise && usual.hit > 0.97 * all, JSON.stringify({ bin, none, usual }));
      assert.ok(strong.noise <= 0.02 * all && strong.hit > 0.6 * all, JSON.stringify({ bin, strong }));
      assert.deepEqual([none.lost, usual.lost.filter((k) => k < cells.length)], [[], []]);
      assert.deepEqual(strong.lost, [cells.length], "only the cell that is not there");
    }
  },
);
