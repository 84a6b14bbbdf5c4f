/** The real file of CaImAn 1.8.5 in ../shared/data, against what h5py and scipy read of it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { denseFootprint } from "../src/core/footprints.ts";
import { caiman } from "../src/results/exports/caiman.ts";
import { loadResults } from "../src/results/load.ts";
import { inTemporary } from "./results_setting.ts";

const path = fileURLToPath(new URL("../../shared/data/caiman_1.8.5_analysis.hdf5", import.meta.url));
const isThere = await Deno.stat(path).then(() => true, () => false);

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}

Deno.test({
  name: "the file of CaImAn 1.8.5 loads with its 72 cells",
  ignore: !isThere,
  fn: async () => {
    const found = await loadResults(path), { footprints, traces } = found;
    assert.deepEqual([footprints.count, footprints.width, footprints.height, found.movie.frames], [72, 128, 128, 1000]);
    assert.deepEqual([found.frameRate, found.arOrder, found.units, found.software], [30, 1, "dF", { CaImAn: "1.8.5" }]);
    assert.equal((found.parameters.init as Record<string, unknown>).min_pnr, 20);
    assert.match(found.movie.name, /data_endoscope\.tif$/);
    assert.equal(footprints.values.length, 25527);
    // Column-major pixels: cell 17 has its peak in row 49, column 61.
    const image = denseFootprint(footprints, 17), peak = image.indexOf(Math.max(...image));
    assert.deepEqual([Math.floor(peak / 128), peak % 128, image[peak]], [49, 61, Math.fround(0.08805410185963997)]);
    const at = 17 * 1000 + 345;
    assert.equal(traces.denoised[at], Math.fround(24.200514305463763));
    assert.equal(traces.raw[at], Math.fround(23.10158063819714));
    assert.equal(traces.spikes[17 * 1000 + 23], Math.fround(0.07443830370337652));
    assert(
      Math.abs(sum(traces.raw) - 3469718.031056529) < 1 && Math.abs(sum(traces.denoised) - 3469904.7185096582) < 1,
    );
    assert.equal(traces.ar[17], Math.fround(0.83677131));
    // Written as a text in the file.
    assert.equal(traces.noise[17], Math.fround(17.521714858857642));
    // b (pixels × 2) times the mean of f (2 × frames), row 20, column 90.
    assert(Math.abs(found.b0[20 * 128 + 90] - 357.19525682691534) < 1e-4);
    assert.equal(found.summary.noise[20 * 128 + 90], Math.fround(5.298099994659424));
    assert.equal(found.ring.offsets.length, 0);
    assert.equal(found.quality, undefined);
  },
});

Deno.test({
  name: "the file of CaImAn 1.8.5 goes out to CaImAn and comes back the same",
  ignore: !isThere,
  fn: () =>
    inTemporary(async (directory) => {
      const found = await loadResults(path), copy = join(directory, "copy.hdf5");
      await caiman.write(copy, found, {});
      assert.deepEqual(await loadResults(copy), found);
    }),
});
