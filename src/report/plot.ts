import { shortNumber, ticks, ticksBetween } from "../results/ticks.ts";
import { type Insert, Markup, markup } from "./markup.ts";

/** One axis of a plot. */
export interface Axis {
  /** What it shows, with its unit. */
  readonly label: string;
  /** Value at its beginning. */
  readonly low: number;
  /** Value at its end. */
  readonly high: number;
  /** About how many ticks it has; 0 is none. Default 5. */
  readonly ticks?: number;
}

/** Where values lie on a plot, in its own units. */
export interface Places {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Edges of the part that shows data. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A plot as scalable graphics: its colours come from the page's style, so that it is legible in light, in dark and on paper. */
export interface Plot {
  /** Width, pixels at which text has the size of small print. Default 370. */
  readonly width?: number;
  /** Height. Default 215. */
  readonly height?: number;
  /** What it shows, for those who cannot see it. */
  readonly alt: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Draws the data. */
  readonly draw: (places: Places) => Insert;
}

const LEFT = 52, RIGHT = 12, TOP = 10, BOTTOM = 40;

/** Draws a plot with its axes. */
export function plotted({ width = 370, height = 215, alt, x, y, draw }: Plot): Markup {
  const left = LEFT, right = width - RIGHT, top = TOP, bottom = height - BOTTOM;
  const across = scale(x, left, right), up = scale(y, bottom, top);
  const places: Places = { x: across, y: up, left, right, top, bottom };
  const xs = ticksOf(x), ys = ticksOf(y);
  return markup`<svg class="plot" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${alt}">
<g class="grid">${ys.map((value) => markup`<path d="M${left} ${place(up(value))}H${right}"/>`)}</g>
${draw(places)}
<g class="axis"><path d="M${left} ${bottom}H${right}"/>
${
    xs.map((value) =>
      markup`<path d="M${place(across(value))} ${bottom}v4"/><text x="${place(across(value))}" y="${
        bottom + 16
      }" text-anchor="middle">${shortNumber(value, x.high - x.low)}</text>`
    )
  }
${
    ys.map((value) =>
      markup`<text x="${left - 7}" y="${place(up(value) + 3.5)}" text-anchor="end">${
        shortNumber(value, y.high - y.low)
      }</text>`
    )
  }
<text class="label" x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">${x.label}</text>
<text class="label" transform="translate(12 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
</g></svg>`;
}

/** A coordinate, to a tenth. */
export function place(value: number): string {
  return String(Math.round(10 * value) / 10);
}

function ticksOf({ low, high, ticks: wanted = 5 }: Axis): number[] {
  if (wanted === 0) return [];
  const all = low === 0 ? ticks(high, wanted) : ticksBetween(low, high, wanted);
  return all.filter((value) => value >= low - 1e-9 * (high - low) && value <= high + 1e-9 * (high - low));
}

function scale({ low, high }: Axis, from: number, to: number): (value: number) => number {
  const span = high - low || 1;
  return (value) => from + (value - low) / span * (to - from);
}

/** A horizontal or vertical line with a word, such as a threshold. */
export function rule(
  places: Places,
  { x, y, text, isLow = false, row = 0 }: { x?: number; y?: number; text: string; isLow?: boolean; row?: number },
): Markup {
  const { left, right, top, bottom } = places;
  if (x !== undefined) {
    const at = places.x(x);
    if (!(at >= left && at <= right)) return new Markup("");
    const isRight = at > (left + right) / 2,
      anchor = isRight ? "end" : "start",
      beside = place(at + (isRight ? -4 : 4));
    return markup`<path class="rule" d="M${place(at)} ${top}V${bottom}"/><text class="ruled" x="${beside}" y="${
      isLow ? bottom - 5 : top + 9 + 12 * row
    }" text-anchor="${anchor}">${text}</text>`;
  }
  const at = places.y(y ?? 0);
  if (!(at >= top && at <= bottom)) return new Markup("");
  return markup`<path class="rule" d="M${left} ${place(at)}H${right}"/><text class="ruled" x="${right - 3}" y="${
    place(at - 4)
  }" text-anchor="end">${text}</text>`;
}

/** The least and the largest finite value, a little apart; `low` and `high` are in any case within. */
export function spanOf(values: Iterable<number>, low = Infinity, high = -Infinity): { low: number; high: number } {
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) return { low: 0, high: 1 };
  return low === high ? { low: low - 0.5, high: high + 0.5 } : { low, high };
}

/**
 * A curve over frames as the path of one line: point by point where they are few, else the least and the largest value of each column.
 * Frames without a number are gaps.
 */
export function curvePath(
  values: ArrayLike<number>,
  x: (frame: number) => number,
  y: (value: number) => number,
): string {
  const columns = Math.max(1, Math.ceil(Math.abs(x(values.length - 1) - x(0)))), perColumn = values.length / columns;
  let path = "", isDown = false;
  const to = (frame: number, value: number) => {
    path += `${isDown ? "L" : "M"}${place(x(frame))} ${place(y(value))}`;
    isDown = true;
  };
  if (perColumn <= 2) {
    for (let t = 0; t < values.length; t++) {
      if (Number.isFinite(values[t])) to(t, values[t]);
      else isDown = false;
    }
    return path;
  }
  for (let column = 0; column < columns; column++) {
    const from = Math.floor(column * perColumn), end = Math.min(values.length, Math.floor((column + 1) * perColumn));
    let low = Infinity, high = -Infinity, first = NaN, last = NaN;
    for (let t = from; t < end; t++) {
      const value = values[t];
      if (!Number.isFinite(value)) continue;
      if (Number.isNaN(first)) first = value;
      last = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!(low <= high)) {
      isDown = false;
      continue;
    }
    // Down first or up first, whichever follows the trace.
    const pair = last >= first ? [low, high] : [high, low];
    to(from, pair[0]);
    if (low !== high) to(from, pair[1]);
  }
  return path;
}
