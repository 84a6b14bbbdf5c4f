/**
 * What edits cost and how well they do: `deno run -A bench/edit.ts [--folder /tmp/annulus-bench] [--backend cpu] [--results FOLDER]
 * [--cells 12]` (`--cells 0`: costs alone). Costs are those of whole `annulus edit` processes on the results of a movie of 200 cells and 3000 frames: reading the
 * movie and both files included. Then edits that should give back what the extraction had: a cell in two halves merged, two
 * overlapping cells merged and split, a cell deleted and added; and cells that are one, which should not be split.
 */
import { footprintCentre } from "../src/core/footprints.ts";
import { parseArgs } from "node:util";
import { newCell, sparseDot } from "../src/cnmfe/cells.ts";
import { correlation } from "../src/core/correlation.ts";
import type { Edit } from "../src/core/edits.ts";
import { AnnulusError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { type CellState, cellStates, packCells } from "../src/edit/cell_state.ts";
import { editCells } from "../src/edit/edit_cells.ts";
import type { EditOptions } from "../src/edit/options.ts";
import { type Backend, openCompute } from "../src/gpu/open.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { originalPath } from "../src/results/edits.ts";
import { openResultsMovie } from "../src/results/results_movie.ts";
import { SIMULATION_PRESETS } from "../src/simulation/presets.ts";
import { simulatedMovie } from "./accuracy_movies.ts";
import { measureCommand } from "./cost.ts";

const MEMORY_BYTES = 2e9;

/** One cell before and after. */
interface Likeness {
  readonly cosine: number;
  readonly correlation: number;
}

function likeness(a: CellState, b: CellState): Likeness {
  return { cosine: sparseDot(a.footprint, b.footprint), correlation: correlation(a.raw, b.raw) };
}

function centreOf({ footprint }: CellState, width: number): { x: number; y: number } {
  const { x, y } = footprintCentre(footprint, width)!;
  return { x: Math.round(x), y: Math.round(y) };
}

/** Every n-th of a list, so that about `most` remain. */
function spread<T>(list: readonly T[], most: number): T[] {
  const step = Math.max(1, Math.floor(list.length / most));
  return list.filter((_, i) => i % step === 0).slice(0, most);
}

/** Pairs of cells that overlap, those with the largest cosine first. */
function pairsOf(cells: readonly CellState[]): [CellState, CellState][] {
  const pairs = cells.flatMap((a, k) =>
    cells.slice(k + 1).map((b) => ({ a, b, cosine: sparseDot(a.footprint, b.footprint) }))
  ).filter(({ cosine }) => cosine > 0.05);
  return pairs.sort((p, q) => q.cosine - p.cosine).map(({ a, b }) => [a, b]);
}

/** Results in which a cell is in a left and a right half, the right one as a new cell. */
function halved(extraction: Extraction, whole: CellState, other: number): Extraction {
  const { width } = extraction.footprints, { x } = centreOf(whole, width);
  const half = (number: number, isLeft: boolean): CellState => {
    const { pixels, values } = whole.footprint;
    const kept = [...pixels.keys()].filter((i) => pixels[i] % width < x === isLeft);
    const part = {
      pixels: Uint32Array.from(kept, (i) => pixels[i]),
      values: Float32Array.from(kept, (i) => values[i]),
    };
    const { footprint, trace } = newCell(part, whole.denoised);
    return { ...whole, number, footprint, denoised: trace };
  };
  const others = cellStates(extraction).filter((cell) => cell.number !== whole.number);
  const cells = [...others, half(whole.number, true), half(other, false)].sort((a, b) => a.number - b.number);
  return { ...extraction, ...packCells(extraction, cells) };
}

function tell(what: string, found: readonly Likeness[], refused: readonly string[]): void {
  const sorted = (of: keyof Likeness) => found.map((one) => one[of]).sort((a, b) => a - b);
  const [cosines, correlations] = [sorted("cosine"), sorted("correlation")], middle = Math.floor(found.length / 2);
  const good = found.filter(({ cosine, correlation }) => cosine >= 0.95 && correlation >= 0.97).length;
  const numbers = (list: number[]) =>
    list.length === 0 ? "–" : `${list[middle].toFixed(4)} (least ${list[0].toFixed(4)})`;
  console.log(
    `| ${what} | ${found.length} | ${good} | ${numbers(cosines)} | ${numbers(correlations)} | ${refused.length} |`,
  );
}

async function accuracy(extraction: Extraction, options: EditOptions, most: number): Promise<void> {
  const cells = cellStates(extraction), other = 1 + cells.at(-1)!.number, { width } = extraction.footprints;
  const cellOf = (edited: Extraction, number: number) => cellStates(edited).find((cell) => cell.number === number)!;
  const make = async (before: Extraction, edit: Edit) => (await editCells(before, edit, options)).extraction;
  const attempt = async (work: () => Promise<Likeness[]>, found: Likeness[], refused: string[]) => {
    try {
      found.push(...await work());
    } catch (error) {
      if (!(error instanceof AnnulusError)) throw error;
      refused.push(error.message);
    }
  };
  console.log(
    "\n| edit | cells | cosine ≥ 0.95 and correlation ≥ 0.97 | cosine of footprints, median | correlation of raw traces, median | refused |",
  );
  console.log("| --- | --- | --- | --- | --- | --- |");
  const kinds: Record<string, { found: Likeness[]; refused: string[] }> = {};
  const kind = (name: string) => kinds[name] ??= { found: [], refused: [] };
  for (const cell of spread(cells, most)) {
    const halves = kind("two halves merged"), back = kind("deleted and added");
    await attempt(
      async () => {
        const merged = await make(halved(extraction, cell, other), { action: "merge", cells: [cell.number, other] });
        return [likeness(cellOf(merged, cell.number), cell)];
      },
      halves.found,
      halves.refused,
    );
    await attempt(
      async () => {
        const without = await make(extraction, { action: "delete", cells: [cell.number] });
        const added = await make(without, { action: "add", ...centreOf(cell, width) });
        return [likeness(cellStates(added).at(-1)!, cell)];
      },
      back.found,
      back.refused,
    );
  }
  for (const [a, b] of spread(pairsOf(cells), most)) {
    const pair = kind("two cells merged and split");
    await attempt(
      async () => {
        const merged = await make(extraction, { action: "merge", cells: [a.number, b.number] });
        const split = await make(merged, { action: "split", cell: a.number });
        const parts = [cellOf(split, a.number), cellStates(split).at(-1)!];
        return [a, b].map((cell) => parts.map((part) => likeness(part, cell)).sort((p, q) => q.cosine - p.cosine)[0]);
      },
      pair.found,
      pair.refused,
    );
  }
  for (const [name, { found, refused }] of Object.entries(kinds)) tell(name, found, refused);
  const single = kind("one cell split");
  for (const cell of spread(cells, most)) {
    await attempt(
      async () => {
        const split = await make(extraction, { action: "split", cell: cell.number });
        return [likeness(cellOf(split, cell.number), cell)];
      },
      single.found,
      single.refused,
    );
  }
  tell("one cell split (to be refused)", single.found, single.refused);
  for (const [name, { refused }] of Object.entries(kinds)) for (const why of refused) console.log(`${name}: ${why}`);
}

/** Costs of whole processes, each on a fresh copy of the results. */
async function costs(results: string, extraction: Extraction, backend: string): Promise<void> {
  // A pair of the middle: the closest ones may be one cell in two.
  const cells = cellStates(extraction), pairs = pairsOf(cells), [a, b] = pairs[Math.floor(pairs.length / 2)];
  const { width } = extraction.footprints;
  const folder = await Deno.makeTempDir({ prefix: "annulus-edit-" }), path = `${folder}/results.h5`;
  const [first] = spread(cells, 3).slice(1), { x, y } = centreOf(first, width);
  const merged = `${folder}/merged.h5`, without = `${folder}/without.h5`;
  const annulus = (...args: string[]) => measureCommand(["edit", ...args, "--backend", backend]);
  console.log("| edit | wall s | CPU s | memory MB |\n| --- | --- | --- | --- |");
  try {
    await Deno.copyFile(results, path);
    await annulus(path, "--merge", `${a.number},${b.number}`, "--out", merged);
    await annulus(path, "--delete", `${first.number}`, "--out", without);
    for (
      const [what, from, ...edit] of [
        ["reject", path, "--reject", `${a.number}`],
        ["delete", path, "--delete", `${a.number}`],
        ["merge", path, "--merge", `${a.number},${b.number}`],
        ["split", merged, "--split", `${a.number}`],
        ["add", without, "--add", `${x},${y}`],
      ]
    ) {
      const target = `${folder}/${what}.h5`, kept = originalPath(from);
      await Deno.copyFile(from, target);
      if (await Deno.stat(kept).then(() => true, () => false)) await Deno.copyFile(kept, originalPath(target));
      const { seconds, cpuSeconds, peakBytes } = await annulus(target, ...edit);
      console.log(`| ${what} | ${seconds.toFixed(2)} | ${cpuSeconds.toFixed(2)} | ${(peakBytes / 1e6).toFixed(0)} |`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    folder: { type: "string", default: "/tmp/annulus-bench" },
    backend: { type: "string", default: "cpu" },
    results: { type: "string" },
    cells: { type: "string", default: "12" },
  },
});
const results = values.results ?? `${values.folder}/edit-standard`, file = `${results}/results.h5`;
if (!await Deno.stat(file).then(() => true, () => false)) {
  const { path } = await simulatedMovie("standard", SIMULATION_PRESETS.standard, values.folder);
  await measureCommand(["run", path, "--out", results, "--gSig", "3"]);
}
const extraction = await loadResults(file);
await costs(file, extraction, values.backend);
const compute = await openCompute(values.backend as Backend, { memoryBytes: MEMORY_BYTES });
const source = await openResultsMovie(extraction, { results: file, compute, memoryBytes: MEMORY_BYTES });
try {
  if (values.cells !== "0") {
    await accuracy(extraction, { compute, memoryBytes: MEMORY_BYTES, source }, Number(values.cells));
  }
} finally {
  source.close();
  compute.destroy();
}
