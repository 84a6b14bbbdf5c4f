/// <reference lib="dom" />
/** The list of cells: only the rows that are seen are on the page. */
import { type ComponentChildren, h, useLayoutEffect, useRef, useState } from "./libraries/preact.ts";
import type { CellMessage } from "../messages.ts";
import { list as relist, select, selectTo } from "./actions.ts";
import type { App } from "./app.ts";
import { judgement } from "./cell_order.ts";
import { contourColour } from "./contour_paint.ts";
import { el } from "./element.ts";
import { measureMeaning, measureTitle, showNumber } from "./numbers.ts";
import { useStore } from "./store.ts";

const ROW = 26, SPARE = 6;
/** More rows than any screen has. */
const ELEMENTS = 512;
const STATE_TEXT = { accepted: "✓", rejected: "✕", open: "·" } as const;
const STATE_WORD = { accepted: "accepted", rejected: "set aside", open: "not judged" } as const;

/** The table. Its rows are absolutely placed in a box as high as all of them. */
export function CellTable({ app }: { readonly app: App }): ComponentChildren {
  const cells = useStore(app, (state) => state.list), measures = useStore(app, (state) => state.measures);
  const selected = useStore(app, (state) => state.selected), hovered = useStore(app, (state) => state.hovered);
  const colourBy = useStore(app, (state) => state.colourBy), all = useStore(app, (state) => state.cells);
  const box = useRef<HTMLDivElement>(null);
  const [seen, see] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const element = box.current!;
    const look = () => see({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  const current = selected.at(-1);
  useLayoutEffect(() => scrollTo(box.current!, cells.findIndex(({ number }) => number === current)), [current, cells]);
  const from = Math.max(0, Math.floor(seen.top / ROW) - SPARE);
  const to = Math.min(cells.length, Math.ceil((seen.top + seen.height) / ROW) + SPARE);
  const isSelected = new Set(selected), colourOf = contourColour(colourBy, all);
  const rowId = (number: number) => `cell-${number}`;
  const isThere = cells.slice(from, to).some(({ number }) => number === current);
  return el(
    "div",
    {
      class: "table",
      ref: box,
      role: "grid",
      tabIndex: 0,
      "data-pane": "list",
      "aria-label": "Cells",
      "aria-rowcount": cells.length + 1,
      "aria-multiselectable": "true",
      ...(current !== undefined && isThere ? { "aria-activedescendant": rowId(current) } : {}),
    },
    h(Head, { app }),
    el(
      "div",
      { class: "rows", role: "rowgroup", style: { height: `${cells.length * ROW}px` } },
      ...cells.slice(from, to).map((cell, i) =>
        row(cell, from + i, {
          app,
          measures,
          colour: colourOf(cell),
          id: rowId(cell.number),
          isSelected: isSelected.has(cell.number),
          isCurrent: cell.number === current,
          isHovered: cell.number === hovered,
        })
      ),
    ),
    cells.length === 0
      ? el("p", { class: "empty" }, all.length === 0 ? "There are no cells" : "No cell is like that")
      : null,
  );
}

function scrollTo(element: HTMLElement, at: number): void {
  if (at < 0) return;
  const head = ROW, top = at * ROW, bottom = top + ROW, height = element.clientHeight - head;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + height) element.scrollTop = bottom - height;
}

/** The heads of the columns, which sort. */
function Head({ app }: { readonly app: App }): ComponentChildren {
  const sorting = useStore(app, (state) => state.sorting), measures = useStore(app, (state) => state.measures);
  const head = (by: string, text: string, meaning: string, kind: string) => {
    const isSorted = sorting.by === by;
    const sort = () => {
      // Measures are looked at from the best one down first.
      const descending = isSorted ? !sorting.descending : by !== "number" && by !== "state";
      relist(app, { sorting: { by, descending } });
    };
    return el(
      "div",
      {
        class: `cell ${kind}`,
        role: "columnheader",
        key: by,
        "aria-sort": !isSorted ? "none" : sorting.descending ? "descending" : "ascending",
      },
      el(
        "button",
        { type: "button", class: "sort", onClick: sort, title: `${meaning}. Sorts by it`, "data-sort": by },
        text,
        el("span", { class: "arrow", "aria-hidden": "true" }, !isSorted ? "" : sorting.descending ? "▾" : "▴"),
      ),
    );
  };
  return el(
    "div",
    { class: "row head", role: "row", "aria-rowindex": 1 },
    head("state", "", "Accepted, not judged, set aside", "state"),
    head("number", "cell", "Number of the cell", "name"),
    ...measures.map((name) => head(name, measureTitle(name), measureMeaning(name), "number")),
  );
}

interface RowFacts {
  readonly app: App;
  readonly measures: readonly string[];
  readonly colour: string;
  readonly id: string;
  readonly isSelected: boolean;
  readonly isCurrent: boolean;
  readonly isHovered: boolean;
}

function row(cell: CellMessage, at: number, facts: RowFacts): ComponentChildren {
  const { app, measures, colour, id, isSelected, isCurrent, isHovered } = facts, judged = judgement(cell);
  return el(
    "div",
    {
      class: `row ${judged}${isSelected ? " selected" : ""}${isCurrent ? " current" : ""}${
        isHovered ? " hovered" : ""
      }`,
      role: "row",
      id,
      // By place, not by cell: sorting and scrolling change texts, and make no new elements.
      key: at % ELEMENTS,
      "data-cell": cell.number,
      "aria-rowindex": at + 2,
      "aria-selected": `${isSelected}`,
      style: { top: `${at * ROW}px` },
      onClick: (event) => {
        if (event.shiftKey) selectTo(app, cell.number);
        else select(app, cell.number, event.ctrlKey || event.metaKey);
      },
      onPointerEnter: () => app.set({ hovered: cell.number }),
      onPointerLeave: () => app.set({ hovered: undefined }),
    },
    el(
      "div",
      {
        class: "cell state",
        role: "gridcell",
        title: cell.reason ?? STATE_WORD[judged],
        "aria-label": STATE_WORD[judged],
      },
      STATE_TEXT[judged],
    ),
    el(
      "div",
      { class: "cell name", role: "rowheader" },
      el("i", { class: "dot", style: { background: colour } }),
      cell.name,
      cell.decided ? el("span", { class: "decided", title: "A person decided" }, "•") : null,
    ),
    ...measures.map((name) =>
      el("div", { class: "cell number", role: "gridcell", key: name }, showNumber(cell.quality[name]))
    ),
  );
}
