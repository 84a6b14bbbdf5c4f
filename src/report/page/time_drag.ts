/// <reference lib="dom" />
import type { State } from "./state.ts";

/** Lets the user drag over a time to enlarge it; a double click shows all of it again. `left` is the width of an axis. */
export function dragTime(surface: HTMLElement, state: State, left: () => number): void {
  const band = document.createElement("div");
  band.className = "band";
  band.hidden = true;
  surface.append(band);
  let start: number | undefined;
  const place = (event: PointerEvent) => {
    const box = surface.getBoundingClientRect();
    return Math.min(box.width, Math.max(left(), event.clientX - box.left));
  };
  const columnAt = (x: number) => {
    const { from, to } = state.shown, width = surface.clientWidth - left();
    return from + (x - left()) / width * (to - from);
  };
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    start = place(event);
  });
  surface.addEventListener("pointermove", (event) => {
    if (start === undefined) return;
    const now = place(event);
    if (band.hidden && Math.abs(now - start) < 5) return;
    if (band.hidden) surface.setPointerCapture(event.pointerId);
    band.hidden = false;
    band.style.left = `${Math.min(start, now)}px`;
    band.style.width = `${Math.abs(now - start)}px`;
    band.style.top = `${surface.scrollTop}px`;
  });
  const end = (event: PointerEvent) => {
    if (start === undefined) return;
    const a = columnAt(start), b = columnAt(place(event)), wasDrag = !band.hidden;
    start = undefined;
    band.hidden = true;
    if (wasDrag && event.type === "pointerup") state.showTime(Math.min(a, b), Math.max(a, b));
  };
  surface.addEventListener("pointerup", end);
  surface.addEventListener("pointercancel", end);
  surface.addEventListener("dblclick", () => state.showTime(0, state.data.columns));
}

/** Keys that move and stretch the time; true when a key was one of them. */
export function timeKey(event: KeyboardEvent, state: State): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const moves: Record<string, () => void> = {
    "ArrowLeft": () => state.moveTime(-0.25),
    "ArrowRight": () => state.moveTime(0.25),
    "+": () => state.moveTime(0, 0.5),
    "=": () => state.moveTime(0, 0.5),
    "-": () => state.moveTime(0, 2),
    "0": () => state.showTime(0, state.data.columns),
  };
  const move = moves[event.key];
  move?.();
  return move !== undefined;
}
