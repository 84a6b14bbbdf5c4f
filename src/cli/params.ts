import { CONVERTED_NAMES } from "../core/parameter_names.ts";
import type { ParameterDescription } from "../core/parameter_table.ts";
import { describeParameters, EVERY_STEP } from "../core/parameters.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";

/** `annulus params`: every parameter with default, unit and meaning. */
export const params: Command = {
  name: "params",
  usage: "params [--markdown]",
  summary: "Print every parameter with default, unit and meaning",
  flags: [{ name: "markdown", help: "Print the table of the README" }],
  run({ operands, switches }, output) {
    if (operands.length > 0) throw new UsageError(`annulus params takes no arguments, but got ${operands.join(" ")}`);
    const parameters = describeParameters(EVERY_STEP);
    output.result(
      { parameters, converted: CONVERTED_NAMES },
      switches.has("markdown") ? parameterMarkdown(parameters) : parameterText(parameters),
    );
    return Promise.resolve();
  },
};

/** The parameters as a Markdown table, with the names that are converted below it. */
export function parameterMarkdown(parameters: readonly ParameterDescription[]): string {
  const rows = parameters.map(({ name, default: value, unit, range, meaning, aliases }) =>
    `| ${code(name)} | ${value} | ${unit} | ${meaning}; ${range} | ${aliases.map(code).join(", ")} |`
  );
  return [
    "| parameter | default | unit | meaning | also called |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...CONVERTED_NAMES.map(({ names, meaning }) => `- ${names.map(code).join(", ")}: ${meaning}`),
  ].join("\n");
}

/** The parameters as aligned text. */
export function parameterText(parameters: readonly ParameterDescription[]): string {
  const nameWidth = Math.max(...parameters.map(({ name }) => name.length));
  const valueWidth = Math.max(...parameters.map((parameter) => valueText(parameter).length));
  const indent = " ".repeat(nameWidth + valueWidth + 4);
  const lines = parameters.flatMap((parameter) => {
    const { name, range, meaning, aliases } = parameter;
    return [
      `${name.padEnd(nameWidth)}  ${valueText(parameter).padEnd(valueWidth)}  ${meaning}`,
      `${indent}${range}${aliases.length === 0 ? "" : `; also called ${aliases.join(", ")}`}`,
    ];
  });
  const converted = CONVERTED_NAMES.map(({ names, meaning }) => `${names.join(", ")}: ${meaning}`);
  return [...lines, "", "Also understood, with a conversion:", ...converted].join("\n");
}

function valueText({ default: value, unit }: ParameterDescription): string {
  return unit === "" ? value : `${value} ${unit}`;
}

function code(name: string): string {
  return `\`${name}\``;
}
