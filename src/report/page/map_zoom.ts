/// <reference lib="dom" />
import { element, type State } from "./state.ts";

/** Most that the map is enlarged. */
const MOST = 16;

/** Lets the user enlarge the map: buttons, keys + − 0, the wheel with Ctrl; dragging moves an enlarged map. */
export function zoomMap(state: State): void {
  const map = element<SVGSVGElement>("map"), numbers = element<SVGGElement>("numbers");
  const { width, height, cells } = state.data, size = Number(numbers.getAttribute("font-size"));
  let left = -0.5, top = -0.5, zoom = 1;

  const show = () => {
    const w = width / zoom, h = height / zoom;
    left = Math.min(width - w - 0.5, Math.max(-0.5, left));
    top = Math.min(height - h - 0.5, Math.max(-0.5, top));
    map.setAttribute("viewBox", `${left} ${top} ${w} ${h}`);
    // Numbers grow more slowly than cells do.
    numbers.setAttribute("font-size", `${size / zoom ** 0.65}`);
    map.classList.toggle("enlarged", zoom > 1);
  };
  /** Enlarges by a factor; the place at shares `x` and `y` of the map stays where it is. */
  const enlarge = (factor: number, x = 0.5, y = 0.5) => {
    const next = Math.min(MOST, Math.max(1, zoom * factor));
    left += x * width * (1 / zoom - 1 / next);
    top += y * height * (1 / zoom - 1 / next);
    zoom = next;
    show();
  };
  const actions: Record<string, () => void> = {
    in: () => enlarge(1.6),
    out: () => enlarge(1 / 1.6),
    all: () => enlarge(0),
  };
  for (const button of document.querySelectorAll<HTMLElement>("button[data-zoom]")) {
    button.addEventListener("click", actions[button.dataset.zoom!]);
  }
  map.addEventListener("keydown", (event) => {
    const action = { "+": actions.in, "=": actions.in, "-": actions.out, "0": actions.all }[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  map.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = map.getBoundingClientRect();
    enlarge(
      Math.exp(-event.deltaY / 300),
      (event.clientX - box.left) / box.width,
      (event.clientY - box.top) / box.height,
    );
  }, { passive: false });

  let held: { x: number; y: number; left: number; top: number; isDrag: boolean } | undefined;
  map.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && zoom > 1) held = { x: event.clientX, y: event.clientY, left, top, isDrag: false };
  });
  map.addEventListener("pointermove", (event) => {
    if (!held) return;
    const dx = event.clientX - held.x, dy = event.clientY - held.y, { width: shown } = map.getBoundingClientRect();
    if (!held.isDrag && Math.hypot(dx, dy) < 5) return;
    if (!held.isDrag) map.setPointerCapture(event.pointerId);
    held.isDrag = true;
    left = held.left - dx * width / zoom / shown;
    top = held.top - dy * width / zoom / shown;
    show();
  });
  const release = () => {
    // The click that ends a drag selects nothing.
    if (held?.isDrag) map.addEventListener("click", (event) => event.stopPropagation(), { once: true, capture: true });
    held = undefined;
  };
  map.addEventListener("pointerup", release);
  map.addEventListener("pointercancel", () => held = undefined);

  state.onChange((change) => {
    const cell = cells[state.shown.selected];
    if (change !== "selected" || zoom === 1 || !cell || cell.x === null || cell.y === null) return;
    const w = width / zoom, h = height / zoom;
    if (cell.x >= left && cell.x <= left + w && cell.y >= top && cell.y <= top + h) return;
    left = cell.x - w / 2;
    top = cell.y - h / 2;
    show();
  });
}
