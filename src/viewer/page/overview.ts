/// <reference lib="dom" />
/** The whole recording in a strip, with the time that is shown in a frame to drag. */
import { type ComponentChildren, useEffect, useRef, useState } from "./libraries/preact.ts";
import type { TracesMessage } from "../messages.ts";
import { complain, showRange } from "./actions.ts";
import { fetchTraces } from "./api.ts";
import type { App } from "./app.ts";
import { cellColour } from "./colour_maps.ts";
import { el } from "./element.ts";
import { useStore } from "./store.ts";

/** Points on either side of an edge of the frame where it is the edge that is dragged. */
const GRIP = 7;

/** The strip. The current cell's trace is in it. */
export function Overview(
  { app, message: shown }: { readonly app: App; readonly message: TracesMessage | undefined },
): ComponentChildren {
  const current = useStore(app, (state) => state.selected.at(-1)), isDark = useStore(app, (state) => state.isDark);
  const cells = useStore(app, (state) => state.cells), range = useStore(app, (state) => state.range);
  const frames = useStore(app, (state) => state.session.frames), canvas = useRef<HTMLCanvasElement>(null);
  const [message, take] = useState<TracesMessage | undefined>(undefined), [width, setWidth] = useState(600);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(canvas.current!.clientWidth || 600));
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (current === undefined) return take(undefined);
    const stop = new AbortController();
    // The plot's own request goes first.
    const wait = setTimeout(
      () =>
        fetchTraces([current], 0, frames, 600, stop.signal).then(
          (came) => came && take(came),
          (error) => complain(app, error),
        ),
      60,
    );
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [current, cells, frames]);
  useEffect(() => paint(canvas.current!, message, range, frames, isDark ? "dark" : "light"), [
    message,
    range,
    width,
    isDark,
    frames,
    shown,
  ]);
  return el("canvas", {
    class: "overview",
    ref: canvas,
    "aria-hidden": "true",
    title: "The whole recording. Drag the frame, or its edges",
    onPointerDown: (event) => drag(app, event),
  });
}

function drag(app: App, event: PointerEvent): void {
  const element = event.currentTarget as HTMLCanvasElement, { left, width } = element.getBoundingClientRect();
  const { frames } = app.state.session, start = app.state.range, perPoint = frames / width;
  const x = event.clientX - left, low = start.from / perPoint, high = start.to / perPoint;
  const isWhole = start.to - start.from >= frames - 0.5;
  const part = !isWhole && Math.abs(x - low) < GRIP ? "from" : !isWhole && Math.abs(x - high) < GRIP ? "to" : "all";
  if (part === "all" && !(x > low && x < high)) {
    const half = (start.to - start.from) / 2;
    showRange(app, x * perPoint - half, x * perPoint + half);
  }
  const grabbed = app.state.range;
  element.setPointerCapture(event.pointerId);
  const move = ({ clientX }: PointerEvent) => {
    const by = (clientX - event.clientX) * perPoint;
    if (part === "from") showRange(app, Math.max(0, Math.min(grabbed.to - 8, grabbed.from + by)), grabbed.to);
    else if (part === "to") showRange(app, grabbed.from, Math.min(frames, Math.max(grabbed.from + 8, grabbed.to + by)));
    else showRange(app, grabbed.from + by, grabbed.to + by);
  };
  element.addEventListener("pointermove", move);
  const end = () => element.removeEventListener("pointermove", move);
  element.addEventListener("pointerup", end, { once: true });
  element.addEventListener("pointercancel", end, { once: true });
}

function paint(
  canvas: HTMLCanvasElement,
  message: TracesMessage | undefined,
  range: { readonly from: number; readonly to: number },
  frames: number,
  ground: "dark" | "light",
): void {
  const ratio = globalThis.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio), context = canvas.getContext("2d")!;
  canvas.width = width;
  canvas.height = height;
  const style = getComputedStyle(canvas), css = (name: string) => style.getPropertyValue(name).trim();
  const cell = message?.cells[0];
  if (message && cell) {
    const { low, high } = cell.raw.high.some((value) => value !== null) ? cell.raw : cell.denoised;
    let least = Infinity, most = -Infinity;
    for (const value of low) if (value !== null && value < least) least = value;
    for (const value of high) if (value !== null && value > most) most = value;
    const y = (value: number) => height - 2 - (height - 4) * (most > least ? (value - least) / (most - least) : 0.5);
    const path = new Path2D();
    for (const [c, frame] of message.frames.entries()) {
      const one = low[c], other = high[c];
      if (one === null || other === null) continue;
      const x = (frame + ((message.frames[c + 1] ?? frames) - frame) / 2) / frames * width;
      // One line through all of them, so that steep rises have no gaps.
      path.lineTo(x, y(one));
      path.lineTo(x, y(other));
    }
    context.strokeStyle = cellColour(cell.number, ground);
    context.lineWidth = ratio;
    context.stroke(path);
  }
  const from = range.from / frames * width, to = range.to / frames * width;
  context.fillStyle = css("--veil");
  context.fillRect(0, 0, from, height);
  context.fillRect(to, 0, width - to, height);
  context.strokeStyle = css("--accent");
  context.lineWidth = 1.5 * ratio;
  context.strokeRect(from + ratio, ratio, Math.max(2 * ratio, to - from - 2 * ratio), height - 2 * ratio);
}
