import type { Extraction } from "../core/extraction.ts";
import type { CellFacts } from "./cell_facts.ts";
import { ascending, counted, medianOf, percent, quantileOf, shown } from "./numbers.ts";
import { keptName, type ReportWarning } from "./warning.ts";

/** Parts a trace is cut into to see its baseline move. */
const PARTS = 10;
/** Frames a part needs at least for its quantile to mean something. */
const PART_FRAMES = 20;
/** Range of the parts' baselines, in noise s.d., that is drift, and share of cells with it that is much. */
const DRIFT = 3, MANY_DRIFT = 0.2;
/** Ratio of the transients in the last third to those in the first third below which signals fade. */
const FADED = 0.5;
/** Mean correlation of the cells' raw traces from which something common is in all of them. */
const COMMON = 0.25;
/** Cells from which such medians say something. */
const ENOUGH = 5;

/** What is conspicuous about the traces: missing numbers, drift, fading, silence, a signal common to all. */
export function signalWarnings(extraction: Extraction, cells: readonly CellFacts[]): ReportWarning[] {
  const { traces, movie: { frames } } = extraction, warnings: ReportWarning[] = [];
  const of = (all: Float32Array, k: number) => all.subarray(k * frames, (k + 1) * frames);
  const kept = cells.flatMap((cell, k) => cell.isAccepted === false ? [] : [k]);
  const name = (indices: readonly number[]) => indices.map((k) => cells[k].number);
  const broken = cells.flatMap((_, k) => of(traces.raw, k).every(Number.isFinite) ? [] : [k]);
  if (broken.length > 0) {
    warnings.push({
      level: "act",
      topic: "not numbers",
      text: `The raw ${broken.length === 1 ? "trace" : "traces"} of ${
        counted(broken.length, "cell")
      } hold values that are not numbers.`,
      advice:
        "Leave these cells out (annulus edit --reject), or run again with --bad_pixels repair if the movie holds such samples.",
      cells: name(broken),
    });
  }
  if (frames < 2) return warnings;
  const silent = kept.filter((k) => !of(traces.spikes, k).some((value) => value > 0));
  if (silent.length > 0 && extraction.arOrder !== 0) {
    warnings.push({
      level: "know",
      topic: "silent cells",
      text: `${counted(silent.length, keptName(cells))} ${
        silent.length === 1 ? "has" : "have"
      } no deconvolved activity at all.`,
      advice: "Look at the raw traces: what is left of a silent cell may be noise or background.",
      cells: name(silent),
    });
  }
  const drifting = kept.filter((k) => driftOf(of(traces.raw, k), noiseOf(extraction, k)) > DRIFT);
  if (drifting.length > MANY_DRIFT * kept.length && drifting.length >= Math.min(3, kept.length)) {
    warnings.push({
      level: "know",
      topic: "drift",
      text: `The baseline of ${drifting.length} of ${counted(kept.length, keptName(cells))} (${
        percent(drifting.length / kept.length)
      }) moves by more than ${DRIFT} s.d. of the noise.`,
      advice:
        "Use detrended traces (annulus traces --detrend), or run again with --detrend linear or --bleaching exponential.",
      cells: name(drifting),
    });
  }
  const fading = medianOf(kept.map((k) => fadingOf(of(traces.denoised, k))));
  if (kept.length >= ENOUGH && fading < FADED) {
    warnings.push({
      level: "know",
      topic: "fading",
      text: `Transients become smaller: those in the last third of the recording have ${
        percent(fading)
      } of the size of those in the first third.`,
      advice:
        "The dye may bleach (--bleaching exponential makes up for it), the focus may drift, or the animal may have become quiet: compare the " +
        "first and last minutes of the movie.",
    });
  }
  const common = commonCorrelation(extraction, kept);
  if (kept.length >= ENOUGH && common > COMMON) {
    warnings.push({
      level: "act",
      topic: "common signal",
      text: `The raw traces of different cells go together (mean correlation ${shown(common, 2)}).`,
      advice:
        "Background may be left in all of them: a larger ring_size_factor helps when cells are crowded. True synchrony looks the same, " +
        "so compare the population raster with behaviour.",
    });
  }
  return warnings;
}

function noiseOf({ traces, units }: Extraction, k: number): number {
  return units === "dF" ? traces.noise[k] : 1;
}

/** Range of a trace's baseline (20 % quantile of each tenth), in noise s.d.; 0 for traces too short to tell. */
function driftOf(trace: Float32Array, noise: number): number {
  const length = Math.floor(trace.length / PARTS);
  if (length < PART_FRAMES || !(noise > 0)) return 0;
  let low = Infinity, high = -Infinity;
  for (let part = 0; part < PARTS; part++) {
    const base = quantileOf(ascending(sampled(trace.subarray(part * length, (part + 1) * length))), 0.2);
    low = Math.min(low, base);
    high = Math.max(high, base);
  }
  return (high - low) / noise;
}

/** At most a few hundred values of a trace, evenly: enough for a quantile. */
function sampled(trace: Float32Array): Float32Array {
  const step = Math.ceil(trace.length / 400);
  return step === 1 ? trace : Float32Array.from({ length: Math.floor(trace.length / step) }, (_, i) => trace[i * step]);
}

/** Largest value of the last third of a denoised trace over that of the first third; NaN when both are silent. */
function fadingOf(trace: Float32Array): number {
  const third = Math.floor(trace.length / 3), most = (part: Float32Array) => part.reduce((a, b) => Math.max(a, b), 0);
  const first = most(trace.subarray(0, third)), last = most(trace.subarray(trace.length - third));
  return first > 0 ? last / first : last > 0 ? Infinity : NaN;
}

/**
 * Mean correlation over all pairs of raw traces, without forming pairs: the variance of the sum of K standardised traces is
 * K + K(K − 1) times it.
 */
function commonCorrelation({ traces, movie: { frames } }: Extraction, cells: readonly number[]): number {
  const sum = new Float64Array(frames);
  let count = 0;
  for (const k of cells) {
    const trace = traces.raw.subarray(k * frames, (k + 1) * frames), mean = trace.reduce((a, b) => a + b, 0) / frames;
    const sd = Math.sqrt(trace.reduce((a, b) => a + (b - mean) ** 2, 0) / frames);
    if (!(sd > 0)) continue;
    for (let t = 0; t < frames; t++) sum[t] += (trace[t] - mean) / sd;
    count++;
  }
  return count < 2 ? 0 : (sum.reduce((a, b) => a + b * b, 0) / frames - count) / (count * (count - 1));
}
