import type { Extraction } from "../core/extraction.ts";
import { describeParameters, type ParameterStep } from "../core/parameters.ts";

/** A parameter as it was used. */
export interface UsedParameter {
  readonly name: string;
  readonly value: unknown;
  /** The value in words. */
  readonly text: string;
  /** Its default in words; empty for parameters that annulus does not have. */
  readonly usual: string;
  readonly unit: string;
  readonly meaning: string;
  /** Whether it was set to something else than what it would have been by itself. */
  readonly isSet: boolean;
}

/** The parameters of a step as the results tell them, in the table's order, then those that annulus does not have. */
export function usedParameters(extraction: Extraction, step: ParameterStep): UsedParameter[] {
  const { parameters, preparation, quality, software } = extraction;
  const values: Readonly<Record<string, unknown>> = {
    preprocess: preparation?.preprocessing,
    motion: preparation?.motion?.parameters,
    extraction: parameters,
    quality: quality?.thresholds,
  }[step] ?? {};
  const known = describeParameters([step]), names = new Set(known.map(({ name }) => name));
  const ours = known.flatMap(({ name, default: usual, unit, meaning }) => {
    const value = values[name];
    if (value === undefined) return [];
    const isSet = derived(name, values, extraction) ?? inWords(value) !== usual;
    return [{ name, value, text: inWords(value), usual, unit, meaning, isSet: isSet && "annulus" in software }];
  });
  const others = Object.entries(values).filter(([name]) => !names.has(name)).map(([name, value]) => {
    return { name, value, text: inWords(value), usual: "", unit: "", meaning: "", isSet: false };
  });
  return [...ours, ...others];
}

/** Whether a parameter whose default follows from others was set; undefined for those with a default of their own. */
function derived(name: string, values: Readonly<Record<string, unknown>>, extraction: Extraction): boolean | undefined {
  switch (name) {
    case "gSiz":
      return values.gSiz !== Math.round(4 * Number(values.gSig) + 1);
    case "gSig_filt":
      return values.gSig_filt !== extraction.parameters.gSig;
    case "frame_rate":
      return values.frame_rate !== (extraction.movie.frameRate ?? 10);
    case "max_shifts":
      // Its default follows from the size of the field and the filter: it is told, but not called a choice.
      return false;
  }
}

/** Characters of a value that are shown. */
const MOST = 200;

function inWords(value: unknown): string {
  const text = typeof value === "object" && value !== null && !Array.isArray(value)
    ? JSON.stringify(value)
    : String(value).replaceAll(",", ", ");
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
