import { cellNumbers, type Extraction } from "../core/extraction.ts";
import type { CellChange } from "./cell_change.ts";
import { cellStates } from "./cell_state.ts";
import { overlapping } from "./concerned.ts";
import type { EditOptions } from "./options.ts";
import { NEAR_ROUNDS } from "./refit.ts";
import { updateAround } from "./update.ts";
import { cellWords, listed } from "./words.ts";

/** Takes cells away; those that overlap them take over what is theirs. */
export async function deleteCells(
  extraction: Extraction,
  numbers: readonly number[],
  options: EditOptions,
): Promise<CellChange> {
  const named = new Set(numbers), all = cellStates(extraction);
  const removed = cellNumbers(extraction).filter((number) => named.has(number));
  const gone = all.filter((cell) => named.has(cell.number)).map((cell) => cell.footprint);
  const others = all.filter((cell) => !named.has(cell.number)), { source } = options;
  const change = { removed: [...removed], made: [], cells: [] }, deleted = `${cellWords([...removed])} deleted`;
  const near = overlapping(others, gone).map(({ number }) => number);
  if (!source || near.length === 0) {
    const stays = near.length === 0
      ? ""
      : `; ${cellWords(near).toLowerCase()}, which ${
        near.length === 1 ? "overlaps" : "overlap"
      } with what is gone, stayed as before, because the movie was not there`;
    return { ...change, outcome: `${deleted}${stays}`, refitted: false };
  }
  const { neighbours } = await updateAround(extraction, [], others, gone, NEAR_ROUNDS, { ...options, source });
  return { ...change, cells: neighbours, outcome: `${deleted}${updatedToo(neighbours)}`, refitted: true };
}

/** What to say of neighbours that were updated. */
export function updatedToo(neighbours: readonly { readonly number: number }[]): string {
  const numbers = neighbours.map(({ number }) => number);
  return numbers.length === 0 ? "" : `; ${numbers.length === 1 ? "cell" : "cells"} ${listed(numbers)} updated`;
}
