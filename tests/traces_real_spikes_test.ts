/** Deconvolution of real traces against electrically recorded spikes; skipped where the shared data is not. */
import assert from "node:assert/strict";
import { CAIMAN, readSets, spikeCorrelations } from "../bench/real_spikes.ts";

const path = new URL("../../shared/data/real_traces_with_spikes.h5", import.meta.url).pathname;

Deno.test({
  name: "activity correlates with recorded spikes at least as well as CaImAn's, in every set",
  ignore: !await Deno.stat(path).then(() => true, () => false),
  async fn() {
    const sets = await readSets(path);
    assert.deepEqual([...sets.keys()].sort(), Object.keys(CAIMAN[1]).sort());
    for (const p of [1, 2] as const) {
      for (const [set, traces] of sets) {
        const all = spikeCorrelations(traces, { p }), mean = all.reduce((sum, r) => sum + r, 0) / all.length;
        assert(mean >= CAIMAN[p][set], `AR(${p}), ${set}: ${mean}, CaImAn ${CAIMAN[p][set]}`);
      }
    }
  },
});
