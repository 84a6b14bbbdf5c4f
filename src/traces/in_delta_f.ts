import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { listedNames, namesOf } from "./names.ts";

/** Raw, denoised and deconvolved traces in dF, whatever the units of the results. */
export function inDeltaF(
  extraction: Pick<Extraction, "traces" | "units" | "movie" | "footprints" | "numbers">,
): { raw: Float32Array; denoised: Float32Array; spikes: Float32Array; notes: string[] } {
  const { traces: { raw, denoised, spikes, noise }, units, movie: { frames } } = extraction;
  for (const trace of [raw, denoised, spikes]) {
    if (trace.length === extraction.footprints.count * frames) continue;
    throw new ParameterError(
      `The results have ${extraction.footprints.count} cells of ${frames} frames, but traces of ${trace.length} numbers in all`,
    );
  }
  if (units === "dF") return { raw, denoised, spikes, notes: [] };
  const lost = namesOf(extraction).filter((_, k) => !(noise[k] > 0));
  const counts = (values: Float32Array) => values.map((value, i) => value * noise[Math.floor(i / frames)]);
  return {
    raw: counts(raw),
    denoised: counts(denoised),
    spikes: counts(spikes),
    notes: lost.length > 0 ? [`Traces over a noise that is not known, which have no dF: ${listedNames(lost)}`] : [],
  };
}
