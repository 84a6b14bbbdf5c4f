/** Deconvolution against CaImAn 1.12.1 on twenty traces of the simulated movie; skipped where the shared data is not. */
import assert from "node:assert/strict";
import { deconvolve, type DeconvolveOptions } from "../src/deconvolution/deconvolve.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { correlation, residual } from "./deconvolution_traces.ts";

const path = new URL("../../shared/reference/caiman_sim_small.h5", import.meta.url).pathname;
const ignore = !await Deno.stat(path).then(() => true, () => false);
const CELLS = 20, FRAMES = 1000;

/** What CaImAn found: its initial calcium, which it takes off c, is added again. */
interface Reference {
  readonly trace: Float32Array;
  readonly calcium: Float64Array;
  readonly spikes: Float32Array;
  readonly ar: readonly number[];
  readonly baseline: number;
  readonly noise: number;
  readonly penalty: number;
}

async function readReference(name: string, p: number): Promise<Reference[]> {
  const reader = await Hdf5Reader.open(path);
  try {
    const wide = (set: string) => reader.numbers(`deconvolution/${set}`, "float32", [CELLS, FRAMES]).data;
    const scalar = (set: string) => reader.numbers(`deconvolution/${name}_${set}`, "float64", [CELLS]).data;
    const traces = wide("traces"), c = wide(`${name}_c`), sp = wide(`${name}_sp`);
    const g = reader.numbers(`deconvolution/${name}_g`, "float64", [CELLS, p]).data;
    const bl = scalar("bl"), c1 = scalar("c1"), sn = scalar("sn"), lam = scalar("lam");
    return Array.from({ length: CELLS }, (_, k) => {
      const ar = Array.from(g.subarray(k * p, (k + 1) * p));
      const decay = p === 1 ? ar[0] : (ar[0] + Math.sqrt(ar[0] * ar[0] + 4 * ar[1])) / 2;
      return {
        trace: traces.slice(k * FRAMES, (k + 1) * FRAMES),
        calcium: Float64Array.from({ length: FRAMES }, (_, t) => c[k * FRAMES + t] + c1[k] * decay ** t),
        spikes: sp.slice(k * FRAMES, (k + 1) * FRAMES),
        ar,
        baseline: bl[k],
        noise: sn[k],
        penalty: lam[k],
      };
    });
  } finally {
    reader.close();
  }
}

/**
 * Where the roots of an AR(2) model coincide, CaImAn's impulse response begins at d instead of 1, so that its spikes are
 * 1/d times what c_t − γ1 c_{t−1} − γ2 c_{t−2} says.
 */
function responseAtSpike(ar: readonly number[]): number {
  return ar.length === 2 && Math.abs(ar[0] * ar[0] + 4 * ar[1]) < 1e-9 ? ar[0] / 2 : 1;
}

/** Largest differences over the twenty traces: calcium, spikes (but for frame 0) and baseline in units of the noise. */
async function differences(name: string, options: DeconvolveOptions) {
  const worst = { calcium: 0, spikes: 0, ar: 0, noise: 0, baseline: 0, penalty: 0 };
  for (const reference of await readReference(name, options.p)) {
    const found = deconvolve(reference.trace, options), { noise } = reference;
    const note = (what: keyof typeof worst, value: number) => worst[what] = Math.max(worst[what], value);
    reference.calcium.forEach((c, t) => note("calcium", Math.abs(c - found.denoised[t]) / noise));
    const unit = responseAtSpike(found.ar);
    reference.spikes.forEach((s, t) => t > 0 && note("spikes", Math.abs(s * unit - found.spikes[t]) / noise));
    reference.ar.forEach((g, i) => note("ar", Math.abs(g - found.ar[i])));
    note("noise", Math.abs(found.noise / noise - 1));
    note("baseline", Math.abs(found.baseline - reference.baseline) / noise);
    note("penalty", Math.abs(found.penalty / reference.penalty - 1));
  }
  return worst;
}

for (
  const [name, options] of Object.entries(
    {
      p1: { p: 1 },
      p1_smin0: { p: 1, s_min: 0 },
      p1_sminneg: { p: 1, s_min: -1 },
      p2: { p: 2 },
    } as const,
  )
) {
  Deno.test({
    name: `the same as CaImAn: ${name}`,
    ignore,
    async fn() {
      const worst = await differences(name, options);
      assert.ok(worst.noise < 1e-6, `noise ${worst.noise}`);
      assert.ok(worst.ar < 1e-6, `ar ${worst.ar}`);
      assert.ok(worst.baseline < 2e-4, `baseline ${worst.baseline}`);
      assert.ok(worst.penalty < 1e-3, `penalty ${worst.penalty}`);
      assert.ok(worst.calcium < 1e-3, `calcium ${worst.calcium}`);
      assert.ok(worst.spikes < 1e-3, `spikes ${worst.spikes}`);
    },
  });
}

// CaImAn takes at most three steps of a quasi-Newton method, and on most of the traces it stays where it began.
Deno.test({
  name: "near CaImAn with the decay refitted",
  ignore,
  async fn() {
    const references = await readReference("p1_optg", 1), starts = await readReference("p1", 1);
    let moved = 0;
    references.forEach(({ trace, calcium, ar, noise }, k) => {
      const found = deconvolve(trace, { p: 1, optimize_ar: true });
      assert.ok(Math.abs(residual(trace, found.baseline, found.denoised) / (noise * noise * FRAMES) - 1) < 1e-4);
      assert.ok(Math.abs(found.ar[0] - ar[0]) < 0.03, `trace ${k}: ${found.ar[0]}, CaImAn ${ar[0]}`);
      assert.ok(correlation(found.denoised, calcium) > 0.998, `trace ${k}`);
      if (Math.abs(ar[0] - starts[k].ar[0]) > 0.005) {
        moved++;
        assert.ok(Math.abs(found.ar[0] - ar[0]) < 0.012, `trace ${k}: ${found.ar[0]}, CaImAn ${ar[0]}`);
      }
    });
    assert.ok(moved >= 3, `${moved} moved`);
  },
});

// CaImAn refits one spike after the other, blind to the next, and may make spikes negative; here all are fitted together.
Deno.test({
  name: "AR(2) with a smallest spike: a better fit than CaImAn's",
  ignore,
  async fn() {
    for (const [name, s_min] of [["p2_smin0", 0], ["p2_sminneg", -1]] as const) {
      let ours = 0, theirs = 0;
      for (const { trace, calcium, spikes, baseline, noise } of await readReference(name, 2)) {
        const found = deconvolve(trace, { p: 2, s_min }), target = noise * noise * FRAMES;
        const count = (values: Float32Array) => values.filter((s) => s > 1e-3 * noise).length;
        assert.ok(correlation(found.denoised, calcium) > 0.97);
        if (s_min === 0) [ours, theirs] = [ours + count(found.spikes), theirs + count(spikes)];
        else {
          ours += residual(trace, found.baseline, found.denoised) / target;
          theirs += residual(trace, baseline, calcium) / target;
        }
      }
      assert.ok(ours < theirs, `${name}: ${ours} and ${theirs}`);
    }
  },
});
