import { cellNumbers, type Extraction } from "../core/extraction.ts";
import type { CellQuality } from "../core/quality.ts";
import { QUALITY_MEASURES } from "../core/quality.ts";
import { type CellState, cellStates, packCells } from "./cell_state.ts";

/** Results of another moment: all but the traces that are the same now. */
export interface StoredState {
  /** Those results without their traces. */
  readonly rest: Omit<Extraction, "traces">;
  /** Copies of the cells whose traces are other than now. */
  readonly rows: readonly CellState[];
}

/** Keeps what is needed to make one state of results from another. */
export function rememberRows(kept: Extraction, from: Extraction): StoredState {
  const { traces, ...rest } = kept;
  if (traces === from.traces) return { rest, rows: [] };
  const known = new Map(cellStates(from).map((cell) => [cell.number, cell]));
  const rows = cellStates(kept).filter((cell) => !sameTraces(cell, known.get(cell.number)));
  return {
    rest,
    rows: rows.map((cell) => ({
      ...cell,
      raw: cell.raw.slice(),
      denoised: cell.denoised.slice(),
      spikes: cell.spikes.slice(),
      ar: cell.ar.slice(),
    })),
  };
}

/** Makes the remembered results again, to the last bit. */
export function restoreRows(from: Extraction, { rest, rows }: StoredState): Extraction {
  const numbers = cellNumbers(rest);
  if (rows.length === 0 && same(numbers, cellNumbers(from))) return { ...rest, traces: from.traces };
  const known = new Map([...cellStates(from), ...rows].map((cell) => [cell.number, cell]));
  return { ...rest, traces: packCells(from, Array.from(numbers, (number) => known.get(number)!)).traces };
}

function sameTraces(a: CellState, b: CellState | undefined): boolean {
  if (!b || !Object.is(a.baseline, b.baseline) || !Object.is(a.noise, b.noise)) return false;
  return same(a.ar, b.ar) && same(a.raw, b.raw) && same(a.denoised, b.denoised) && same(a.spikes, b.spikes);
}

function same(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Numbers of the cells that differ between two states of results, in footprint, trace or label, and of those only the first one has. */
export function differences(
  before: Extraction,
  after: Extraction,
): { readonly changed: readonly number[]; readonly removed: readonly number[] } {
  const old = new Map(Array.from(cellNumbers(before), (number, k) => [number, k])), now = cellNumbers(after);
  const isUnlike = new Set(unlike(after, before)), there = new Set(now);
  return {
    changed: [...now].filter((number, k) =>
      isUnlike.has(number) || !sameQuality(before.quality, old.get(number)!, after.quality, k)
    ),
    removed: [...old.keys()].filter((number) => !there.has(number)),
  };
}

/** Numbers of the cells that other results do not have, or with another footprint or trace. */
export function unlike(extraction: Extraction, others: Extraction): number[] {
  const known = new Map(cellStates(others).map((cell) => [cell.number, cell]));
  const isSame = extraction.traces === others.traces
    ? () => true
    : (cell: CellState, other: CellState) => sameTraces(cell, other);
  return cellStates(extraction).flatMap((cell) => {
    const other = known.get(cell.number);
    const isKnown = other && same(cell.footprint.pixels, other.footprint.pixels) &&
      same(cell.footprint.values, other.footprint.values) && isSame(cell, other);
    return isKnown ? [] : [cell.number];
  });
}

function sameQuality(a: CellQuality | undefined, i: number, b: CellQuality | undefined, j: number): boolean {
  return a?.reasons?.[i] === b?.reasons?.[j] &&
    QUALITY_MEASURES.every(({ field }) => Object.is(a?.[field]?.[i], b?.[field]?.[j]));
}
