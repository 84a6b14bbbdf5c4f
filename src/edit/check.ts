import { type Edit, editedCells, LARGEST_NUMBER } from "../core/edits.ts";
import { ParameterError } from "../core/errors.ts";
import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { listed } from "./words.ts";

const ACTIONS = ["select", "reject", "restore", "merge", "split", "delete", "add"];

/**
 * Refuses what is no edit of these results: an unknown action, cells that do not exist, a merge of fewer than two, a place outside the field.
 * @returns the edit with each cell named once
 * @throws ParameterError which says what is wrong and what would be right
 */
export function checkEdit(extraction: Extraction, edit: Edit): Edit {
  if (typeof edit !== "object" || edit === null || !ACTIONS.includes(edit.action)) {
    throw new ParameterError(`An edit's action is one of ${ACTIONS.join(", ")}`);
  }
  if (edit.action === "add") return checkPlace(extraction, edit);
  const cells = editedCells(edit);
  if (!Array.isArray(cells) || cells.length === 0) {
    throw new ParameterError(`There is no cell to ${edit.action}: name cells by their numbers`);
  }
  const known = new Set(cellNumbers(extraction)), missing = [...new Set(cells.filter((cell) => !known.has(cell)))];
  if (missing.length > 0) {
    const which = missing.length === 1 ? `Cell ${missing[0]} does` : `Cells ${listed(missing)} do`;
    throw new ParameterError(`${which} not exist: ${rangeOf([...known])}`);
  }
  if (!("cells" in edit)) return edit;
  const once = [...new Set(edit.cells)];
  if (edit.action === "merge" && once.length < 2) {
    throw new ParameterError(`A merge needs two cells or more, but only cell ${once[0]} is named`);
  }
  return { ...edit, cells: once };
}

function checkPlace({ footprints: { width, height } }: Extraction, edit: Extract<Edit, { action: "add" }>): Edit {
  const { x, y } = edit,
    isInside = Number.isInteger(x) && Number.isInteger(y) && x >= 0 && y >= 0 && x < width && y < height;
  if (isInside) return edit;
  throw new ParameterError(
    `A cell cannot be added at x ${x}, y ${y}: whole numbers from 0 to ${width - 1} and from 0 to ${
      height - 1
    } are right`,
  );
}

function rangeOf(numbers: readonly number[]): string {
  if (numbers.length === 0) return "these results have no cells";
  if (numbers.length === 1) return `the only cell is ${numbers[0]}`;
  return `the ${numbers.length} cells have numbers from ${numbers[0]} to ${numbers.at(-1)}`;
}

/** The number a new cell gets: numbers are never used again, those of deleted cells neither. Throws `ParameterError` when none is left. */
export function nextNumber(extraction: Extraction): number {
  let largest = -1;
  const see = (numbers: Iterable<number>) => {
    for (const number of numbers) largest = Math.max(largest, number);
  };
  see(cellNumbers(extraction));
  for (const { edit, made, changed } of extraction.edits ?? []) {
    for (const numbers of [editedCells(edit), made, changed]) see(numbers);
  }
  if (largest >= LARGEST_NUMBER) {
    throw new ParameterError(
      `No new cell can be made: no number is left above ${largest}, the largest one that was used`,
    );
  }
  return largest + 1;
}
