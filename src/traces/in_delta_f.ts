import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { listedNames, namesOf } from "./names.ts";
import { spikeFactor } from "./spike_units.ts";

/**
 * Raw, denoised and deconvolved traces in dF, whatever the units of the results; spikes in other units than the calcium they stand for
 * (CaImAn's files) are brought to them, see `spikeFactor`, which is told in the notes.
 */
export function inDeltaF(
  extraction: Pick<Extraction, "traces" | "units" | "movie" | "footprints" | "numbers" | "arOrder">,
): { raw: Float32Array; denoised: Float32Array; spikes: Float32Array; notes: string[] } {
  const { traces: { raw, denoised, spikes, noise, ar }, units, movie: { frames }, arOrder } = extraction;
  const { count } = extraction.footprints, notes: string[] = [];
  for (const trace of [raw, denoised, spikes]) {
    if (trace.length === count * frames) continue;
    throw new ParameterError(
      `The results have ${count} cells of ${frames} frames, but traces of ${trace.length} numbers in all`,
    );
  }
  const row = (values: Float32Array, k: number) => values.subarray(k * frames, (k + 1) * frames);
  const factors = Float64Array.from(
    { length: count },
    (_, k) =>
      arOrder === 0 ? 1 : spikeFactor(row(denoised, k), row(spikes, k), ar.subarray(k * arOrder, (k + 1) * arOrder)),
  );
  if (factors.some((factor) => factor !== 1)) {
    notes.push(
      "The deconvolved activity of these results is not in the units of their traces: it was scaled to what its calcium says",
    );
  }
  const unit = (k: number) => units === "dF" ? 1 : noise[k];
  const lost = units === "dF" ? [] : namesOf(extraction).filter((_, k) => !(noise[k] > 0));
  if (lost.length > 0) notes.push(`Traces over a noise that is not known, which have no dF: ${listedNames(lost)}`);
  const scaled = (values: Float32Array, by: (k: number) => number) => {
    const scales = Float64Array.from({ length: count }, (_, k) => by(k));
    return scales.every((scale) => scale === 1)
      ? values
      : values.map((value, i) => value * scales[Math.floor(i / frames)]);
  };
  return {
    raw: scaled(raw, unit),
    denoised: scaled(denoised, unit),
    spikes: scaled(spikes, (k) => factors[k] * unit(k)),
    notes,
  };
}
