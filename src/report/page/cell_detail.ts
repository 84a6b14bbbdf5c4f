/// <reference lib="dom" />
import { columnsOf } from "./data.ts";
import { digits, element, type State } from "./state.ts";
import { dragTime, timeKey } from "./time_drag.ts";
import { AXES, drawTrace, inks } from "./trace_canvas.ts";

/** Shows the selected cell: what is known of it, and its trace. */
export function cellDetail(state: State, bytes: Uint8Array): void {
  const { data, shown } = state, panel = element("detail"), labels = new Map<string, string>();
  for (const heading of document.querySelectorAll<HTMLElement>("#cell-table th[data-key]")) {
    labels.set(heading.dataset.key!, heading.textContent ?? "");
  }
  const title = made("h3", ""),
    facts = made("dl", "facts"),
    reason = made("p", "note"),
    head = made("div", "detail-head");
  const buttons = made("div", "buttons");
  title.setAttribute("aria-live", "polite");
  for (const [sign, text, by] of [["‹", "Cell before", -1], ["›", "Next cell", 1]] as const) {
    const button = made("button", "");
    button.setAttribute("type", "button");
    button.setAttribute("aria-label", text);
    button.title = text;
    button.textContent = sign;
    button.addEventListener("click", () => state.step(by));
    buttons.append(button);
  }
  const surface = made("div", "surface"), canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  surface.tabIndex = 0;
  surface.setAttribute("role", "group");
  surface.setAttribute(
    "aria-label",
    "Trace of the selected cell: arrow keys move in time, + and − stretch it, 0 shows all",
  );
  surface.append(canvas);
  head.append(title, buttons);
  panel.append(head, facts, reason, surface);
  dragTime(surface, state, () => AXES.left);
  surface.addEventListener("keydown", (event) => {
    if (timeKey(event, state)) event.preventDefault();
  });

  const draw = () => {
    const k = shown.selected, cell = data.cells[k];
    if (!cell) return;
    const view = { from: shown.from, to: shown.to, hasAxes: true, isAside: cell.accepted === 0 };
    drawTrace(canvas, data, columnsOf(data, bytes, k), cell, view, inks());
  };
  state.onChange((change) => {
    if (change === "selected") {
      const cell = data.cells[shown.selected];
      title.textContent = `Cell ${cell.number}`;
      const chip = made("span", `state ${cell.accepted === 0 ? "aside" : "kept"}`);
      chip.textContent = cell.accepted === null ? "not judged" : cell.accepted === 1 ? "accepted" : "set aside";
      title.append(" ", chip);
      reason.textContent = cell.reason;
      facts.replaceChildren(
        fact("name", cell.name),
        fact("place", `${digits(cell.x, 4)}, ${digits(cell.y, 4)}`),
        ...data.measures.map(({ key, values }) => fact(labels.get(key) ?? key, digits(values[shown.selected]))),
      );
      canvas.setAttribute("aria-label", `Raw and denoised trace and deconvolved activity of cell ${cell.number}`);
    }
    if (change !== "listed") draw();
  });
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

/** A new element with a class. */
export function made(name: string, style: string): HTMLElement {
  const one = document.createElement(name);
  if (style !== "") one.className = style;
  return one;
}

function fact(name: string, value: string): HTMLElement {
  const pair = document.createElement("div"), term = made("dt", ""), text = made("dd", "");
  term.textContent = name;
  text.textContent = value;
  pair.append(term, text);
  return pair;
}
