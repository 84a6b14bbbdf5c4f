import { parseArgs } from "node:util";
import { nearestName } from "../core/nearest_name.ts";
import { acceptedNames } from "../core/parameter_names.ts";
import { describeParameters } from "../core/parameters.ts";
import { type Command, COMMON_FLAGS, type Flag, type Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";

/**
 * Reads what follows a command's name. Flags may stand anywhere, as `--name value` or `--name=value`; parameters may be
 * spelled with `_` or `-`. Throws `UsageError` for flags the command does not have (with the nearest one it has), missing
 * or surplus values, and flags given twice.
 */
export function readArguments(command: Command, args: readonly string[]): Invocation {
  const flags = new Map<string, Flag>([...command.flags, ...COMMON_FLAGS].map((flag) => [flag.name, flag]));
  const parameterNames = new Set(
    command.takesParameters ? acceptedNames(describeParameters(command.takesParameters)) : [],
  );
  const named = (typed: string) => {
    const underscored = typed.replaceAll("-", "_");
    return flags.has(underscored) || parameterNames.has(underscored) ? underscored : undefined;
  };
  const withValue = [...flags.values()].filter(({ value }) => value !== undefined).map(({ name }) => name);
  const spellings = [...withValue, ...parameterNames].flatMap((name) => [name, name.replaceAll("_", "-")]);
  // Not strict: parseArgs' own messages name neither the command nor the flag that was meant.
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(spellings.map((name) => [name, { type: "string" as const }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });

  const operands: string[] = [];
  const values: Record<string, string> = {};
  const switches = new Set<string>();
  const parameters: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const name = token.rawName.startsWith("--") ? named(token.name) : undefined;
    if (name === undefined) throw unknownFlag(command, token.rawName, [...flags.keys(), ...parameterNames]);
    const flag = flags.get(name);
    if (flag !== undefined && flag.value === undefined) {
      if (token.inlineValue) throw new UsageError(`${token.rawName} takes no value, but ${token.value} was given`);
      switches.add(name);
      continue;
    }
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${flag?.value ?? "VALUE"}`);
    }
    if (name in values || name in parameters) throw new UsageError(`${token.rawName} is given twice: give it once`);
    if (flag !== undefined) values[name] = token.value;
    else parameters[name] = parameterValue(token.value);
  }
  return { operands, values, switches, parameters };
}

function unknownFlag(command: Command, typed: string, known: readonly string[]): UsageError {
  const name = typed.replace(/^-+/, "");
  // One letter stands for a name that begins with it, as elsewhere (-o), not for another name of one letter.
  const like = name.length === 1 ? known.find((one) => one.startsWith(name)) : nearestName(name, known);
  return new UsageError(
    `annulus ${command.name} has no flag ${typed}${like === undefined ? "" : `; did you mean --${like}?`}` +
      (like === undefined ? `; annulus help ${command.name} lists them` : ""),
  );
}

/** A number, a list of numbers (`3,3` or `[3, 3]`) or a word. */
export function parameterValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const list = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
    return list.length > 1 && !list.some(Number.isNaN) ? list : text;
  }
}
