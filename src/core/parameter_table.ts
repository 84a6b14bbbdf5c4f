import * as v from "npm:valibot@1.5.0";
import { ParameterError } from "./errors.ts";

/** One parameter as people read of it. */
export interface ParameterDescription {
  /** Its one name, in flags, files and the library. */
  readonly name: string;
  /** Its default, in words where it depends on others. */
  readonly default: string;
  /** Its unit; empty for pure numbers. */
  readonly unit: string;
  /** What it may be, to be read after "has to be". */
  readonly range: string;
  /** What it does. */
  readonly meaning: string;
  /** Other names that mean exactly the same (CaImAn's and Inscopix's). Names that need a conversion are not among them. */
  readonly aliases: readonly string[];
}

/** One parameter as the program knows it. */
export interface Entry<V> {
  /** A value, or words for one that is derived from others. */
  readonly default: V | { readonly derived: string };
  readonly unit: string;
  readonly range: string;
  readonly meaning: string;
  readonly aliases: readonly string[];
  readonly schema: Schema<V>;
}

/** What tells good values from bad ones. */
export type Schema<V> = v.GenericSchema<unknown, V>;

/** All parameters of one step. */
export type ParameterTable<P> = { readonly [K in keyof P]: Entry<P[K]> };

/** Schemas for the tables; the library that checks them is imported here only. */
export const schema = {
  /** A number from `least` to `most`. */
  from: (least: number, most: number): Schema<number> => v.pipe(v.number(), v.minValue(least), v.maxValue(most)),
  /** A number above `least` and at most `most`. */
  above: (least: number, most: number): Schema<number> => v.pipe(v.number(), v.gtValue(least), v.maxValue(most)),
  /** A whole number from `least` to `most`. */
  whole: (least: number, most: number): Schema<number> =>
    v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)),
  /** One of some values. */
  oneOf: <const T extends readonly (string | number)[]>(values: T): Schema<T[number]> => v.picklist(values),
  /** True or false. */
  flag: (): Schema<boolean> => v.boolean(),
  /** A value or null. */
  orNull: <V>(one: Schema<V>): Schema<V | null> => v.nullable(one),
  /** Two increasing numbers. */
  increasing: (one: Schema<number>): Schema<readonly [number, number]> =>
    v.pipe(v.tuple([one, one]), v.check(([low, high]) => low < high)),
  /** Anything a function accepts. */
  custom: <V>(accepts: (value: unknown) => boolean): Schema<V> => v.custom<V>(accepts),
  /** Whether a value is good. */
  accepts: <V>(one: Schema<V>, value: unknown): value is V => v.is(one, value),
};

/** Every parameter of a table with default, unit, range, meaning and aliases. */
export function describe<P>(table: ParameterTable<P>): ParameterDescription[] {
  return (Object.keys(table) as (keyof P & string)[]).map((name) => {
    const { default: value, unit, range, meaning, aliases } = table[name];
    const words = isDerived(value) ? value.derived : String(value).replaceAll(",", ", ");
    return { name, default: words, unit, range, meaning, aliases };
  });
}

/**
 * Complete parameters of one step: the values given, checked, and defaults for the others.
 * @param derived makes the defaults that depend on others, from what is known so far, in the table's order
 * @throws ParameterError for a value that has the wrong type or is out of range
 */
export function complete<P>(
  table: ParameterTable<P>,
  given: Readonly<Record<string, unknown>>,
  derived: { readonly [K in keyof P]?: (known: Partial<P>) => P[K] } = {},
): P {
  const known: Partial<P> = {};
  for (const name of Object.keys(table) as (keyof P & string)[]) {
    const fallback = table[name].default;
    if (given[name] !== undefined) known[name] = checked(table, name, given[name]);
    else if (!isDerived(fallback)) known[name] = fallback as P[typeof name];
    else if (derived[name]) known[name] = derived[name](known);
    else throw new Error(`Parameter ${name} has no default`);
  }
  return known as P;
}

function isDerived(value: unknown): value is { readonly derived: string } {
  return typeof value === "object" && value !== null && "derived" in value;
}

function checked<P, K extends keyof P & string>(table: ParameterTable<P>, name: K, given: unknown): P[K] {
  const result = v.safeParse(table[name].schema, given);
  if (!result.success) {
    throw new ParameterError(`Parameter ${name} is ${show(given)}, but it has to be ${table[name].range}`);
  }
  return result.output as P[K];
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
}
