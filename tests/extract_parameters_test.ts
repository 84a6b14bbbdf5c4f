/** The parameters of the calcium model reach the extraction's traces, whatever the schedule. */
import assert from "node:assert/strict";
import { extract } from "../src/cnmfe/extract.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { simulate } from "../src/simulation/simulate.ts";

const { source } = simulate({ width: 56, height: 48, frames: 260, cells: 4, seed: 9 });

async function extracted(given: Record<string, unknown>): Promise<Extraction> {
  const compute = new CpuCompute();
  try {
    return await extract(source, resolveParameters({ gSig: 3, ...given }, source.header), {
      compute,
      memoryBytes: 300e6,
    });
  } finally {
    compute.destroy();
  }
}

/** The spikes, smallest first. */
function spikesOf({ traces }: Extraction): Float32Array {
  return traces.spikes.filter((spike) => spike > 0).sort();
}

Deno.test({
  name: "the order of the calcium model is that of the last update, with and without refinement",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    for (const max_iterations of [0, 1]) {
      for (const p of [0, 2] as const) {
        const { footprints, traces, arOrder } = await extracted({ p, max_iterations });
        assert(footprints.count >= 3, `${footprints.count} cells`);
        assert.deepEqual([arOrder, traces.ar.length], [p, p * footprints.count], `p ${p}, ${max_iterations} rounds`);
        assert.equal(traces.spikes.some((spike) => spike > 0), p > 0);
      }
    }
  },
});

Deno.test({
  name: "no spike is smaller than the smallest, which is in the units of the traces",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const free = spikesOf(await extracted({ max_iterations: 0 })), s_min = free[free.length >> 1];
    assert(free[0] < 0.9 * s_min, `Spikes from ${free[0]}, the middle one ${s_min}`);
    const limited = spikesOf(await extracted({ max_iterations: 0, s_min }));
    assert(limited.length > 0 && limited[0] >= 0.9999 * s_min, `Spikes from ${limited[0]}, least ${s_min}`);
  },
});
