import type { Extraction } from "../core/extraction.ts";
import { type Cell, type ReadCell, sparseDot } from "../cnmfe/cells.ts";
import { rankOne } from "../cnmfe/merge.ts";
import { ParameterError } from "../core/errors.ts";
import { correlation } from "../core/correlation.ts";
import { usedParameters } from "../core/used_parameters.ts";
import { deconvolve } from "../deconvolution/deconvolve.ts";
import type { CellChange } from "./cell_change.ts";
import { type CellState, cellStates, toDf } from "./cell_state.ts";
import { updatedToo } from "./delete_cells.ts";
import { asCell, asState } from "./made_cell.ts";
import type { EditOptions } from "./options.ts";
import { NEAR_ROUNDS } from "./refit.ts";
import { updateAround } from "./update.ts";
import { hasNumbers } from "./window.ts";
import { cellWords, listed } from "./words.ts";

/**
 * Makes one cell of several: it starts as the best rank-1 approximation of them, and is updated from the movie where that is there. The first
 * one named gives the number. Cells that lie apart or whose traces differ are merged as well, with a word of warning.
 */
export async function mergeListed(
  extraction: Extraction,
  numbers: readonly number[],
  options: EditOptions,
): Promise<CellChange> {
  const named = new Set(numbers), all = cellStates(extraction), [number] = numbers, { source } = options;
  const members = numbers.map((wanted) => all.find((cell) => cell.number === wanted)!);
  // Without the movie the raw traces are all there is to make the cell of.
  const unreadable = members.filter((cell) => !hasNumbers(cell) || (!source && !cell.raw.every(Number.isFinite)));
  if (unreadable.length > 0) {
    throw new ParameterError(
      `${
        cellWords(unreadable.map((cell) => cell.number))
      } cannot be merged: the trace holds values that are not finite numbers`,
    );
  }
  const empty = members.filter(({ footprint }) => footprint.pixels.length === 0);
  if (empty.length > 0) {
    throw new ParameterError(
      `${cellWords(empty.map((cell) => cell.number))} cannot be merged: the footprint has no pixels`,
    );
  }
  const guess = rankOne(members.map((cell) => asCell(cell, extraction)));
  const others = all.filter((cell) => !named.has(cell.number)), removed = numbers.slice(1);
  const merged = `Cells ${listed(numbers)} merged into cell ${number}`, doubt = warning(members);
  if (!source) {
    const cell = asState(number, fromStored(extraction, members, guess), extraction);
    const outcome = `${merged} from their stored traces, because the movie was not there${doubt}`;
    return { cells: [cell], removed, made: [number], outcome, refitted: false };
  }
  const gone = members.map((cell) => cell.footprint);
  const { made: [found], neighbours } = await updateAround(
    extraction,
    [{ ...guess, number }],
    others,
    gone,
    NEAR_ROUNDS,
    {
      ...options,
      source,
    },
  );
  if (!found) {
    throw new ParameterError(
      `Cells ${listed(numbers)} cannot be merged: nothing of them is left as one cell in the movie`,
    );
  }
  return {
    cells: [asState(number, found, extraction), ...neighbours],
    removed,
    made: [number],
    outcome: `${merged}${updatedToo(neighbours)}${doubt}`,
    refitted: true,
  };
}

/** The merged cell's traces from those of its members: y = Σ ⟨a_i, a⟩ y_i, its projection on the merged footprint a. */
function fromStored(extraction: Extraction, members: readonly CellState[], { footprint, trace }: Cell): ReadCell {
  const raw = new Float32Array(trace.length),
    { p, s_min, lags, fudge_factor, noise_range } = usedParameters(extraction);
  let baseline = 0;
  for (const member of members) {
    const share = sparseDot(member.footprint, footprint), scale = toDf(extraction, member.noise);
    for (let t = 0; t < raw.length; t++) raw[t] += share * scale * member.raw[t];
    baseline += share * member.baseline;
  }
  const found = deconvolve(raw, { p, s_min, lags, fudge_factor, noise_range });
  // The members' baselines are off their traces already.
  return {
    footprint,
    trace: found.denoised,
    raw: raw.map((value) => value + baseline),
    spikes: found.spikes,
    baseline: found.baseline + baseline,
    noise: found.noise,
    ar: found.ar,
  };
}

/** Least correlation of the members' traces with the strongest one's that raises no doubt. */
const ALIKE = 0.5;

/** What speaks against a merge. */
function warning(members: readonly CellState[]): string {
  const isApart = members.some((cell) =>
    !members.some((other) => other !== cell && sparseDot(cell.footprint, other.footprint) > 0)
  );
  const energy = (cell: CellState) => cell.denoised.reduce((sum, value) => sum + value * value, 0);
  const strongest = members.reduce((best, cell) => energy(cell) > energy(best) ? cell : best);
  const least = Math.min(...members.map((cell) => correlation(cell.denoised, strongest.denoised)));
  if (isApart) return "; check it: their footprints do not overlap";
  return least < ALIKE ? `; check it: their traces correlate by ${least.toFixed(2)} only` : "";
}
