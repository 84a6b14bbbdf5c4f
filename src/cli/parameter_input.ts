import { ParameterError } from "../core/errors.ts";
import { canonicalParameters } from "../core/parameter_names.ts";
import { describeParameters, EVERY_STEP } from "../core/parameters.ts";
import type { Flag, Invocation } from "./command.ts";
import type { Output } from "./output.ts";

/** Flags of the commands that take parameters. */
export const PARAMETER_FLAGS: readonly Flag[] = [
  { name: "params", value: "FILE.json", help: "Parameters: flat, in CaImAn's groups, or an Inscopix file; flags win" },
];

/**
 * The parameters a command was given: `--params file.json`, and flags over it. Names are the parameters' own afterwards;
 * values are not yet checked. Tells the user what in the file has no effect.
 */
export async function givenParameters(invocation: Invocation, output: Output): Promise<Record<string, unknown>> {
  const path = invocation.values.params;
  const fromFile = path === undefined ? {} : canonical(await readJson(path), output, `${path}: `);
  return { ...fromFile, ...canonical(invocation.parameters, output, "") };
}

function canonical(input: Record<string, unknown>, output: Output, prefix: string): Record<string, unknown> {
  try {
    const { values, notices } = canonicalParameters(input, describeParameters(EVERY_STEP));
    for (const notice of notices) output.notice(`${prefix}${notice}`);
    return { ...values };
  } catch (error) {
    if (error instanceof ParameterError) throw new ParameterError(`${prefix}${error.message}`, { cause: error });
    throw error;
  }
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : (error as Error).message;
    throw new ParameterError(`The parameter file ${path} cannot be read: ${reason}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ParameterError(`The parameter file ${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ParameterError(`The parameter file ${path} has to hold a JSON object of names and values`);
  }
  return value as Record<string, unknown>;
}
