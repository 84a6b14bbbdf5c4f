import { CONVERTED_NAMES } from "../core/parameter_names.ts";
import type { ParameterDescription } from "../core/parameter_table.ts";
import { describeParameters, EVERY_STEP, type ParameterStep } from "../core/parameters.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import { parametersByStep } from "./parameter_steps.ts";

/** Columns of a terminal that texts are broken for. */
const COLUMNS = 100;

/** `annulus params`: every parameter with default, unit and meaning. */
export const params: Command = {
  name: "params",
  usage: "params [--markdown]",
  summary: "Print every parameter with default, unit and meaning",
  flags: [{ name: "markdown", help: "Print the tables of the README" }],
  run({ operands, switches }, output) {
    if (operands.length > 0) throw new UsageError(`annulus params takes no arguments, but got ${operands.join(" ")}`);
    output.result(
      { parameters: describeParameters(EVERY_STEP), converted: CONVERTED_NAMES },
      switches.has("markdown") ? parameterMarkdown(EVERY_STEP) : parameterText(EVERY_STEP),
    );
    return Promise.resolve();
  },
};

/** The parameters of some steps as Markdown tables, with the names that are converted below each. */
export function parameterMarkdown(steps: readonly ParameterStep[]): string {
  return parametersByStep(steps).map(({ title, remark, parameters, converted }) => {
    const rows = parameters.map(({ name, default: value, unit, range, meaning, aliases }) =>
      `| ${code(name)} | ${value} | ${unit} | ${meaning}; ${range} | ${aliases.map(code).join(", ")} |`
    );
    const table = [
      "| parameter | default | unit | meaning | also called |",
      "| --- | --- | --- | --- | --- |",
      ...rows,
    ];
    const names = converted.map(({ names, meaning }) => `- ${names.map(code).join(", ")}: ${meaning}`);
    return [`### ${title}`, remark, table.join("\n"), ...(names.length > 0 ? [names.join("\n")] : [])].join("\n\n");
  }).join("\n\n");
}

/** The parameters of some steps as text, broken for a terminal. */
export function parameterText(steps: readonly ParameterStep[]): string {
  return parametersByStep(steps).map(({ title, remark, parameters, converted }) => {
    const names = converted.map(({ names, meaning }) =>
      `  ${names.join(", ")}\n${wrapped(`Understood with a conversion: ${meaning}.`)}`
    );
    return [`${title}. ${remark}`, ...parameters.map(entry), ...names].join("\n");
  }).join("\n\n");
}

/** One parameter: its name and default, and below them what it does and may be. */
function entry({ name, default: value, unit, range, meaning, aliases }: ParameterDescription): string {
  const also = aliases.length === 0 ? "" : ` Also called ${aliases.join(", ")}.`;
  return `  ${name} = ${unit === "" ? value : `${value} (${unit})`}\n${
    wrapped(`${meaning}. Has to be ${range}.${also}`)
  }`;
}

/** Words in lines of at most `COLUMNS` columns, indented. */
function wrapped(text: string): string {
  const lines = ["     "];
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + 1 + word.length > COLUMNS) lines.push("     ");
    lines[lines.length - 1] += ` ${word}`;
  }
  return lines.join("\n");
}

function code(name: string): string {
  return `\`${name}\``;
}
