import type { Extraction } from "../core/extraction.ts";
import type { Footprint } from "../core/footprints.ts";
import { usedParameters } from "../core/used_parameters.ts";
import type { CellState } from "./cell_state.ts";
import { overlapping } from "./concerned.ts";
import { asCell, asState } from "./made_cell.ts";
import type { EditOptions } from "./options.ts";
import { hasNumbers } from "./window.ts";
import { type Guess, refit, type Refitted } from "./refit.ts";

/** What an update came to. */
export interface Update {
  /** The cells to make as they were found, in the order asked for; undefined where nothing was left of one. */
  readonly made: readonly Refitted[];
  /** The neighbours whose footprint or trace became another. */
  readonly neighbours: readonly CellState[];
}

/**
 * Updates the cells to make and those of the others that share a pixel with them, or with a cell that goes away. A neighbour of which nothing
 * would be left stays as it was: nobody asked for its end.
 * @param guesses the cells to make
 * @param others every other cell that stays
 * @param gone footprints of the cells that go away
 * @param rounds of footprints and traces: `NEAR_ROUNDS` or `COARSE_ROUNDS`
 */
export async function updateAround(
  extraction: Extraction,
  guesses: readonly Guess[],
  others: readonly CellState[],
  gone: readonly Footprint[],
  rounds: number,
  options: EditOptions & Required<Pick<EditOptions, "source">>,
): Promise<Update> {
  const near = overlapping(others, [...gone, ...guesses.map(({ footprint }) => footprint)])
    .filter(hasNumbers);
  const isNear = new Set(near);
  const all = [...guesses, ...near.map((state) => ({ ...asCell(state, extraction), number: state.number }))];
  if (all.length === 0) return { made: [], neighbours: [] };
  const held = others.filter((cell) => !isNear.has(cell));
  const found = await refit(extraction, usedParameters(extraction), all, held, rounds, options);
  return {
    made: found.slice(0, guesses.length),
    neighbours: near.flatMap((state, i) => {
      const cell = found[guesses.length + i];
      return cell ? [asState(state.number, cell, extraction)] : [];
    }),
  };
}
