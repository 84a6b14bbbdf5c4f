/// <reference lib="dom" />
import { element, type State } from "./state.ts";

/** Makes the table of cells sortable by its headings, and its rows selectable. */
export function cellTable(state: State): void {
  const { data, shown } = state, table = element<HTMLTableElement>("cell-table"), body = table.tBodies[0];
  const rows = new Map<number, HTMLTableRowElement>();
  for (const row of body.rows) rows.set(Number(row.dataset.k), row);
  const values = sortable(state);
  let key = "number", isAscending = true, wanted = "all";

  const arrange = () => {
    const of = values.get(key)!, sign = isAscending ? 1 : -1;
    const sorted = data.cells.map((_, k) => k).sort((a, b) => {
      const one = of(a), other = of(b);
      // Cells without a value come last, whichever way.
      if (one === null || other === null) return Number(one === null) - Number(other === null) || a - b;
      return sign * (one - other) || a - b;
    });
    const listed = sorted.filter((k) => {
      const { accepted } = data.cells[k];
      return wanted === "all" || (wanted === "aside" ? accepted === 0 : accepted !== 0);
    });
    const isListed = new Set(listed);
    for (const k of sorted) {
      const row = rows.get(k)!;
      row.hidden = !isListed.has(k);
      body.append(row);
    }
    element("table-note").textContent = listed.length === data.cells.length
      ? `${listed.length} cells`
      : `${listed.length} of ${data.cells.length} cells`;
    state.list(listed);
    roam();
  };

  for (const heading of table.querySelectorAll<HTMLTableCellElement>("th[data-key]")) {
    const name = heading.dataset.key!, button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      // What is good is large: the first click shows the largest values first, but for numbers and places.
      isAscending = name === key ? !isAscending : ["number", "x", "y", "duplicate_of"].includes(name);
      key = name;
      for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
      arrange();
    });
  }
  for (const choice of document.querySelectorAll<HTMLInputElement>('input[name="listed"]')) {
    choice.addEventListener("change", () => {
      if (!choice.checked) return;
      wanted = choice.value;
      arrange();
    });
  }

  /** One row can be reached by the tab key: the selected one, or the first. */
  const roam = () => {
    const at = shown.listed.includes(shown.selected) ? shown.selected : shown.listed[0];
    for (const [k, row] of rows) row.tabIndex = k === at ? 0 : -1;
  };
  body.addEventListener("keydown", (event) => {
    const row = (event.target as Element).closest("tr"), page = 10;
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 }[event.key];
    if (!row) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      state.select(Number(row.dataset.k));
    }
    if (by === undefined) return;
    event.preventDefault();
    const at = shown.listed.indexOf(Number(row.dataset.k));
    const next = rows.get(shown.listed[Math.min(shown.listed.length - 1, Math.max(0, at + by))]);
    if (!next) return;
    state.select(Number(next.dataset.k));
    next.focus({ preventScroll: true });
  });
  let before: HTMLTableRowElement | undefined;
  state.onChange((change) => {
    if (change !== "selected") return;
    before?.removeAttribute("aria-current");
    before = rows.get(shown.selected);
    before?.setAttribute("aria-current", "true");
    if (before) scrollWithin(before.closest<HTMLElement>(".table-frame")!, before, table.tHead?.offsetHeight ?? 0);
    roam();
  });
  arrange();
}

/** What cells are sorted by, by the names of the columns. */
function sortable({ data }: State): Map<string, (k: number) => number | null> {
  const values = new Map<string, (k: number) => number | null>([
    ["number", (k) => data.cells[k].number],
    ["accepted", (k) => data.cells[k].accepted],
    ["x", (k) => data.cells[k].x],
    ["y", (k) => data.cells[k].y],
  ]);
  for (const { key, values: all } of data.measures) values.set(key, (k) => all[k]);
  return values;
}

/** Scrolls a box, not the page, until something in it is in view. */
export function scrollWithin(box: HTMLElement, inner: HTMLElement, head = 0): void {
  const top = inner.offsetTop - box.scrollTop;
  if (top < head) box.scrollTop = inner.offsetTop - head;
  else if (top + inner.offsetHeight > box.clientHeight) {
    box.scrollTop = inner.offsetTop + inner.offsetHeight - box.clientHeight;
  }
}
