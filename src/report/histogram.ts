import { ticks } from "../results/ticks.ts";
import { type Markup, markup } from "./markup.ts";
import { ascending, quantileOf } from "./numbers.ts";
import { place, type Places, plotted, rule } from "./plot.ts";

/** A distribution over cells. */
export interface Histogram {
  /** What is counted, with its unit. */
  readonly label: string;
  /** One value per cell; those that are not finite are left out. */
  readonly values: ArrayLike<number>;
  /** 1 for the cells that are accepted; without it all are alike. */
  readonly accepted?: Uint8Array;
  /** Values marked by a line, with a word. */
  readonly marks?: readonly { readonly at: number; readonly text: string }[];
  /** Range of the axis; default: what the values need, but for the largest 1 %, which are counted in the last bar. */
  readonly range?: readonly [number, number];
}

const BARS = 24;

/** Draws a distribution: accepted cells below, those set aside on top of them. */
export function histogram({ label, values, accepted, marks = [], range }: Histogram): Markup {
  const sorted = ascending(values), low = range?.[0] ?? Math.min(0, sorted[0] ?? 0);
  const most = Math.max(quantileOf(sorted, 0.99), ...marks.map(({ at }) => at * 1.05), low + 1e-9);
  const step = ticks((range?.[1] ?? most) - low, BARS)[1] ?? 1,
    bars = Math.ceil(((range?.[1] ?? most) - low) / step - 1e-6);
  const kept = new Uint32Array(bars), aside = new Uint32Array(bars);
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) continue;
    const bar = Math.min(bars - 1, Math.max(0, Math.floor((values[k] - low) / step)));
    if (accepted?.[k] === 0) aside[bar]++;
    else kept[bar]++;
  }
  const tallest = kept.reduce((most, count, i) => Math.max(most, count + aside[i]), 1);
  const median = quantileOf(sorted, 0.5);
  const alt = `Distribution of ${label} over ${sorted.length} cells` +
    (sorted.length > 0 ? `: median ${Number(median.toPrecision(3))}` : "");
  return plotted({
    alt,
    x: { label, low, high: low + bars * step, ticks: 6 },
    y: { label: "cells", low: 0, high: tallest * 1.08, ticks: Math.min(4, tallest) },
    draw: (places) => [
      bands(places, kept, new Uint32Array(bars), low, step, "kept"),
      bands(places, aside, kept, low, step, "aside"),
      marks.map(({ at, text }, row) => rule(places, { x: at, text, row })),
    ],
  });
}

/** Bars of one kind on top of others. */
function bands(
  { x, y }: Places,
  counts: Uint32Array,
  below: Uint32Array,
  low: number,
  step: number,
  name: string,
): Markup {
  const width = Math.max(1, x(low + step) - x(low) - 1);
  return markup`<g class="bar ${name}">${
    Array.from(counts, (count, i) => {
      if (count === 0) return undefined;
      const from = low + i * step,
        top = y(below[i] + count),
        title = `${Number(from.toPrecision(4))} to ${Number((from + step).toPrecision(4))}: ${count}`;
      return markup`<rect x="${place(x(from) + 0.5)}" y="${place(top)}" width="${place(width)}" height="${
        place(y(below[i]) - top)
      }"><title>${title}</title></rect>`;
    })
  }</g>`;
}
