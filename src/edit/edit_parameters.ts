import { describeParameters, resolveParameters } from "../core/parameters.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";

/**
 * The parameters an extraction ran with; those that it does not say, or not in a way we take (results of another program), have their
 * defaults.
 */
export function editParameters({ parameters, movie, arOrder, units, ring, frameRate }: Extraction): Parameters {
  const known = describeParameters().map(({ name }) => name).filter((name) => parameters[name] !== undefined);
  const facts = { frame_rate: frameRate, p: arOrder, units, background_downsampling_factor: ring.factor };
  const given = { ...Object.fromEntries(known.map((name) => [name, parameters[name]])), ...facts };
  try {
    return resolveParameters(given, movie);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
  }
  // One by one: what is refused by itself is left out.
  let kept: Record<string, unknown> = { ...facts };
  for (const name of known) {
    try {
      resolveParameters({ ...kept, [name]: parameters[name] }, movie);
      kept = { ...kept, [name]: parameters[name] };
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
    }
  }
  return { ...resolveParameters({}, movie), ...resolveParameters(kept, movie) };
}
