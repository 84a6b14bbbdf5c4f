/// <reference lib="dom" />
import type { PageData } from "./data.ts";

/** What the page shows at the moment. */
export interface Shown {
  /** Index of the selected cell; −1 for none. */
  selected: number;
  /** Cells that are listed, in order. */
  listed: readonly number[];
  /** Columns of the traces that are shown, from and to. */
  from: number;
  to: number;
}

/** What changed. */
export type Change = "selected" | "listed" | "time";

/** Keeps what the page shows, and tells its parts when it changes. */
export class State {
  readonly data: PageData;
  readonly shown: Shown;
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(data: PageData) {
    this.data = data;
    this.shown = { selected: -1, listed: data.cells.map((_, k) => k), from: 0, to: data.columns };
  }

  /** Calls a function whenever something changes. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Selects a cell. */
  select(k: number): void {
    if (k === this.shown.selected || !(k >= 0 && k < this.data.cells.length)) return;
    this.shown.selected = k;
    this.#tell("selected");
  }

  /** Selects the cell that is so many places after the selected one in the list. */
  step(by: number): void {
    const { listed, selected } = this.shown, at = listed.indexOf(selected);
    if (listed.length === 0) return;
    this.select(listed[at < 0 ? 0 : Math.min(listed.length - 1, Math.max(0, at + by))]);
  }

  /** Lists other cells, or the same in another order. */
  list(cells: readonly number[]): void {
    this.shown.listed = cells;
    this.#tell("listed");
  }

  /** Shows another stretch of time, in columns; it stays within the recording. */
  showTime(from: number, to: number): void {
    const all = this.data.columns, length = Math.min(all, Math.max(Math.min(8, all), to - from));
    const middle = (from + to) / 2, start = Math.min(all - length, Math.max(0, middle - length / 2));
    if (start === this.shown.from && start + length === this.shown.to) return;
    this.shown.from = start;
    this.shown.to = start + length;
    this.#tell("time");
  }

  /** Moves the stretch of time by a share of its length, and makes it longer or shorter by a factor. */
  moveTime(by: number, factor = 1): void {
    const { from, to } = this.shown, middle = (from + to) / 2 + by * (to - from), half = (to - from) * factor / 2;
    this.showTime(middle - half, middle + half);
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The element with an id, which is there. */
export function element<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found as unknown as T;
}

/** A number for people. */
export function digits(value: number | null | undefined, count = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return Math.abs(value) >= 10000 ? String(Math.round(value)) : String(Number(value.toPrecision(count)));
}

/** Seconds as a time for people. */
export function timeText(seconds: number): string {
  if (seconds < 120) return `${digits(seconds)} s`;
  const whole = Math.round(seconds), rest = String(whole % 60).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}:${rest} min`;
  return `${Math.floor(whole / 3600)}:${String(Math.floor(whole / 60) % 60).padStart(2, "0")}:${rest} h`;
}
