import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import { resolveParameters } from "../core/parameters.ts";

/**
 * The parameters that results were extracted with. Results of other programs tell of them in their own words: what cannot be read there
 * gets its default.
 */
export function extractionParameters(
  { parameters, frameRate }: Pick<Extraction, "parameters" | "frameRate">,
): Parameters {
  try {
    return { ...resolveParameters(parameters), frame_rate: frameRate };
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return { ...resolveParameters(), frame_rate: frameRate };
  }
}
