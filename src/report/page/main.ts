/// <reference lib="dom" />
import { cellDetail } from "./cell_detail.ts";
import { cellMap } from "./cell_map.ts";
import { cellTable } from "./cell_table.ts";
import { zoomMap } from "./map_zoom.ts";
import { type PageData, traceBytes } from "./data.ts";
import { element, State } from "./state.ts";
import { traceList } from "./trace_list.ts";

/** Marks the part of the page that is read in the list of parts. */
function followReading(): void {
  const links = new Map<string, Element>();
  for (const link of document.querySelectorAll("nav a")) links.set(link.getAttribute("href")!.slice(1), link);
  const seen = new Set<string>();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(target.id);
      else seen.delete(target.id);
    }
    const current = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) {
      if (id === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-20% 0px -60% 0px" });
  for (const id of links.keys()) watcher.observe(element(id));
}

const data: PageData = JSON.parse(element("report-data").textContent ?? "");
document.documentElement.classList.add("live");
for (const part of document.querySelectorAll<HTMLElement>(".live-only")) part.hidden = false;
followReading();
const state = new State(data);
cellMap(state);
zoomMap(state);
if (data.cells.length > 0) {
  const bytes = traceBytes(element("report-traces").textContent ?? "");
  cellDetail(state, bytes);
  traceList(state, bytes);
  cellTable(state);
  // Whatever stands for a cell selects it: outlines, rows, dots, traces, numbers in sentences.
  document.addEventListener("click", (event) => {
    const target = (event.target as Element).closest<HTMLElement | SVGElement>("[data-k]");
    if (!target) return;
    state.select(Number(target.dataset.k));
    if (!target.closest("a, .dot")) return;
    event.preventDefault();
    element("cells").scrollIntoView({ block: "start" });
  });
  const named = /^#cell-(\d+)$/.exec(location.hash);
  const first = named ? data.cells.findIndex(({ number }) => number === Number(named[1])) : -1;
  state.select(first >= 0 ? first : Math.max(0, data.cells.findIndex(({ accepted }) => accepted !== 0)));
}
