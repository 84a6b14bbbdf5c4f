/// <reference lib="dom" />
import { element, type State } from "./state.ts";

/** Makes the map of the field alive: outlines are chosen by mouse and keyboard, images and marks by their controls. */
export function cellMap(state: State): void {
  const map = element<SVGSVGElement>("map"), outlines = element<SVGGElement>("outlines");
  const { cells } = state.data, paths = new Map<number, SVGPathElement>();
  for (const path of outlines.querySelectorAll<SVGPathElement>("path")) paths.set(Number(path.dataset.k), path);
  map.setAttribute("tabindex", "0");
  map.setAttribute("role", "listbox");
  map.setAttribute("aria-label", "Cells on the field: arrow keys go to the nearest one, + and − enlarge");
  outlines.setAttribute("role", "presentation");
  element("numbers").setAttribute("aria-hidden", "true");
  for (const [k, path] of paths) {
    path.id = `outline-${k}`;
    path.setAttribute("role", "option");
    path.setAttribute("aria-selected", "false");
    path.setAttribute("aria-label", path.textContent ?? "");
  }
  let before: SVGPathElement | undefined;
  state.onChange((change) => {
    if (change !== "selected") return;
    const path = paths.get(state.shown.selected);
    before?.classList.remove("selected");
    before?.setAttribute("aria-selected", "false");
    before = path;
    if (!path) return;
    path.classList.add("selected");
    path.setAttribute("aria-selected", "true");
    map.setAttribute("aria-activedescendant", path.id);
    outlines.append(path);
  });
  map.addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const isAsideShown = !outlines.classList.contains("no-aside");
    const able = cells.map((_, k) => k).filter((k) => paths.has(k) && (isAsideShown || cells[k].accepted !== 0));
    if (able.length > 0) state.select(nearest(state, able, direction[0], direction[1]));
  });
  control("map-choice", (choice) => {
    element("map-image").setAttribute("href", `#image-${(choice as unknown as HTMLSelectElement).value}`);
  });
  control("show-aside", ({ checked }) => {
    for (const id of ["outlines", "numbers"]) element(id).classList.toggle("no-aside", !checked);
  });
  // Numbers are unreadable on a small map with many cells.
  const numbers = document.getElementById("show-numbers") as HTMLInputElement | null;
  if (numbers && map.clientWidth < 440 && cells.length > 30) numbers.checked = false;
  control("show-numbers", ({ checked }) => element("numbers").classList.toggle("none", !checked));
  control("show-outlines", ({ checked }) => element("images").classList.toggle("plain", !checked));
}

/** Hears of a control's changes, and of how it stands at first; pages without it go without. */
function control(id: string, changed: (control: HTMLInputElement) => void): void {
  const found = document.getElementById(id) as HTMLInputElement | null;
  if (!found) return;
  found.addEventListener("change", () => changed(found));
  changed(found);
}

/** The cell nearest to the selected one in a direction; those off it count as farther. Without a selection the first one. */
function nearest(
  { data: { cells }, shown: { selected } }: State,
  able: readonly number[],
  dx: number,
  dy: number,
): number {
  const here = cells[selected];
  if (!here || here.x === null || here.y === null) return able[0];
  let best = selected, least = Infinity;
  for (const k of able) {
    const { x, y } = cells[k];
    if (x === null || y === null || k === selected) continue;
    const along = (x - here.x) * dx + (y - here.y) * dy,
      off = Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx);
    if (along <= 0) continue;
    const far = along + 2 * off;
    if (far < least) best = k, least = far;
  }
  return best;
}
