/** Which cells are shown, in which order, and how they are judged. Plain functions without a page. */
import type { CellMessage } from "../messages.ts";

/** How a cell is judged. */
export type Judgement = "accepted" | "rejected" | "open";

/** Which cells are shown. */
export type Shown = "all" | Judgement;

/** Order of the list. */
export interface Sorting {
  /** `number`, `state` or the name of a measure. */
  readonly by: string;
  readonly descending: boolean;
}

/** How a cell is judged. */
export function judgement({ accepted }: Pick<CellMessage, "accepted">): Judgement {
  return accepted === undefined ? "open" : accepted ? "accepted" : "rejected";
}

/** How many cells are judged how. */
export function judgements(cells: readonly CellMessage[]): Readonly<Record<Judgement, number>> {
  const counts = { accepted: 0, rejected: 0, open: 0 };
  for (const cell of cells) counts[judgement(cell)]++;
  return counts;
}

/** Measures that any cell has, in the order they come; not the judgement, which is no measure. */
export function measureNames(cells: readonly CellMessage[]): readonly string[] {
  const names = new Set<string>();
  for (const { quality } of cells) for (const name of Object.keys(quality)) names.add(name);
  names.delete("accepted");
  names.delete("decided");
  return [...names];
}

/** A cell's value of a measure; undefined where there is none. */
export function measureOf(cell: CellMessage, name: string): number | undefined {
  if (name === "number") return cell.number;
  if (name === "state") return { accepted: 0, open: 1, rejected: 2 }[judgement(cell)];
  const value = cell.quality[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Cells to list: those that are judged so and are searched for, sorted; cells without the measure come last. */
export function listed(
  cells: readonly CellMessage[],
  shown: Shown,
  search: string,
  sorting: Sorting,
): readonly CellMessage[] {
  const wanted = search.trim().toLowerCase();
  // A number finds that cell, others the cells with it in their names.
  const isFound = (cell: CellMessage) =>
    wanted === "" || `${cell.number}` === wanted || cell.name.toLowerCase().includes(wanted);
  const found = cells.filter((cell) => (shown === "all" || judgement(cell) === shown) && isFound(cell));
  const sign = sorting.descending ? -1 : 1;
  return found.sort((a, b) => {
    const one = measureOf(a, sorting.by), other = measureOf(b, sorting.by);
    if (one === undefined || other === undefined) {
      return one === other ? a.number - b.number : one === undefined ? 1 : -1;
    }
    return sign * (one - other) || a.number - b.number;
  });
}

/** The cells after an edit: changed ones replaced, new ones added, others gone; by number. */
export function cellsAfter(
  cells: readonly CellMessage[],
  changed: readonly CellMessage[],
  removed: readonly number[],
): readonly CellMessage[] {
  const byNumber = new Map(cells.map((cell) => [cell.number, cell]));
  for (const number of removed) byNumber.delete(number);
  for (const cell of changed) byNumber.set(cell.number, cell);
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** The least and greatest values of a measure without the outermost percents; undefined where there is none. */
export function measureRange(cells: readonly CellMessage[], name: string): readonly [number, number] | undefined {
  const values = cells.flatMap((cell) => measureOf(cell, name) ?? []).sort((a, b) => a - b);
  if (values.length === 0) return undefined;
  const low = values[Math.floor(0.02 * (values.length - 1))], high = values[Math.ceil(0.98 * (values.length - 1))];
  return high > low ? [low, high] : [values[0], values.at(-1)!];
}
