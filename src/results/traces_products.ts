import { join } from "node:path";
import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { secondsOfFrame } from "../core/timestamps.ts";
import type { TraceProducts } from "../traces/trace_products.ts";
import { type CsvCell, writeCsv } from "./csv_file.ts";
import { exactJson } from "./exact_json.ts";
import { timeConstants } from "./time_constants.ts";
import { aboutArrays, type NamedArrays, writeArraysHdf5, writeArraysNpz } from "./traces_arrays.ts";
import { cellNames, cellStatus, writeTracesCsv } from "./traces_csv.ts";
import { prepareDirectory, refuseRecording, writeTogether } from "./write_together.ts";

/** The kinds of files that traces and events can be written as. */
export const TABLE_FORMATS: readonly TableFormat[] = ["csv", "hdf5", "numpy"];

/** One of them. */
export type TableFormat = "csv" | "hdf5" | "numpy";

/** How `writeTraceProducts` and `writeEvents` write. */
export interface WriteTablesOptions {
  /** Kinds of files. Default CSV and HDF5. */
  readonly formats?: readonly TableFormat[];
  /** Replace files that are there. Default false. */
  readonly force?: boolean;
  /** Path of the results they were made from, to be told in the files. */
  readonly results?: string;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** Tables with a column per cell, by the array they hold. */
const TABLES = {
  dF: "dF.csv",
  baseline: "dF_baseline.csv",
  overNoise: "dF_over_noise.csv",
  dff: "dF_over_F0.csv",
  denoised: "dF_denoised.csv",
  spikes: "dF_spikes.csv",
  residuals: "dF_residuals.csv",
  uncertainty: "dF_uncertainty.csv",
} as const;

/** Every file that `writeTraceProducts` may write. */
export const TRACE_FILES: readonly string[] = [
  ...Object.values(TABLES),
  "dF_cells.csv",
  "traces.npz",
  "traces.json",
  "traces.h5",
];

/** Checks that `writeTraceProducts` will be able to write into a directory. Rejects with a `ResultsError` that says what is in the way. */
export async function prepareTraceProducts(
  directory: string,
  { force = false, recording = [] }: { force?: boolean; recording?: readonly string[] } = {},
): Promise<void> {
  await refuseRecording(directory, TRACE_FILES, recording);
  await prepareDirectory(directory, TRACE_FILES, force);
}

/**
 * Writes what `traceProducts` made into a directory, which is created when it does not exist; all files appear together or not at all.
 * - CSV: `dF.csv`, and of what was asked for `dF_baseline.csv`, `dF_over_noise.csv`, `dF_over_F0.csv`, `dF_residuals.csv`,
 *   `dF_uncertainty.csv`, with `dF_denoised.csv` and `dF_spikes.csv` where they were deconvolved again: the layout of the results'
 *   own `traces.csv`. `dF_cells.csv`: a row per cell with its status, noise, F0, autoregressive coefficients and time constants.
 * - HDF5: `traces.h5`, attributes `format`, `format_version`, `frame_rate`, `results`; datasets K×T float32 `dF`, `baseline`, `over_noise`,
 *   `dff`, `denoised`, `spikes`, `residuals`, `uncertainty`, K `noise`, `f0`, `level`, `numbers`, `accepted`, K×p `ar`, `time_constants`,
 *   T `time`, JSON `names`; each with `units` and `meaning`.
 * - NumPy: `traces.npz` with the same arrays.
 * - `traces.json`: what each array is, its unit, F0's definition, and notes.
 *
 * @param extraction the results they were made from, with the same cells
 * @returns the files' paths
 */
export async function writeTraceProducts(
  directory: string,
  extraction: Extraction,
  products: TraceProducts,
  { formats = ["csv", "hdf5"], force = false, results, signal }: WriteTablesOptions = {},
): Promise<string[]> {
  await prepareTraceProducts(directory, { force, recording: extraction.movie.files.map(({ path }) => path) });
  const arrays = arraysOf(extraction, products);
  const about = {
    ...(results === undefined ? {} : { results }),
    frame_rate: extraction.frameRate,
    arrays: aboutArrays(arrays),
    notes: products.notes,
  };
  return await writeTogether(directory, TRACE_FILES, async (staging) => {
    if (formats.includes("csv")) {
      for (const [name, file] of Object.entries(TABLES)) {
        const traces = products[name as keyof typeof TABLES];
        // What the extraction deconvolved lies beside the results already.
        if (traces === undefined || (!products.level && (name === "denoised" || name === "spikes"))) continue;
        await writeTracesCsv(join(staging, file), extraction, traces);
      }
      await writeCellTable(join(staging, "dF_cells.csv"), extraction, products);
    }
    if (formats.includes("numpy")) await writeArraysNpz(join(staging, "traces.npz"), arrays, about);
    await Deno.writeTextFile(
      join(staging, "traces.json"),
      `${JSON.stringify(JSON.parse(exactJson(about)), null, 2)}\n`,
    );
    if (formats.includes("hdf5")) {
      const head = { format: "annulus traces", format_version: 1, frame_rate: extraction.frameRate };
      await writeArraysHdf5(join(staging, "traces.h5"), arrays, {
        ...head,
        ...(results === undefined ? {} : { results }),
      });
    }
  }, signal);
}

function arraysOf(extraction: Extraction, products: TraceProducts): NamedArrays {
  const { cells, frames, ar, arOrder, meaning } = products, traces = [cells, frames], order = [cells, arOrder];
  const { movie, frameRate } = extraction;
  const arrays: Record<string, NamedArrays[string] | undefined> = {
    dF: { data: products.dF, shape: traces, units: "dF" },
    baseline: products.baseline && { data: products.baseline, shape: traces, units: "dF" },
    over_noise: products.overNoise && { data: products.overNoise, shape: traces, units: "s.d. of the noise" },
    dff: products.dff && { data: products.dff, shape: traces, units: "dF/F0" },
    denoised: { data: products.denoised, shape: traces, units: "dF" },
    spikes: { data: products.spikes, shape: traces, units: "dF" },
    residuals: products.residuals && { data: products.residuals, shape: traces, units: "dF" },
    uncertainty: products.uncertainty && { data: products.uncertainty, shape: traces, units: "dF" },
    noise: { data: products.noise, units: "dF" },
    f0: products.f0 && { data: products.f0, units: "dF" },
    level: products.level && { data: products.level, units: "dF" },
    ar: { data: ar, shape: order, meaning: "autoregressive coefficients of denoised" },
    time_constants: {
      data: timeConstants(ar, arOrder, frameRate),
      shape: order,
      units: "s",
      meaning: "decay, then rise; NaN where there is none",
    },
    time: {
      data: Float64Array.from({ length: frames }, (_, frame) => secondsOfFrame(movie, frameRate, frame)),
      units: "s",
      meaning: "time of each frame since the first",
    },
    ...cellArrays(extraction),
  };
  return Object.fromEntries(
    Object.entries(arrays).flatMap(([name, array]) =>
      array ? [[name, { ...(meaning[name] === undefined ? {} : { meaning: meaning[name] }), ...array }]] : []
    ),
  );
}

/** Which cells rows stand for. */
export function cellArrays(extraction: Extraction): NamedArrays {
  const accepted = extraction.quality?.accepted;
  return {
    names: { data: cellNames(extraction), meaning: "name of each cell" },
    numbers: { data: Int32Array.from(cellNumbers(extraction)), meaning: "number of each cell in the results" },
    ...(accepted ? { accepted: { data: accepted, meaning: "1 accepted, 0 set aside" } } : {}),
  };
}

async function writeCellTable(path: string, extraction: Extraction, products: TraceProducts): Promise<void> {
  const { ar, arOrder, noise, f0, level } = products, names = cellNames(extraction);
  const seconds = timeConstants(ar, arOrder, extraction.frameRate);
  const order = Array.from({ length: arOrder }, (_, i) => i);
  const columns = [
    ...["cell", "status", "noise_dF", ...(f0 ? ["F0"] : []), ...(level ? ["level_dF"] : [])],
    ...order.map((i) => `ar${i + 1}`),
    ...order.map((i) => ["decay_s", "rise_s"][i]),
  ];
  const rows = names.map((name, k): CsvCell[] => [
    ...[name, cellStatus(extraction, k), noise[k], ...(f0 ? [f0[k]] : []), ...(level ? [level[k]] : [])],
    ...order.map((i) => ar[k * arOrder + i]),
    ...order.map((i) => seconds[k * arOrder + i]),
  ]);
  await writeCsv(path, columns, rows);
}
