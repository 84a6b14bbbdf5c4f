import type { ParameterStep } from "../core/parameters.ts";
import type { Output } from "./output.ts";

/** One flag of a command. */
export interface Flag {
  /** Name without dashes. */
  readonly name: string;
  /** What stands for its value in help texts; a flag without one is a switch. */
  readonly value?: string;
  /** What it does. */
  readonly help: string;
}

/** What the user typed after the command's name. */
export interface Invocation {
  /** Arguments that are not flags. */
  readonly operands: readonly string[];
  /** Flags with values. */
  readonly values: Readonly<Record<string, string>>;
  /** Switches that were given. */
  readonly switches: ReadonlySet<string>;
  /** Parameters given as flags, under the names that were typed (with `_`), values parsed. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One command of `annulus`. */
export interface Command {
  /** Its name on the command line. */
  readonly name: string;
  /** How it is called, without `annulus`. */
  readonly usage: string;
  /** What it does, one sentence. */
  readonly summary: string;
  /** More for its own help page. */
  readonly details?: string;
  /** Its flags, besides those every command has. */
  readonly flags: readonly Flag[];
  /** The steps whose parameters are flags, too. */
  readonly takesParameters?: readonly ParameterStep[];
  /** Runs it; resolves when all is well and rejects with the reason otherwise. */
  run(invocation: Invocation, output: Output): Promise<void>;
}

/** Flags every command has. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "json", help: "Print one JSON object per line, for machines" },
  { name: "verbose", help: "Print details, and the stack of an error" },
  { name: "help", help: "Print this help" },
];
