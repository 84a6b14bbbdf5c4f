import { ParameterError } from "../core/errors.ts";
import { traceNoise } from "./noise.ts";
import { constrainedOasisAr1 } from "./oasis_ar1.ts";
import { constrainedOasisAr2 } from "./oasis_ar2.ts";
import { percentile } from "./percentile.ts";
import { estimateTimeConstants } from "./time_constants.ts";

/** Settings of `deconvolve`. Names are CaImAn's where it has one. */
export interface DeconvolveOptions {
  /** Order of the autoregressive model: 1 decay; 2 rise and decay; 0 none (no spikes). */
  readonly p: 0 | 1 | 2;
  /**
   * Smallest spike. null or left out: none, the penalty alone decides. Above 0: that size, in the trace's units.
   * Negative: |s_min|·noise·√(1 − d), with d the decay per frame. 0: only as many of the largest spikes as it takes to
   * bring the residual to the noise. With any of them the spikes kept are fitted without a penalty.
   */
  readonly s_min?: number | null;
  /** Noise standard deviation, in the trace's units. Default: `traceNoise`. */
  readonly noise?: number;
  /** Autoregressive coefficients, p numbers. Default: `estimateTimeConstants`. */
  readonly ar?: readonly number[];
  /** Band of the noise estimate, fractions of the frame rate. Default [0.25, 0.5]. */
  readonly noise_range?: readonly [number, number];
  /** Lags beyond p in the estimate of the time constants. Default 5. */
  readonly lags?: number;
  /** Factor on the roots of the estimated model. Default 0.96. */
  readonly fudge_factor?: number;
  /** Baseline, in the trace's units. Default: estimated with the calcium. */
  readonly baseline?: number;
  /**
   * Refit the decay to the five largest events. Default false. It makes a decay that is too slow right, but not one that
   * is too fast: that cuts every transient into events which are too short to tell.
   */
  readonly optimize_ar?: boolean;
}

/** A deconvolved trace: raw ≈ baseline + denoised. */
export interface Deconvolved {
  /** Calcium, T numbers ≥ 0, the decaying initial calcium included: denoised_t = Σ_i ar_i denoised_{t−i} + spikes_t for t ≥ 1. */
  readonly denoised: Float32Array;
  /** Spikes, T numbers ≥ 0, in the trace's units. spikes_0 = 0: what is there at the start is `initial`. */
  readonly spikes: Float32Array;
  /** Baseline. NaN when the trace holds a number that is not finite. */
  readonly baseline: number;
  /** Noise standard deviation. NaN when the trace holds a number that is not finite. */
  readonly noise: number;
  /** Autoregressive coefficients, p numbers; zeros when there was nothing to estimate them from. */
  readonly ar: number[];
  /** Calcium at frame 0 (CaImAn's c1, which CaImAn takes off c and adds again later): denoised_0. */
  readonly initial: number;
  /** Sparsity penalty λ. */
  readonly penalty: number;
}

/**
 * Separates a trace into baseline, calcium and noise, and the calcium into spikes (OASIS; Friedrich et al. 2017).
 *
 * p = 1: smallest penalty whose residual reaches noise²·T. p = 2: see `constrainedOasisAr2`. p = 0: denoised is
 * max(0, trace − baseline), where the baseline is the median of the frames less than 3·noise above the 15th percentile;
 * there is no model of spikes, so spikes are 0.
 *
 * A trace with nothing in it gives an empty result (denoised and spikes 0): a constant one, one with a number that is not
 * finite (baseline and noise are then NaN), and one too short, which is under 2·(lags + p) + 1 frames, or 2 frames when
 * both `noise` and `ar` are given.
 *
 * @param trace T numbers; not changed
 * @throws {ParameterError} when an option is out of range
 * @example
 * ```ts
 * import { deconvolve } from "./deconvolve.ts";
 * const trace = Float32Array.from({ length: 300 }, (_, t) => 5 + 50 * 0.9 ** (t % 100) + Math.sin(3 * t * t));
 * const { denoised, spikes, ar } = deconvolve(trace, { p: 1 });
 * console.log(denoised[0].toFixed(0), spikes.indexOf(Math.max(...spikes)), ar.length);
 * ```
 */
export function deconvolve(trace: Float32Array, options: DeconvolveOptions): Deconvolved {
  checkDeconvolveOptions(options);
  const { p, lags = 5, fudge_factor = 0.96, s_min = null, optimize_ar = false } = options;
  const frames = trace.length, given = options.ar !== undefined && options.noise !== undefined;
  if (trace.some((value) => !Number.isFinite(value))) return empty(frames, p, NaN, NaN, options.ar);
  const noise = options.noise ?? traceNoise(trace, options.noise_range);
  const constant = trace.every((value) => value === trace[0]);
  if (constant || frames < (p === 0 ? 1 : given ? 2 : 2 * (lags + p) + 1)) {
    const baseline = options.baseline ?? (frames > 0 ? percentile(trace, 0.5) : 0);
    return empty(frames, p, baseline, noise, options.ar);
  }
  if (p === 0) return withoutModel(trace, options.baseline ?? restingLevel(trace, noise), noise);

  const ar = options.ar ? [...options.ar] : estimateTimeConstants(trace, p, noise, { lags, fudge_factor });
  const y = Float64Array.from(trace), constraints = { s_min, optimize_ar, baseline: options.baseline };
  if (p === 1) {
    const fit = constrainedOasisAr1(y, ar[0], noise, constraints);
    return finish(fit, noise, [fit.decay]);
  }
  const fit = constrainedOasisAr2(y, rootsOf(ar), noise, constraints);
  const [decay, rise] = fit.roots;
  return finish(fit, noise, [decay + rise, -decay * rise]);
}

function finish(
  fit: { calcium: Float64Array; spikes: Float64Array; baseline: number; penalty: number },
  noise: number,
  ar: number[],
): Deconvolved {
  const denoised = Float32Array.from(fit.calcium), spikes = Float32Array.from(fit.spikes);
  return { denoised, spikes, baseline: fit.baseline, noise, ar, initial: denoised[0], penalty: fit.penalty };
}

function empty(frames: number, p: number, baseline: number, noise: number, ar?: readonly number[]): Deconvolved {
  return {
    denoised: new Float32Array(frames),
    spikes: new Float32Array(frames),
    baseline,
    noise,
    ar: ar ? [...ar] : new Array(p).fill(0),
    initial: 0,
    penalty: 0,
  };
}

function withoutModel(trace: Float32Array, baseline: number, noise: number): Deconvolved {
  const denoised = trace.map((value) => Math.max(0, value - baseline));
  return { ...empty(trace.length, 0, baseline, noise), denoised, initial: denoised[0] };
}

/** Median of the frames that can be at rest: those less than 3·noise above the 15th percentile. */
function restingLevel(trace: Float32Array, noise: number): number {
  const low = percentile(trace, 0.15);
  return percentile(trace.filter((value) => value <= low + 3 * noise), 0.5);
}

/** Decay and rise root of an AR(2) model. */
function rootsOf(ar: readonly number[]): [number, number] {
  const spread = Math.sqrt(Math.max(0, ar[0] * ar[0] + 4 * ar[1]));
  return [(ar[0] + spread) / 2, (ar[0] - spread) / 2];
}

/** Throws `ParameterError` when an option of `deconvolve` is out of range. */
export function checkDeconvolveOptions({ p, s_min, noise, ar, baseline }: DeconvolveOptions): void {
  if (p !== 0 && p !== 1 && p !== 2) throw new ParameterError(`p must be 0, 1 or 2, not ${p}`);
  if (s_min !== undefined && s_min !== null && !Number.isFinite(s_min)) {
    throw new ParameterError(`s_min must be a finite number or null, not ${s_min}`);
  }
  if (noise !== undefined && !(noise >= 0 && Number.isFinite(noise))) {
    throw new ParameterError(`noise must be a finite number of at least 0, not ${noise}`);
  }
  if (baseline !== undefined && !Number.isFinite(baseline)) {
    throw new ParameterError(`baseline must be a finite number, not ${baseline}`);
  }
  if (ar === undefined) return;
  if (ar.length !== p) throw new ParameterError(`ar must hold p = ${p} coefficients, not ${ar.length}`);
  if (p === 1 && !(ar[0] > 0 && ar[0] < 1)) {
    throw new ParameterError(`ar must be a decay between 0 and 1 per frame, not ${ar[0]}`);
  }
  if (p === 2) {
    const [decay, rise] = rootsOf(ar);
    // A double root may come out a rounding error apart: only a clearly complex pair is refused.
    if (!(rise > 0 && decay < 1 && ar[0] * ar[0] + 4 * ar[1] > -1e-9)) {
      throw new ParameterError(`ar must have two real roots between 0 and 1, which [${ar.join(", ")}] has not`);
    }
  }
}
