/// <reference lib="dom" />
/** The list of cells with what is done to them. */
import { type ComponentChildren, h } from "./libraries/preact.ts";
import { describe, list } from "./actions.ts";
import type { App } from "./app.ts";
import { judgements, type Shown } from "./cell_order.ts";
import { CellTable } from "./cell_table.ts";
import { COMMANDS } from "./commands.ts";
import { button, el, textOf } from "./element.ts";
import { useStore } from "./store.ts";

/** The panel. */
export function CellsPanel({ app }: { readonly app: App }): ComponentChildren {
  return el(
    "div",
    { class: "panel cells" },
    h(Filter, { app }),
    h(CellTable, { app }),
    h(Decisions, { app }),
  );
}

/** Which cells are listed. */
function Filter({ app }: { readonly app: App }): ComponentChildren {
  const cells = useStore(app, (state) => state.cells), shown = useStore(app, (state) => state.shown);
  const search = useStore(app, (state) => state.search), counts = judgements(cells);
  const options: readonly (readonly [Shown, string, number])[] = [
    ["all", "All", cells.length],
    ["accepted", "Accepted", counts.accepted],
    ["rejected", "Set aside", counts.rejected],
    ...(counts.open > 0 ? [["open", "Not judged", counts.open] as const] : []),
  ];
  return el(
    "div",
    { class: "filter" },
    el(
      "div",
      { class: "segments", role: "radiogroup", "aria-label": "Cells to show" },
      ...options.map(([value, text, count]) =>
        el(
          "label",
          { class: value === shown ? "segment on" : "segment", key: value },
          el("input", {
            type: "radio",
            name: "shown",
            value,
            checked: value === shown,
            onChange: () => list(app, { shown: value }),
          }),
          el("span", null, text),
          el("b", { "data-count": value }, `${count}`),
        )
      ),
    ),
    el("input", {
      type: "search",
      class: "search",
      placeholder: "Number",
      "aria-label": "Find a cell by its number or name",
      value: search,
      onInput: (event) => list(app, { search: textOf(event) }),
    }),
  );
}

/** Buttons of every decision, and what the current cell is like. */
function Decisions({ app }: { readonly app: App }): ComponentChildren {
  const selected = useStore(app, (state) => state.selected), session = useStore(app, (state) => state.session);
  useStore(app, (state) => state.cells);
  const isAdding = useStore(app, (state) => state.isAdding);
  return el(
    "div",
    { class: "decisions" },
    el("p", { class: "about", role: "status", title: describe(app) }, about(app, selected)),
    el(
      "div",
      { class: "buttons", role: "toolbar", "aria-label": "Decisions about the selected cells" },
      ...COMMANDS.filter(({ isDecision }) => isDecision).map((command) =>
        button(command.label, () => command.run(app), {
          key: command.keys[0],
          title: command.help,
          kind: command.kind ?? "",
          isOff: !(command.isPossible?.({ ...app.state, selected, session }) ?? true),
          ...(command.label === "Add" ? { pressed: isAdding } : {}),
        })
      ),
    ),
  );
}

function about(app: App, selected: readonly number[]): string {
  if (selected.length === 0) return "Click a cell, or go through them with ↑ and ↓";
  return selected.length === 1 ? describe(app) : `${selected.length} cells are selected`;
}
