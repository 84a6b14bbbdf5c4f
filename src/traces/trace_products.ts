import type { Extraction } from "../core/extraction.ts";
import type { DeconvolveOptions } from "../deconvolution/deconvolve.ts";
import { deconvolveAll } from "../deconvolution/deconvolve_all.ts";
import { traceNoise } from "../deconvolution/noise.ts";
import { type BaselineChoice, completeBaseline, runningBaseline } from "./baseline.ts";
import { baselineFluorescence, F0_DEFINITION } from "./fluorescence.ts";
import { inDeltaF } from "./in_delta_f.ts";
import { listedNames, namesOf } from "./names.ts";
import { denoisedUncertainty } from "./uncertainty.ts";

/** What `traceProducts` makes besides dF. */
export interface TraceOptions {
  /** Take a running baseline off the traces. Default false: they stay as extracted. */
  readonly detrend?: BaselineChoice | false;
  /** dF divided by the noise. Default false. */
  readonly overNoise?: boolean;
  /** dF divided by F0, see `baselineFluorescence`. Default false: one-photon movies have no true F0. */
  readonly dff?: boolean;
  /** Deconvolve dF again with these settings; sizes (s_min, noise, baseline) are in dF. Default: what the extraction found stays. */
  readonly deconvolve?: DeconvolveOptions;
  /** The traces less what the denoised ones say of them. Default false. */
  readonly residuals?: boolean;
  /** Standard deviation of the denoised traces, see `denoisedUncertainty`. Default false. */
  readonly uncertainty?: boolean;
  /** Band of the noise estimate, fractions of the frame rate. Default [0.25, 0.5]. */
  readonly noise_range?: readonly [number, number];
}

/** Traces of K cells over T frames, cell-major, all of them in dF (scaled to unit-norm footprints) where nothing else is said. */
export interface TraceProducts {
  /** Cells. */
  readonly cells: number;
  /** Frames. */
  readonly frames: number;
  /** dF: the raw traces, without their running baseline where that was asked for. K×T. */
  readonly dF: Float32Array;
  /** The running baseline that was taken off. K×T. */
  readonly baseline?: Float32Array;
  /** dF over the noise's s.d. K×T, pure numbers. */
  readonly overNoise?: Float32Array;
  /** dF over F0. K×T, pure numbers. */
  readonly dff?: Float32Array;
  /** F0 of each cell. K. */
  readonly f0?: Float32Array;
  /** Denoised traces. K×T. */
  readonly denoised: Float32Array;
  /** Deconvolved activity. K×T. */
  readonly spikes: Float32Array;
  /** What the denoised traces leave of the traces they were made from, less their baseline. K×T. */
  readonly residuals?: Float32Array;
  /** Standard deviation of the denoised traces. K×T. */
  readonly uncertainty?: Float32Array;
  /** Noise s.d. of each dF trace; NaN where a trace holds a number that is not finite. K. */
  readonly noise: Float32Array;
  /** Baseline that the new deconvolution found in each dF trace. K. */
  readonly level?: Float32Array;
  /** Order p of the autoregressive model of the denoised traces. */
  readonly arOrder: 0 | 1 | 2;
  /** Autoregressive coefficients, K×p. */
  readonly ar: Float32Array;
  /** What each of the arrays above is, in words with its settings, by its name. */
  readonly meaning: Readonly<Record<string, string>>;
  /** What to know of the data: sentences for people. */
  readonly notes: readonly string[];
}

/**
 * Makes traces for analyses from results: running baseline and dF without it, dF over noise, dF/F on request, deconvolution with other
 * settings, residuals, noise, and the s.d. of the denoised traces. Needs no movie. Cells whose traces hold numbers that are not finite keep
 * them, and are named in the notes.
 *
 * @param extraction results in either unit; "dF over noise" is turned back into dF
 * @throws ParameterError for options out of range, and dF/F without a positive F0
 */
export async function traceProducts(extraction: Extraction, options: TraceOptions = {}): Promise<TraceProducts> {
  const { footprints: { count }, movie: { frames }, frameRate } = extraction,
    { detrend = false, noise_range } = options;
  const choice = detrend ? completeBaseline(detrend) : undefined, stored = inDeltaF(extraction);
  const { raw } = stored, notes: string[] = [...stored.notes];
  const row = (all: Float32Array, k: number) => all.subarray(k * frames, (k + 1) * frames);
  const each = (of: (k: number) => Float32Array) => {
    const all = new Float32Array(count * frames);
    for (let k = 0; k < count; k++) all.set(of(k), k * frames);
    return all;
  };
  const meaning: Record<string, string> = {
    dF: "raw traces, in units of the movie's counts, scaled to footprints of unit norm",
    noise: `s.d. of the noise of dF: its power between ${noise_range?.[0] ?? 0.25} and ${
      noise_range?.[1] ?? 0.5
    } of the frame rate`,
    denoised: "calcium as the extraction found it",
    spikes: "deconvolved activity as the extraction found it",
  };
  const noise = Float32Array.from({ length: count }, (_, k) => traceNoise(row(raw, k), noise_range));

  let dF = raw, baseline: Float32Array | undefined;
  if (choice) {
    const { window, quantile, level } = choice, seconds = frames / frameRate;
    baseline = each((k) => runningBaseline(row(raw, k), noise[k], frameRate, choice));
    dF = raw.map((value, i) => value - baseline![i]);
    meaning.baseline = `quantile ${quantile} of a window of ${window} s around each frame` +
      (level === "rest" ? ", and the known distance from it to the level at rest: -Phi^-1(quantile) * noise" : "");
    meaning.dF =
      "raw traces less their running baseline, in units of the movie's counts, scaled to footprints of unit norm";
    if (window > seconds && count > 0) {
      notes.push(
        `The window of ${window} s is longer than the recording (${
          Number(seconds.toPrecision(4))
        } s): it was cut off at its ends`,
      );
    }
  }
  const named = namesOf(extraction);
  const broken = named.filter((_, k) => !row(dF, k).every(Number.isFinite));
  if (broken.length > 0) {
    notes.push(
      `Traces with numbers that are not finite, which have no noise and no deconvolution: ${listedNames(broken)}`,
    );
  }
  const f0 = options.dff ? baselineFluorescence(extraction, dF, named) : undefined;
  if (f0) meaning.dff = `dF / F0, where ${F0_DEFINITION}`, meaning.f0 = F0_DEFINITION;
  if (options.overNoise) meaning.over_noise = "dF / noise";

  let { denoised, spikes } = stored, ar = extraction.traces.ar, arOrder = extraction.arOrder;
  let level: Float32Array | undefined;
  if (options.deconvolve) {
    const settings = { ...(noise_range ? { noise_range } : {}), ...options.deconvolve };
    const found = await deconvolveAll(dF, count, frames, settings);
    arOrder = settings.p;
    ar = Float32Array.from(found.ar.flat());
    ({ denoised, spikes, baseline: level } = found);
    const said = Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ");
    meaning.denoised = `calcium deconvolved from dF again with ${said}`;
    meaning.spikes = `activity deconvolved from dF again with ${said}`;
    meaning.level = "baseline that this deconvolution found in dF";
  }
  if (options.residuals) meaning.residuals = `${level ? "dF less its level" : "raw traces as extracted"} less denoised`;
  if (options.uncertainty) {
    meaning.uncertainty = arOrder === 0
      ? "s.d. of denoised: the noise, as there is no model of spikes"
      : `s.d. of denoised from the noise of the trace, given the frames of its spikes and the AR(${arOrder}) model`;
  }
  return {
    cells: count,
    frames,
    dF,
    ...(baseline ? { baseline } : {}),
    ...(options.overNoise ? { overNoise: dF.map((value, i) => over(value, noise[Math.floor(i / frames)])) } : {}),
    ...(f0 ? { f0, dff: dF.map((value, i) => value / f0[Math.floor(i / frames)]) } : {}),
    denoised,
    spikes,
    ...(options.residuals
      ? {
        residuals: (level ? dF : raw).map((value, i) => value - (level?.[Math.floor(i / frames)] ?? 0) - denoised[i]),
      }
      : {}),
    ...(options.uncertainty
      ? {
        uncertainty: each((k) =>
          denoisedUncertainty(row(denoised, k), row(spikes, k), ar.subarray(k * arOrder, (k + 1) * arOrder), noise[k])
        ),
      }
      : {}),
    noise,
    ...(level ? { level } : {}),
    arOrder,
    ar,
    meaning,
    notes,
  };
}

/** A quotient that is 0 where both are. */
function over(value: number, by: number): number {
  return value === 0 && by === 0 ? 0 : value / by;
}
