import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { secondsOfFrame } from "../core/timestamps.ts";
import { completeDerivative, type DerivativeChoice, derivativeEvents } from "./derivative_events.ts";
import { type FoundEvent, spikeEvents } from "./spike_events.ts";
import type { TraceProducts } from "./trace_products.ts";

/** How events are found. */
export type EventChoice =
  /** Each run of spikes of the deconvolved trace is one. */
  | {
    readonly method: "deconvolution";
    /** Least amplitude, in `unit`. Default 2. */
    readonly threshold?: number;
    /** "sd" (default): of the trace's noise. "dF": absolute. */
    readonly unit?: "sd" | "dF";
  }
  /** Each peak of a derivative of dF is one. */
  | ({ readonly method: "derivative" } & DerivativeChoice);

/** Events of K cells, cell by cell, and in each by time. */
export interface CellEvents {
  /** Where each cell begins in the lists below; length K + 1. */
  readonly starts: Uint32Array;
  /** Position of the cell of each event. */
  readonly cell: Uint32Array;
  /** Its frame. */
  readonly frame: Uint32Array;
  /** Its time, seconds since the first frame. */
  readonly seconds: Float64Array;
  /** Its size, in `unit`. */
  readonly amplitude: Float32Array;
  /** Its size in s.d. of the noise. */
  readonly sd: Float32Array;
  /** S.d. of that noise in each cell, in `unit`. K. */
  readonly noise: Float32Array;
  /** Unit of the amplitudes: "dF", "dF/s" or "dF/s^2". */
  readonly unit: string;
  /** How the events were found, in words with all settings. */
  readonly definition: string;
}

/**
 * Least amplitude of an event by deconvolution, s.d. of the noise. In white noise alone at 10 Hz, 2 by deconvolution and 4 by a derivative both let
 * 0.01 to 0.02 events a minute through.
 */
const SPIKE_THRESHOLD = 2;

/**
 * Finds events in traces that `traceProducts` made: by deconvolution (`spikeEvents`; amplitude is the largest calcium that their sum makes: the sum itself but for AR(2)), or by
 * peaks of a derivative of dF (`derivativeEvents`). A cell whose noise is not a number has none.
 *
 * @param extraction tells when frames were taken
 * @throws ParameterError for settings out of range, and spikes of a deconvolution without a model
 */
export function findEvents(
  products: Pick<TraceProducts, "cells" | "frames" | "dF" | "spikes" | "noise" | "arOrder" | "ar">,
  { movie, frameRate }: Pick<Extraction, "movie" | "frameRate">,
  choice: EventChoice = { method: "deconvolution" },
): CellEvents {
  const { cells, frames, dF, spikes, noise, arOrder, ar } = products;
  const found: FoundEvent[][] = [], sds = new Float32Array(cells);
  const { find, unit, definition } = choice.method === "derivative"
    ? byDerivative(choice, frameRate)
    : bySpikes(choice, arOrder);
  for (let k = 0; k < cells; k++) {
    const row = (values: Float32Array) => values.subarray(k * frames, (k + 1) * frames);
    const peak = responsePeak(ar.subarray(k * arOrder, (k + 1) * arOrder));
    const one = Number.isFinite(noise[k]) ? find(row(dF), row(spikes), noise[k], peak) : { events: [], noise: NaN };
    found.push(one.events);
    sds[k] = one.noise;
  }
  const starts = new Uint32Array(cells + 1);
  found.forEach((events, k) => starts[k + 1] = starts[k] + events.length);
  const all = found.flatMap((events, k) => events.map((event) => ({ ...event, k })));
  return {
    starts,
    cell: Uint32Array.from(all, ({ k }) => k),
    frame: Uint32Array.from(all, ({ frame }) => frame),
    seconds: Float64Array.from(all, ({ frame }) => secondsOfFrame(movie, frameRate, frame)),
    amplitude: Float32Array.from(all, ({ amplitude }) => amplitude),
    sd: Float32Array.from(all, ({ amplitude, k }) => amplitude / sds[k]),
    noise: sds,
    unit,
    definition,
  };
}

/** Finds the events of one cell, and the s.d. their amplitudes are told in. `peak`: the largest calcium that a spike of size 1 makes. */
type Find = (
  dF: Float32Array,
  spikes: Float32Array,
  noise: number,
  peak: number,
) => { events: FoundEvent[]; noise: number };

/** Frames in which a response is looked for its peak. */
const RESPONSE = 1000;

/** The largest calcium that a spike of size 1 makes: 1 without a rise, more for AR(2), where it grows on after the spike. */
function responsePeak(ar: Float32Array): number {
  let one = 1, two = 0, most = 1;
  if (ar.length < 2) return most;
  for (let t = 1; t < RESPONSE; t++) {
    [one, two] = [ar[0] * one + ar[1] * two, one];
    if (!(one > most)) return most;
    most = one;
  }
  return most;
}

function bySpikes(
  { threshold = SPIKE_THRESHOLD, unit = "sd" }: EventChoice & { method: "deconvolution" },
  arOrder: number,
): { find: Find; unit: string; definition: string } {
  if (unit !== "sd" && unit !== "dF") {
    throw new ParameterError(`threshold_unit is ${JSON.stringify(unit)}, but events by deconvolution know sd and dF`);
  }
  if (!(threshold >= 0 && threshold < Infinity)) {
    throw new ParameterError(`threshold is ${threshold}, but it has to be a number from 0`);
  }
  if (arOrder === 0) {
    throw new ParameterError(
      "These traces were denoised without a model of spikes (p 0): deconvolve again with p 1 or 2",
    );
  }
  return {
    find(_, spikes, noise, peak) {
      const least = (unit === "sd" ? threshold * noise : threshold) / peak;
      const events = spikeEvents(spikes, least).map(({ frame, amplitude }) => ({ frame, amplitude: amplitude * peak }));
      return { events, noise };
    },
    unit: "dF",
    definition:
      "deconvolution: consecutive frames with spikes are one event, parted where activity falls below half of the lower of " +
      `two peaks; time of the largest spike, amplitude the largest calcium that the sum of its spikes makes, at least ${threshold} ${
        unit === "sd" ? "s.d. of the noise" : "dF"
      }`,
  };
}

function byDerivative(choice: DerivativeChoice, frameRate: number): { find: Find; unit: string; definition: string } {
  const { order, threshold, unit: kind, min_distance, smooth } = completeDerivative(choice);
  const unit = ["dF", "dF/s", "dF/s^2"][order];
  const what = kind === "dF"
    ? unit
    : kind === "sd"
    ? "s.d. of the noise in it"
    : "robust s.d. (1.4826 MAD) above its median";
  return {
    find: (dF, _, noise) => derivativeEvents(dF, noise, frameRate, choice),
    unit,
    definition:
      `peaks of ${
        ["dF", "the first derivative of dF", "the second derivative of dF"][order]
      }, smoothed by a Gaussian of ` +
      `${smooth} s s.d., of at least ${threshold} ${what}, at least ${min_distance} s apart`,
  };
}
