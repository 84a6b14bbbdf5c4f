/** Largest number a cell can have: results keep numbers as int32. */
export const LARGEST_NUMBER = 2 ** 31 - 1;

/** A change a person makes to the cells of a result. Cells are named by their numbers (`Extraction.numbers`). */
export type Edit =
  /** Keeps these cells and sets every other one aside. */
  | { readonly action: "select"; readonly cells: readonly number[] }
  /** Sets cells aside; they stay in the results. */
  | { readonly action: "reject"; readonly cells: readonly number[] }
  /** Takes cells back that were set aside. */
  | { readonly action: "restore"; readonly cells: readonly number[] }
  /** Makes one cell of several; it keeps the first one's number. */
  | { readonly action: "merge"; readonly cells: readonly number[] }
  /** Makes two cells of one; the first keeps the number, the other one gets a new one. */
  | { readonly action: "split"; readonly cell: number }
  /** Takes cells out of the results. */
  | { readonly action: "delete"; readonly cells: readonly number[] }
  /** Adds a cell at a pixel (column x, row y); it gets a new number. */
  | { readonly action: "add"; readonly x: number; readonly y: number };

/** An edit that was made, as the results keep it. */
export interface LoggedEdit {
  /** What was asked for. */
  readonly edit: Edit;
  /** What came of it, one sentence. */
  readonly outcome: string;
  /** Numbers of the cells that it made. */
  readonly made: readonly number[];
  /** Numbers of the cells whose footprint or trace it changed, those it made included. */
  readonly changed: readonly number[];
  /** Whether the movie was read to update the cells concerned; a replay does the same. False for labels, which need no movie. */
  readonly refitted: boolean;
  /** When, ISO 8601; absent when nobody said. */
  readonly time?: string;
}

/** Numbers of the cells that an edit names. */
export function editedCells(edit: Edit): readonly number[] {
  if ("cells" in edit) return edit.cells;
  return "cell" in edit ? [edit.cell] : [];
}

/** An edit in the words of the command line, such as "--merge 3,7". */
export function editText(edit: Edit): string {
  return `--${edit.action} ${edit.action === "add" ? `${edit.x},${edit.y}` : editedCells(edit).join(",")}`;
}
