/// <reference lib="dom" />
import type { Columns, PageData } from "./data.ts";
import { digits } from "./state.ts";

/** Colours of a trace, from the page's style. */
export interface Inks {
  readonly raw: string;
  readonly kept: string;
  readonly aside: string;
  readonly spikes: string;
  readonly grid: string;
  readonly text: string;
}

/** Reads the colours of light or dark, whichever is on. */
export function inks(): Inks {
  const style = getComputedStyle(document.documentElement), of = (name: string) => style.getPropertyValue(name).trim();
  return {
    raw: of("--trace-raw"),
    kept: of("--kept"),
    aside: of("--aside"),
    spikes: of("--ink"),
    grid: of("--line"),
    text: of("--soft"),
  };
}

/** Where and how a trace is drawn on a canvas. */
export interface TraceView {
  /** Columns shown, from and to. */
  readonly from: number;
  readonly to: number;
  /** Whether it has axes. */
  readonly hasAxes: boolean;
  readonly isAside: boolean;
}

/** Room for the axes, pixels. */
export const AXES = { left: 52, bottom: 26, top: 6 } as const;
/** Height of the strip of deconvolved activity. */
const SPIKE_HEIGHT = { row: 9, axes: 26 } as const;

/** Draws a cell's trace. */
export function drawTrace(
  canvas: HTMLCanvasElement,
  data: PageData,
  columns: Columns,
  range: { readonly low: number; readonly high: number; readonly most: number },
  view: TraceView,
  colours: Inks,
): void {
  const width = canvas.clientWidth, height = canvas.clientHeight, dense = globalThis.devicePixelRatio || 1;
  if (width === 0 || height === 0) return;
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  const pen = canvas.getContext("2d")!;
  pen.scale(dense, dense);
  const left = view.hasAxes ? AXES.left : 0, top = view.hasAxes ? AXES.top : 3;
  const spikeHeight = view.hasAxes ? SPIKE_HEIGHT.axes : SPIKE_HEIGHT.row;
  const spikeBottom = height - (view.hasAxes ? AXES.bottom : 1), bottom = spikeBottom - spikeHeight - 4;
  const { low, high } = range, span = high - low || 1;
  const x = (column: number) => left + (column - view.from) / (view.to - view.from) * (width - left);
  const y = (value: number) => bottom - (value - low) / span * (bottom - top);
  if (view.hasAxes) axes(pen, data, view, { x, y, left, width, top, bottom, height, low, high }, colours);
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, width - left, height);
  pen.clip();
  pen.lineJoin = "round";
  // Where every pixel stands for many frames, thin lines keep what lies behind them visible.
  const pixels = width - left, thick = view.to - view.from > pixels ? 1 : 1.6;
  curve(pen, columns.rawLow, columns.rawHigh, view, pixels, x, y, colours.raw, 1);
  curve(
    pen,
    columns.denoisedLow,
    columns.denoisedHigh,
    view,
    pixels,
    x,
    y,
    view.isAside ? colours.aside : colours.kept,
    thick,
  );
  spikes(pen, columns.spikes, view, x, spikeBottom, spikeHeight, range.most, colours.spikes);
  pen.restore();
}

/** A trace: through every column where they are few, else the least and largest value of each pixel. */
function curve(
  pen: CanvasRenderingContext2D,
  low: Float32Array,
  high: Float32Array,
  { from, to }: TraceView,
  pixels: number,
  x: (column: number) => number,
  y: (value: number) => number,
  colour: string,
  thickness: number,
): void {
  pen.beginPath();
  pen.strokeStyle = colour;
  pen.lineWidth = thickness;
  const first = Math.max(0, Math.floor(from) - 1),
    last = Math.min(low.length - 1, Math.ceil(to)),
    step = (to - from) / pixels;
  let isDown = false;
  const stroke = (at: number, least: number, largest: number) => {
    if (!(least <= largest)) {
      isDown = false;
      return;
    }
    if (isDown) pen.lineTo(at, y(least));
    else pen.moveTo(at, y(least));
    if (largest !== least) pen.lineTo(at, y(largest));
    isDown = true;
  };
  if (step <= 1) {
    for (let column = first; column <= last; column++) stroke(x(column + 0.5), low[column], high[column]);
  } else {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const start = Math.floor(from + pixel * step), end = Math.min(low.length, Math.ceil(from + (pixel + 1) * step));
      let least = Infinity, largest = -Infinity;
      for (let column = start; column < end; column++) {
        if (low[column] < least) least = low[column];
        if (high[column] > largest) largest = high[column];
      }
      stroke(x(start + step / 2), least, largest);
    }
  }
  pen.stroke();
}

function spikes(
  pen: CanvasRenderingContext2D,
  values: Float32Array,
  { from, to }: TraceView,
  x: (column: number) => number,
  bottom: number,
  height: number,
  most: number,
  colour: string,
): void {
  if (!(most > 0)) return;
  pen.fillStyle = colour;
  for (let column = Math.max(0, Math.floor(from)); column < Math.min(values.length, Math.ceil(to)); column++) {
    if (!(values[column] > 0.01 * most)) continue;
    const size = Math.max(1, height * values[column] / most);
    pen.fillRect(x(column + 0.5) - 0.5, bottom - size, 1, size);
  }
}

interface Frame {
  readonly x: (column: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
  readonly height: number;
  readonly low: number;
  readonly high: number;
}

/** Axes with time below and the trace's unit at the left. */
function axes(pen: CanvasRenderingContext2D, data: PageData, view: TraceView, frame: Frame, colours: Inks): void {
  const { x, y, left, width, top, bottom, height, low, high } = frame;
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = colours.text;
  pen.strokeStyle = colours.grid;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const value of roundSteps(low, high, 4)) {
    const at = Math.round(y(value)) + 0.5;
    if (at < top || at > bottom + 1) continue;
    pen.moveTo(left, at);
    pen.lineTo(width, at);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(digits(value, 4), left - 6, at);
  }
  const perColumn = data.frames / data.columns / data.rate, from = view.from * perColumn, to = view.to * perColumn;
  const wanted = Math.max(2, Math.floor((width - left) / 75));
  for (const seconds of roundSteps(from, to, wanted)) {
    const at = Math.round(x(seconds / perColumn)) + 0.5;
    if (at < left || at > width) continue;
    pen.moveTo(at, top);
    pen.lineTo(at, height - AXES.bottom + 3);
    pen.textAlign = at > width - 24 ? "right" : "center";
    pen.textBaseline = "top";
    pen.fillText(`${digits(seconds, 6)} s`, at, height - AXES.bottom + 7);
  }
  pen.stroke();
}

/** Round values between two others, about so many. */
export function roundSteps(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / wanted;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough)),
    step = power * [1, 2, 5, 10].find((one) => one * power >= 0.999 * rough)!;
  const first = Math.ceil(low / step - 1e-9), steps: number[] = [];
  for (let i = first; i * step <= high + 1e-9 * step; i++) steps.push(Number((i * step).toPrecision(12)));
  return steps;
}
