/**
 * Deconvolution of real traces with electrically recorded spikes: `deno run -A bench/real_spikes.ts [FILE.h5]`. Prints, for each set of
 * traces, the mean correlation of the estimated activity with the recorded spikes in bins of 1/25 s, for several settings, and for the first two
 * what CaImAn's implementation gives on the same traces.
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

/**
 * What CaImAn's constrained OASIS gives with the same settings (baseline free, noise the mean of the power over the upper half of the band, 5
 * lags, fudge factor 0.96, no refit of the time constants): computed by a Python program written after its source, which gives CaImAn 1.12.1's
 * own spikes on the twenty traces of ../shared/reference to within 2e-5 of the noise.
 */
export const CAIMAN: Readonly<Record<1 | 2, Readonly<Record<string, number>>>> = {
  1: { "DS09-GCaMP6f-m-V1": 0.2972, "DS14-GCaMP6s-m-V1": 0.2646, "X-NAOMi-GCaMP6f-simulated": 0.348 },
  2: { "DS09-GCaMP6f-m-V1": 0.3784, "DS14-GCaMP6s-m-V1": 0.3746, "X-NAOMi-GCaMP6f-simulated": 0.3212 },
};

/** A trace, and when the cell fired. */
export interface Recorded {
  readonly trace: Float32Array;
  readonly rate: number;
  /** Seconds of the first frame. */
  readonly first: number;
  /** Seconds of the spikes, on the same clock. */
  readonly spikes: Float64Array;
}

/** The traces of a file, by set. */
export async function readSets(path: string): Promise<Map<string, Recorded[]>> {
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

/** That correlation for each trace. */
export function spikeCorrelations(traces: readonly Recorded[], options: DeconvolveOptions): number[] {
  return traces.map((one) => binnedCorrelation(deconvolve(one.trace, options).spikes, one));
}

if (import.meta.main) {
  const path = Deno.args[0] ?? new URL("../../shared/data/real_traces_with_spikes.h5", import.meta.url).pathname;
  const sets = await readSets(path);
  for (const [name, options] of Object.entries(SETTINGS)) {
    for (const [set, traces] of sets) {
      const all = spikeCorrelations(traces, options), mean = all.reduce((sum, r) => sum + r, 0) / all.length;
      const theirs = Object.keys(options).length === 1 && options.p !== 0 ? CAIMAN[options.p][set] : undefined;
      console.log(
        `${name.padEnd(18)} ${set.padEnd(26)} mean ${mean.toFixed(4)}${
          theirs === undefined ? "" : ` (CaImAn ${theirs.toFixed(4)})`
        } of ${all.length} traces: ${all.map((r) => r.toFixed(3)).join(" ")}`,
      );
    }
  }
}
