import type { Extraction } from "../core/extraction.ts";
import type { DeconvolveOptions } from "../deconvolution/deconvolve.ts";
import { loadResults } from "../results/load.ts";
import { TABLE_FORMATS, type TableFormat } from "../results/traces_products.ts";
import type { BaselineChoice } from "../traces/baseline.ts";
import { acceptedCells, chosenCells } from "../traces/chosen_cells.ts";
import type { TraceOptions } from "../traces/trace_products.ts";
import type { Flag, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { resultsFile } from "./results_path.ts";

/** Flags of the commands that make something of the traces of results. */
export const TRACE_FLAGS: readonly Flag[] = [
  { name: "out", value: "FOLDER", help: "Where the files go" },
  { name: "formats", value: "KINDS", help: `Some of ${TABLE_FORMATS.join(",")} (default csv,hdf5)` },
  { name: "accepted", help: "Only cells that are accepted; default all, each with its status" },
  { name: "force", help: "Replace files that are there" },
  {
    name: "detrend",
    help: "Take a running baseline off; --window, --quantile and --level say which, and ask for it, too",
  },
  { name: "window", value: "SECONDS", help: "Window of the running baseline (default 60)" },
  { name: "quantile", value: "SHARE", help: "Quantile of the window's values (default 0.1)" },
  {
    name: "level",
    value: "rest|quantile",
    help:
      "What the baseline is: the level at rest (default), which lies a known part of the noise above the quantile, or the quantile",
  },
  { name: "noise_range", value: "LOW,HIGH", help: "Band of the noise, shares of the frame rate (default 0.25,0.5)" },
  { name: "deconvolve", help: "Deconvolve again; the settings below ask for it, too" },
  { name: "p", value: "0|1|2", help: "Order of its autoregressive model (default as in the results)" },
  {
    name: "s_min",
    value: "SIZE",
    help: "Smallest spike, dF; negative: times the noise; 0: the fewest spikes; null: penalty (default)",
  },
  { name: "lags", value: "FRAMES", help: "Lags its time constants are estimated from (default 5)" },
  { name: "fudge_factor", value: "FACTOR", help: "Factor on its time constants' roots (default 0.96)" },
  { name: "optimize_ar", help: "Fit its decay to the largest events" },
];

/** Results whose traces a command takes: all cells, or with `--accepted` those. */
export async function tracedResults(
  { operands, switches }: Invocation,
  command: string,
  output: Output,
): Promise<{ file: string; extraction: Extraction }> {
  if (operands.length === 0) {
    throw new UsageError(`annulus ${command} needs results: annulus ${command} results/ --out ${command}/`);
  }
  if (operands.length > 1) {
    throw new UsageError(
      `annulus ${command} takes one results file or its folder, and no movie: leave out ${operands[1]}`,
    );
  }
  const file = await resultsFile(operands[0]), extraction = await loadResults(file);
  if ("CaImAn" in extraction.software) { for (const note of extraction.notes) output.notice(note); }
  if (!switches.has("accepted")) return { file, extraction };
  if (!extraction.quality?.accepted) {
    throw new UsageError(`--accepted has nothing to go by: no cell of ${file} has been judged (annulus evaluate does)`);
  }
  return { file, extraction: chosenCells(extraction, acceptedCells(extraction)) };
}

/** Where the files go. */
export function outFolder({ values }: Invocation, command: string): string {
  if (values.out === undefined) throw new UsageError(`annulus ${command} needs --out FOLDER: where the files go`);
  return values.out;
}

/** The kinds of files asked for. */
export function tableFormats({ values }: Invocation): readonly TableFormat[] | undefined {
  if (values.formats === undefined) return undefined;
  const names = values.formats.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const unknown = names.find((name) => !TABLE_FORMATS.some((one) => one === name));
  if (unknown === undefined && names.length > 0) return names as TableFormat[];
  throw new UsageError(`--formats is ${values.formats}, but it has to be some of ${TABLE_FORMATS.join(",")}`);
}

/** Options of `traceProducts` that both commands have. */
export function traceOptions(invocation: Invocation, { arOrder }: Extraction): TraceOptions {
  const { values, switches } = invocation, number = (name: string) => numberFlag(invocation, name);
  const asks = (names: readonly string[]) => names.some((name) => name in values || switches.has(name));
  const noise_range = values.noise_range === undefined ? undefined : band(values.noise_range);
  const window = number("window"), quantile = number("quantile"), lags = number("lags");
  const fudge_factor = number("fudge_factor");
  const detrend: BaselineChoice | false = asks(["detrend", "window", "quantile", "level"]) && {
    ...(window === undefined ? {} : { window }),
    ...(quantile === undefined ? {} : { quantile }),
    ...(values.level === undefined ? {} : { level: values.level as "rest" }),
  };
  const again = asks(["deconvolve", "p", "s_min", "lags", "fudge_factor", "optimize_ar"]);
  const deconvolve: DeconvolveOptions | undefined = again
    ? {
      p: (number("p") ?? (arOrder === 0 ? 1 : arOrder)) as 1,
      ...(values.s_min === undefined ? {} : { s_min: values.s_min === "null" ? null : number("s_min") }),
      ...(lags === undefined ? {} : { lags }),
      ...(fudge_factor === undefined ? {} : { fudge_factor }),
      ...(switches.has("optimize_ar") ? { optimize_ar: true } : {}),
    }
    : undefined;
  return { detrend, ...(deconvolve ? { deconvolve } : {}), ...(noise_range ? { noise_range } : {}) };
}

/** The number a flag was given. Throws `UsageError` for anything else. */
export function numberFlag({ values }: Pick<Invocation, "values">, name: string): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? NaN : Number(text);
  if (!Number.isNaN(value)) return value;
  throw new UsageError(`--${name} is ${text}, but it has to be a number`);
}

function band(text: string): [number, number] {
  const [low, high, ...more] = text.replace(/^\[|\]$/g, "").split(",").map((part) =>
    part.trim() === "" ? NaN : Number(part)
  );
  if (more.length === 0 && low >= 0 && high > low && high <= 0.5) return [low, high];
  throw new UsageError(`--noise_range is ${text}, but it has to be two ascending numbers from 0 to 0.5`);
}
