/// <reference lib="dom" />
/** A bar between two parts of the page that is dragged, or moved by arrow keys, to give one of them more room. */
import { type ComponentChildren, useRef, useState } from "./libraries/preact.ts";
import { el } from "./element.ts";

/** Screen points that an arrow key moves the bar by. */
const STEP = 24;

/** What a bar divides. */
export interface SplitterProperties {
  /** The custom property of the parent's style that holds the size, in points, of what is after the bar. */
  readonly property: string;
  /** Whether it divides left from right, or above from below. */
  readonly direction: "columns" | "rows";
  readonly label: string;
  /** Fewest points of either side. */
  readonly least: number;
}

/** The bar. */
export function Splitter({ property, direction, label, least }: SplitterProperties): ComponentChildren {
  const element = useRef<HTMLDivElement>(null), [share, setShare] = useState<number | undefined>(undefined);
  const isColumns = direction === "columns";
  const room = () => {
    const parent = element.current!.parentElement!, { right, bottom, width, height } = parent.getBoundingClientRect();
    const bar = element.current!.getBoundingClientRect();
    return isColumns
      ? { parent, all: width, after: right - bar.right, end: right }
      : { parent, all: height, after: bottom - bar.bottom, end: bottom };
  };
  const resize = (points: number) => {
    const { parent, all } = room(), size = Math.max(least, Math.min(all - least, points));
    parent.style.setProperty(property, `${size}px`);
    setShare(Math.round(100 * size / all));
  };
  const drag = (event: PointerEvent) => {
    const bar = element.current!, { end } = room();
    bar.setPointerCapture(event.pointerId);
    const move = ({ clientX, clientY }: PointerEvent) => resize(end - (isColumns ? clientX : clientY) - 3);
    const stop = () => bar.removeEventListener("pointermove", move);
    bar.addEventListener("pointermove", move);
    bar.addEventListener("pointerup", stop, { once: true });
    bar.addEventListener("pointercancel", stop, { once: true });
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: STEP, ArrowRight: -STEP, ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    const isAlong = /^Arrow(Left|Right)$/.test(event.key) === isColumns;
    if (by === undefined || !isAlong || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    resize(room().after + by);
  };
  return el("div", {
    class: `splitter ${direction}`,
    ref: element,
    role: "separator",
    tabIndex: 0,
    "aria-label": label,
    "aria-orientation": isColumns ? "vertical" : "horizontal",
    ...(share === undefined ? {} : { "aria-valuenow": share }),
    title: "Drag it, or use the arrow keys; a double click goes back",
    onPointerDown: drag,
    onKeyDown: press,
    onDblClick: () => {
      room().parent.style.removeProperty(property);
      setShare(undefined);
    },
  });
}
