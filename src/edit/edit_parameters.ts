import type { Parameters } from "../core/extraction_parameters.ts";
import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { describeParameters, resolveParameters } from "../core/parameters.ts";

/** What the results say themselves, whatever their parameters. */
const FACTS: ReadonlySet<string> = new Set(["frame_rate", "p", "units", "background_downsampling_factor"]);

/**
 * The parameters an extraction ran with; those that it does not say, or not in a way we take (results of another program, whose parameters may be
 * in groups), have their defaults.
 */
export function editParameters({ parameters, movie, arOrder, units, ring, frameRate }: Extraction): Parameters {
  const facts = { frame_rate: frameRate, p: arOrder, units, background_downsampling_factor: ring.factor };
  const names = describeParameters().map(({ name }) => name).filter((name) => !FACTS.has(name));
  let kept: Record<string, unknown> = facts;
  for (const name of names) {
    const value = valueOf(parameters, name);
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
