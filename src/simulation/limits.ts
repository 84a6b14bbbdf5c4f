import { ParameterError } from "../core/errors.ts";

/** Throws `ParameterError` unless every named number is within its limits (inclusive) and whole where it has to be. */
export function checkNumbers(
  values: Readonly<Record<string, number>>,
  limits: Readonly<Record<string, { readonly min: number; readonly max?: number; readonly whole?: boolean }>>,
): void {
  for (const [name, { min, max = Infinity, whole = false }] of Object.entries(limits)) {
    const value = values[name];
    if (typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value))) continue;
    const range = max === Infinity ? `at least ${min}` : `from ${min} to ${max}`;
    throw new ParameterError(`${name} is ${value}; it has to be a ${whole ? "whole " : ""}number ${range}`);
  }
}
