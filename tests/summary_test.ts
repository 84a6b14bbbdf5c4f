import assert from "node:assert/strict";
import { extract } from "../src/cnmfe/extract.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { summarize } from "../src/summary/summary.ts";

Deno.test({
  name: "the summary's images are the ones the extraction starts from, and its seeds obey the thresholds",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { source, truth } = simulate({ width: 60, height: 52, frames: 240, cells: 6, seed: 5 });
    const compute = new CpuCompute();
    const parameters = resolveParameters({ gSig: 3 }, source.header);
    const options = { compute, memoryBytes: 300e6 };
    const { seeds, ...images } = await summarize(source, parameters, options);
    assert.deepEqual(images, (await extract(source, parameters, options)).summary);

    assert(seeds.length >= 4, `${seeds.length} seeds`);
    for (const { x, y, correlation, pnr } of seeds) {
      const at = y * source.header.width + x;
      assert.deepEqual([correlation, pnr], [images.correlation[at], images.pnr[at]]);
      assert(correlation >= parameters.min_corr && pnr >= parameters.min_pnr);
    }
    // The strongest seed is inside a true cell.
    const strongest = seeds[0].y * source.header.width + seeds[0].x;
    assert(truth.footprints.pixels.includes(strongest));
    const none = await summarize(source, resolveParameters({ min_pnr: 900 }, source.header), options);
    assert.equal(none.seeds.length, 0);

    // The peak-to-noise ratio is in the units of min_pnr, whether frames are averaged for it or not (averaging alone gives √2).
    const single = await summarize(source, resolveParameters({ gSig: 3, tsub: 1 }, source.header), options);
    const ratio = images.pnr[strongest] / single.pnr[strongest];
    assert(ratio > 0.8 && ratio < 1.2, `${ratio}`);
    compute.destroy();
  },
});
