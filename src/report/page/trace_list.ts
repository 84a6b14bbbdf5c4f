/// <reference lib="dom" />
import { made } from "./cell_detail.ts";
import { scrollWithin } from "./cell_table.ts";
import { columnsOf } from "./data.ts";
import { element, type State, timeText } from "./state.ts";
import { dragTime, timeKey } from "./time_drag.ts";
import { drawTrace, inks, roundSteps } from "./trace_canvas.ts";

/** Width of the numbers beside the traces, pixels. */
const LABEL = 52;

/** Lists the traces of all cells in the order of the table; only those in view are drawn. */
export function traceList(state: State, bytes: Uint8Array): void {
  const { data, shown } = state, list = element("trace-list"), axis = element("trace-axis");
  const rows = new Map<number, HTMLElement>(), inView = new Set<number>();
  const inner = made("div", "trace-rows");
  data.cells.forEach((cell, k) => {
    const row = made("div", cell.accepted === 0 ? "trace aside" : "trace"), label = made("span", "number");
    row.id = `trace-${k}`;
    row.dataset.k = String(k);
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    row.setAttribute("aria-label", `Cell ${cell.number}`);
    label.textContent = String(cell.number);
    row.append(label, document.createElement("canvas"));
    rows.set(k, row);
  });
  inner.setAttribute("role", "presentation");
  list.append(inner);

  const draw = (k: number) => {
    const view = { from: shown.from, to: shown.to, hasAxes: false, isAside: data.cells[k].accepted === 0 };
    drawTrace(rows.get(k)!.querySelector("canvas")!, data, columnsOf(data, bytes, k), data.cells[k], view, inks());
  };
  const drawAll = () => {
    for (const k of inView) draw(k);
    drawAxis();
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const k = Number((target as HTMLElement).dataset.k);
      if (!isIntersecting) inView.delete(k);
      else {
        inView.add(k);
        draw(k);
      }
    }
  }, { root: list, rootMargin: "120px" });
  for (const row of rows.values()) watcher.observe(row);

  const drawAxis = () => {
    const perColumn = data.frames / data.columns / data.rate, from = shown.from * perColumn, to = shown.to * perColumn;
    const width = inner.clientWidth - LABEL, steps = roundSteps(from, to, Math.max(2, Math.floor(width / 110)));
    axis.replaceChildren(
      ...steps.filter((seconds) => (seconds - from) / (to - from) * width < width - 18).map((seconds) => {
        const tick = made("span", "");
        tick.textContent = timeText(seconds);
        tick.style.left = `${LABEL + (seconds - from) / (to - from) * width}px`;
        return tick;
      }),
    );
    element("time-note").textContent = `${timeText(from)} to ${timeText(to)}`;
  };
  const arrange = () => inner.replaceChildren(...shown.listed.map((k) => rows.get(k)!));

  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (by !== undefined) state.step(by);
    if (by !== undefined || timeKey(event, state)) event.preventDefault();
  });
  dragTime(list, state, () => LABEL);
  for (const button of document.querySelectorAll<HTMLElement>("button[data-time]")) {
    const moves: Record<string, () => void> = {
      earlier: () => state.moveTime(-0.5),
      later: () => state.moveTime(0.5),
      in: () => state.moveTime(0, 0.5),
      out: () => state.moveTime(0, 2),
      all: () => state.showTime(0, data.columns),
    };
    button.addEventListener("click", moves[button.dataset.time!]);
  }
  let before: HTMLElement | undefined;
  state.onChange((change) => {
    if (change === "listed") arrange();
    if (change === "time") drawAll();
    if (change !== "selected") return;
    before?.setAttribute("aria-selected", "false");
    before = rows.get(shown.selected);
    before?.setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", `trace-${shown.selected}`);
    if (before?.isConnected) scrollWithin(list, before);
  });
  arrange();
  new ResizeObserver(drawAll).observe(inner);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
}
