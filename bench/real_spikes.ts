/**
 * Deconvolution of real traces with electrically recorded spikes: `deno run -A bench/real_spikes.ts [FILE.h5]`. Prints, for each set of
 * traces, the mean correlation of the estimated activity with the recorded spikes in bins of 1/25 s, for AR(1) and AR(2) and the settings
 * that CaImAn has, too (its baseline is free, its noise the mean of the power over the upper half of the band, fudge factor 0.96).
 *
 * The figures of CaImAn's implementation with the same settings are in bench/RESULTS.md.
 *
 * @module
 */
import { correlation } from "../src/core/correlation.ts";
import { deconvolve, type DeconvolveOptions } from "../src/deconvolution/deconvolve.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";

/** Bins a second that spikes are compared in. */
const BINS_PER_SECOND = 25;

const SETTINGS: Readonly<Record<string, DeconvolveOptions>> = {
  "AR(1)": { p: 1 },
  "AR(2)": { p: 2 },
  "AR(1), s_min 0": { p: 1, s_min: 0 },
  "AR(1), s_min -1": { p: 1, s_min: -1 },
  "AR(2), s_min 0": { p: 2, s_min: 0 },
  "AR(1), optimize_ar": { p: 1, optimize_ar: true },
};

/** A trace, and when the cell fired. */
interface Recorded {
  readonly trace: Float32Array;
  readonly rate: number;
  /** Seconds of the first frame. */
  readonly first: number;
  /** Seconds of the spikes, on the same clock. */
  readonly spikes: Float64Array;
}

async function readSets(path: string): Promise<Map<string, Recorded[]>> {
  const reader = await Hdf5Reader.open(path), sets = new Map<string, Recorded[]>();
  try {
    for (const set of reader.names("/")) {
      sets.set(
        set,
        reader.names(`/${set}`).map((one) => {
          const at = `/${set}/${one}`;
          return {
            trace: reader.numbers(`${at}/dff`, "float32", [-1]).data,
            rate: reader.numberAttribute(at, "frame_rate_hz"),
            first: reader.numberAttribute(at, "first_frame_time_s"),
            spikes: reader.numbers(`${at}/spike_times_s`, "float64", [-1]).data,
          };
        }),
      );
    }
  } finally {
    reader.close();
  }
  return sets;
}

/** Correlation of estimated activity with recorded spikes, both summed in bins from the first frame to the last. */
function binnedCorrelation(estimated: Float32Array, { rate, first, spikes }: Recorded): number {
  const bins = Math.ceil(estimated.length / rate * BINS_PER_SECOND);
  const mine = new Float32Array(bins), theirs = new Float32Array(bins);
  const binOf = (seconds: number) => Math.floor((seconds - first + 0.5 / rate) * BINS_PER_SECOND);
  estimated.forEach((value, t) => mine[Math.min(bins - 1, binOf(first + t / rate))] += value);
  for (const seconds of spikes) if (binOf(seconds) >= 0 && binOf(seconds) < bins) theirs[binOf(seconds)]++;
  return correlation(mine, theirs);
}

if (import.meta.main) {
  const path = Deno.args[0] ?? new URL("../../shared/data/real_traces_with_spikes.h5", import.meta.url).pathname;
  const sets = await readSets(path);
  for (const [name, options] of Object.entries(SETTINGS)) {
    for (const [set, traces] of sets) {
      const all = traces.map((one) => binnedCorrelation(deconvolve(one.trace, options).spikes, one));
      const mean = all.reduce((sum, r) => sum + r, 0) / all.length;
      console.log(
        `${name.padEnd(18)} ${set.padEnd(26)} mean ${mean.toFixed(4)} of ${all.length} traces: ${
          all.map((r) => r.toFixed(3)).join(" ")
        }`,
      );
    }
  }
}
