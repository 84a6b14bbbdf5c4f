/// <reference lib="dom" />
/** What changes the page's state: selecting, listing, and decisions about cells, which the server saves at once. */
import type { EditedMessage, EditRequest } from "../messages.ts";
import { fetchSaved, isAborted, postEdit, postThresholds, postUndo } from "./api.ts";
import type { App, State } from "./app.ts";
import { currentCell } from "./app.ts";
import { cellsAfter, judgement, listed, measureNames } from "./cell_order.ts";

/** Shows a sentence where the page tells what happened. */
export function tell(app: App, outcome: string): void {
  app.set({ outcome, problem: "" });
}

/** Shows why something did not work. */
export function complain(app: App, error: unknown): void {
  if (isAborted(error)) return;
  app.set({ problem: error instanceof Error ? error.message : String(error) });
}

/** Lists the cells anew by what is shown, searched and sorted. */
export function list(app: App, patch: Partial<Pick<State, "shown" | "search" | "sorting">>): void {
  const next = { ...app.state, ...patch };
  app.set({ ...patch, list: listed(next.cells, next.shown, next.search, next.sorting) });
}

/** Selects a cell alone, or adds it to the selected ones, or takes it out of them. */
export function select(app: App, number: number, isMore = false): void {
  const { selected } = app.state;
  if (!isMore) return app.set({ selected: [number] });
  app.set({
    selected: selected.includes(number) ? selected.filter((one) => one !== number) : [...selected, number],
  });
}

/** Selects every listed cell from the current one to this one. */
export function selectTo(app: App, number: number): void {
  const { list: cells, selected } = app.state, at = (one: number) => cells.findIndex((cell) => cell.number === one);
  const from = at(selected.at(-1) ?? number), to = at(number);
  if (from < 0 || to < 0) return select(app, number);
  const between = cells.slice(Math.min(from, to), Math.max(from, to) + 1).map((cell) => cell.number);
  if (from > to) between.reverse();
  app.set({ selected: [...selected.filter((one) => !between.includes(one)), ...between] });
}

/** Goes to the next or the previous cell of the list. */
export function step(app: App, by: number, isMore = false): void {
  const { list: cells, selected } = app.state;
  if (cells.length === 0) return;
  const at = cells.findIndex((cell) => cell.number === selected.at(-1));
  const next = at < 0 ? (by > 0 ? 0 : cells.length - 1) : Math.min(cells.length - 1, Math.max(0, at + by));
  const { number } = cells[next];
  if (isMore) app.set({ selected: [...selected.filter((one) => one !== number), number] });
  else select(app, number);
}

/** Shows a frame. */
export function goTo(app: App, frame: number): void {
  const { frames } = app.state.session;
  app.set({ frame: Math.min(frames - 1, Math.max(0, Math.round(frame))) });
}

/** Shows traces from one frame to another; at least a few frames, within the recording. */
export function showRange(app: App, from: number, to: number): void {
  const { frames } = app.state.session, length = Math.min(frames, Math.max(8, to - from));
  const start = Math.min(frames - length, Math.max(0, (from + to - length) / 2));
  app.set({ range: { from: start, to: start + length } });
}

/** Changes are made one after another, in the order they were asked for. */
let queue: Promise<unknown> = Promise.resolve();
let waiting = 0;

async function change(app: App, ask: () => Promise<EditedMessage>): Promise<EditedMessage | undefined> {
  waiting++;
  app.set({ saving: "saving" });
  const answer = queue.then(ask);
  queue = answer.catch(() => undefined);
  try {
    const edited = await answer;
    take(app, edited);
    waiting--;
    app.set({ problem: "" });
    void awaitSaving(app);
    return edited;
  } catch (error) {
    waiting--;
    complain(app, error);
    void awaitSaving(app);
    return undefined;
  }
}

/** Tells when the results file holds everything. */
async function awaitSaving(app: App): Promise<void> {
  if (waiting > 0) return;
  try {
    const { saved, saveProblem } = await fetchSaved();
    if (waiting > 0) return;
    // When it is saved all the same, where it went is worth a note only.
    app.set({
      saving: saved ? "saved" : "failed",
      ...(saveProblem === undefined ? {} : saved ? { note: saveProblem } : { problem: saveProblem }),
    });
  } catch (error) {
    app.set({ saving: "failed" });
    complain(app, error);
  }
}

/** Puts what came of a change into the state. */
function take(app: App, { outcome, changed, removed, session }: EditedMessage): void {
  const { state } = app, cells = cellsAfter(state.cells, changed, removed);
  const selected = state.selected.filter((number) => cells.some((cell) => cell.number === number));
  app.set({
    session,
    outcome,
    cells,
    selected: selected.length === state.selected.length ? state.selected : selected,
    measures: measureNames(cells),
    list: listed(cells, state.shown, state.search, state.sorting),
  });
}

/** Accepts the selected cells, or sets them aside. */
export async function judge(app: App, action: "restore" | "reject"): Promise<void> {
  const { selected } = app.state;
  if (selected.length === 0) return tell(app, "Select a cell first");
  await change(app, () => postEdit({ action, cells: selected }));
}

/** Keeps the selected cells only. */
export async function keepOnly(app: App): Promise<void> {
  const { selected } = app.state;
  if (selected.length === 0) return tell(app, "Select the cells to keep first");
  await change(app, () => postEdit({ action: "select", cells: selected }));
}

/** Makes one cell of the selected ones. */
export async function merge(app: App): Promise<void> {
  const { selected } = app.state;
  if (selected.length < 2) return tell(app, "Select two cells or more to merge: Shift-click, or Shift with ↑ and ↓");
  // The lowest number stays, so that merging does not depend on the order of clicks.
  const cells = [...selected].sort((a, b) => a - b);
  const edited = await change(app, () => postEdit({ action: "merge", cells }));
  if (edited) selectMade(app, edited, [cells[0]]);
}

/** Makes two cells of the current one. */
export async function split(app: App): Promise<void> {
  const cell = currentCell(app.state);
  if (!cell || app.state.selected.length > 1) return tell(app, "Select one cell to split");
  const edited = await change(app, () => postEdit({ action: "split", cell: cell.number }));
  if (edited) selectMade(app, edited, [cell.number]);
}

/** Takes the selected cells out of the results, and goes to the next one. */
export async function remove(app: App): Promise<void> {
  const { selected, list: cells } = app.state;
  if (selected.length === 0) return tell(app, "Select a cell to delete first");
  const last = cells.findLastIndex((cell) => selected.includes(cell.number));
  const next = cells.slice(last + 1).find((cell) => !selected.includes(cell.number)) ??
    cells.findLast((cell) => !selected.includes(cell.number));
  const edited = await change(app, () => postEdit({ action: "delete", cells: selected }));
  if (edited && app.state.selected.length === 0 && next) select(app, next.number);
}

/** Adds a cell at a pixel. */
export async function add(app: App, x: number, y: number): Promise<void> {
  const { width, height } = app.state.session, column = Math.round(x), row = Math.round(y);
  if (!(column >= 0 && row >= 0 && column < width && row < height)) {
    return tell(app, "Cells can be added inside the image");
  }
  app.set({ isAdding: false });
  const edited = await change(app, () => postEdit({ action: "add", x: column, y: row } satisfies EditRequest));
  if (edited) selectMade(app, edited, []);
}

/** Takes the last edit back, or makes it again. */
export async function undo(app: App, direction: "undo" | "redo"): Promise<void> {
  // What is still being made is known to the server only; it says when there is nothing.
  if (app.state.session[direction] === 0 && waiting === 0) {
    return tell(app, direction === "undo" ? "There is nothing to undo" : "There is nothing to redo");
  }
  await change(app, () => postUndo(direction));
}

/** Selects what an edit was about: cells next to them that it only updated are not. */
function selectMade(app: App, { session }: EditedMessage, kept: readonly number[]): void {
  const numbers = [...new Set([...kept, ...session.edits.at(-1)?.made ?? []])];
  const there = numbers.filter((number) => app.state.cells.some((cell) => cell.number === number));
  if (there.length > 0) app.set({ selected: there });
}

let wantedThresholds: Readonly<Record<string, number>> | undefined;

/** Judges by other thresholds; resolves to whether they were not refused. While an answer is awaited only the newest ones are kept. */
export async function setThresholds(app: App, thresholds: Readonly<Record<string, number>>): Promise<boolean> {
  const isAsked = wantedThresholds !== undefined;
  wantedThresholds = thresholds;
  if (isAsked) return true;
  const edited = await change(app, () => {
    const asked = wantedThresholds!, known = app.state.session.thresholds;
    wantedThresholds = undefined;
    // Those that stay need not be told of.
    return postThresholds(Object.fromEntries(Object.entries(asked).filter(([name, value]) => value !== known?.[name])));
  });
  return edited !== undefined;
}

/** How the current state of the selected cells is told. */
export function describe(app: App): string {
  const cell = currentCell(app.state);
  if (!cell) return "";
  const words = { accepted: "accepted", rejected: "set aside", open: "not judged" }[judgement(cell)];
  return `${cell.name} ${cell.reason || words}`;
}
