import { ParameterError } from "./errors.ts";
import type { Extraction } from "./extraction.ts";
import type { Parameters } from "./extraction_parameters.ts";
import { describeParameters, resolveParameters } from "./parameters.ts";

/** What is read of an extraction; more of it tells more. */
export type ParameterFacts =
  & Pick<Extraction, "parameters" | "frameRate">
  & Partial<Pick<Extraction, "movie" | "arOrder" | "units" | "ring">>;

/**
 * The parameters that results were extracted with. What they say themselves (frame rate, p, units, block size of the ring) is taken from there;
 * those that they do not tell, or not in a way we take (results of another program, whose parameters may be in groups), have their defaults.
 */
export function usedParameters({ parameters, frameRate, movie, arOrder, units, ring }: ParameterFacts): Parameters {
  const facts: Record<string, unknown> = {
    frame_rate: frameRate,
    ...(arOrder === undefined ? {} : { p: arOrder }),
    ...(units === undefined ? {} : { units }),
    ...(ring === undefined ? {} : { background_downsampling_factor: ring.factor }),
  };
  let kept = facts;
  for (const { name } of describeParameters()) {
    const value = name in facts ? undefined : valueOf(parameters, name);
    if (value === undefined) continue;
    try {
      resolveParameters({ ...kept, [name]: value }, movie);
      kept = { ...kept, [name]: value };
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
    }
  }
  return resolveParameters(kept, movie);
}

/** A parameter by its name, at the top or in a group. */
function valueOf(parameters: Readonly<Record<string, unknown>>, name: string): unknown {
  if (parameters[name] !== undefined) return parameters[name];
  for (const group of Object.values(parameters)) {
    if (typeof group !== "object" || group === null || Array.isArray(group)) continue;
    const value = (group as Record<string, unknown>)[name];
    if (value !== undefined) return value;
  }
  return undefined;
}
