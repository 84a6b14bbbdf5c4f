import { basename } from "node:path";
import { ResultsError } from "../core/errors.ts";
import { fileFormat } from "../results/file_format.ts";
import { loadResults } from "../results/load.ts";
import { RESULTS_FORMAT } from "../results/save.ts";
import { resultsFile } from "./results_path.ts";

/** What annulus calls the results of a run. */
const RESULTS_NAME = "results.h5";
/** Bytes from the beginning in which results of annulus say what they are. */
const BEGINNING = 1 << 16;

/**
 * The results file that is meant where results or a movie can be: of annulus or of a program it can load; undefined when a movie is meant.
 * Rejects with the `ResultsError` of `loadResults` for results that are damaged.
 */
export async function resultsOperand(path: string): Promise<string | undefined> {
  const file = await resultsFile(path), isFile = await Deno.stat(file).then((found) => found.isFile, () => false);
  if (!isFile) return undefined;
  const format = await fileFormat(file).catch(async (error) => {
    if (error instanceof ResultsError && basename(file) !== RESULTS_NAME && !await saysResults(file)) return undefined;
    throw error;
  });
  if (format !== undefined) return format === RESULTS_FORMAT ? file : undefined;
  // Results of other programs do not say what they are.
  return await loadResults(file).then(() => file, async (error) => {
    if (error instanceof ResultsError && !await saysResults(file)) return undefined;
    throw error;
  });
}

/** Whether what results of annulus say of themselves is in the beginning of a file, which may be too damaged to be read as HDF5. */
async function saysResults(path: string): Promise<boolean> {
  const bytes = new Uint8Array(BEGINNING);
  using file = await Deno.open(path).catch(() => undefined);
  const count = await file?.read(bytes) ?? 0;
  return new TextDecoder("latin1").decode(bytes.subarray(0, count)).includes(RESULTS_FORMAT);
}
