/**
 * The command line: `deno run -A cli.ts COMMAND …`.
 *
 * @module
 */
import { readArguments } from "./src/cli/arguments.ts";
import type { Command } from "./src/cli/command.ts";
import { compare } from "./src/cli/compare.ts";
import { convert } from "./src/cli/convert.ts";
import { demo } from "./src/cli/demo.ts";
import { doctor } from "./src/cli/doctor.ts";
import { edit } from "./src/cli/edit.ts";
import { evaluate } from "./src/cli/evaluate.ts";
import { exportCommand } from "./src/cli/export.ts";
import { events } from "./src/cli/events.ts";
import { exitCodeOf, explain } from "./src/cli/exit.ts";
import { findCommand, helpFor } from "./src/cli/help.ts";
import { info } from "./src/cli/info.ts";
import { motion } from "./src/cli/motion.ts";
import { movie } from "./src/cli/movie.ts";
import { Output } from "./src/cli/output.ts";
import { params } from "./src/cli/params.ts";
import { preprocess } from "./src/cli/preprocess.ts";
import { projections } from "./src/cli/projections.ts";
import { report } from "./src/cli/report.ts";
import { run } from "./src/cli/run.ts";
import { score } from "./src/cli/score.ts";
import { signals } from "./src/cli/signals.ts";
import { simulate } from "./src/cli/simulate.ts";
import { summary } from "./src/cli/summary.ts";
import { traces } from "./src/cli/traces.ts";
import { version } from "./src/cli/version.ts";
import { view } from "./src/cli/view.ts";

const WORK: readonly Command[] = [
  run,
  evaluate,
  edit,
  view,
  info,
  convert,
  exportCommand,
  movie,
  signals,
  traces,
  events,
  preprocess,
  motion,
  projections,
  summary,
  report,
  simulate,
  score,
  compare,
  doctor,
  params,
  demo,
  version,
];
const COMMANDS: readonly Command[] = [...WORK, helpFor(WORK)];
/** What `annulus --help` and friends mean. */
const SHORTHANDS: Readonly<Record<string, string>> = { "--help": "help", "-h": "help", "--version": "version" };

/** Runs one command line and returns its exit code. Never throws. */
async function main(args: readonly string[]): Promise<number> {
  const output = new Output({ json: args.includes("--json"), verbose: args.includes("--verbose") });
  try {
    const [name = "help", ...rest] = args;
    const command = findCommand(COMMANDS, SHORTHANDS[name] ?? name);
    const invocation = readArguments(command, rest);
    if (invocation.switches.has("help")) {
      await findCommand(COMMANDS, "help").run({ ...invocation, operands: [command.name] }, output);
    } else await command.run(invocation, output);
    return 0;
  } catch (error) {
    const code = exitCodeOf(error);
    output.failure(explain(error, output.options.verbose), code);
    return code;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
