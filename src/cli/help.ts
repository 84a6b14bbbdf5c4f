import { nearestName } from "../core/nearest_name.ts";
import { type Command, COMMON_FLAGS, type Flag } from "./command.ts";
import { EXIT_CODES, UsageError } from "./exit.ts";
import { parameterText } from "./params.ts";

/** `annulus help [command]`, for a set of commands. */
export function helpFor(commands: readonly Command[]): Command {
  const help: Command = {
    name: "help",
    usage: "help [command]",
    summary: "Print this help, or a command's",
    flags: [],
    run({ operands }, output) {
      const all = [...commands, help];
      const [topic] = operands;
      const text = topic === undefined ? overview(all) : commandHelp(findCommand(all, topic));
      output.result({ help: text }, text);
      return Promise.resolve();
    },
  };
  return help;
}

/** The command of a name. Throws `UsageError`, with the nearest name, when there is none. */
export function findCommand(commands: readonly Command[], name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const like = nearestName(name, commands.map((candidate) => candidate.name));
  throw new UsageError(
    `There is no command ${name}${like === undefined ? "; annulus help lists them" : `; did you mean ${like}?`}`,
  );
}

/** One command's help page. */
export function commandHelp(command: Command): string {
  const parts = [
    `annulus ${command.usage}`,
    `${command.summary}.`,
    ...(command.details === undefined ? [] : [command.details]),
    `Flags\n${flagText([...command.flags, ...COMMON_FLAGS])}`,
  ];
  if (command.takesParameters) {
    parts.push(
      "Parameters, each a flag (--min_corr 0.8 or --min-corr=0.8) or a name in the --params file; what stands after = is the default.\n" +
        `\n${parameterText(command.takesParameters)}`,
    );
  }
  return parts.join("\n\n");
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const codeLines = EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return [
    "annulus: one-photon calcium movies in, neurons out (CNMF-E on WebGPU, with a CPU twin)",
    `Commands\n${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}`,
    "annulus help COMMAND, or annulus COMMAND --help, prints a command's flags.",
    `Exit codes\n${codeLines.join("\n")}`,
  ].join("\n\n");
}

function flagText(flags: readonly Flag[]): string {
  const typed = flags.map(({ name, value }) => value === undefined ? `--${name}` : `--${name} ${value}`);
  const width = Math.max(...typed.map(({ length }) => length));
  return flags.map(({ help }, i) => `  ${typed[i].padEnd(width)}  ${help}`).join("\n");
}
