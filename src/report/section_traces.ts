import type { Extraction } from "../core/extraction.ts";
import { timestampHealth } from "../core/timestamps.ts";
import type { CellFacts } from "./cell_facts.ts";
import type { ReportContext, Section } from "./context.ts";
import { greyUri } from "./field_images.ts";
import { stateOf } from "./field_map.ts";
import { type Insert, type Markup, markup } from "./markup.ts";
import { counted } from "./numbers.ts";
import { curvePath, place, plotted, spanOf } from "./plot.ts";

/** Traces that stand on the page as a picture: for paper, and for browsers without scripts. */
const SHOWN = 14;
/** Columns and most rows of the picture of the population. */
const COLUMNS = 1000;

/** All traces, which the script draws, the strongest ones as a picture, and the population as one image. */
export function tracesSection(
  context: ReportContext,
  { columns, isWhole }: { columns: number; isWhole: boolean },
): Section {
  const { extraction, cells } = context, { units, movie } = extraction, { frames } = movie;
  if (cells.length === 0) {
    return { id: "traces", title: "Traces", content: markup`<p>Without cells there are no traces.</p>` };
  }
  const detail = isWhole
    ? "every frame is here"
    : `${frames} frames are shown as ${columns} columns, each from its least to its largest value`;
  const strongest = [...cells.keys()].filter((k) => cells[k].isAccepted !== false && Number.isFinite(cells[k].peak))
    .sort((a, b) => cells[b].peak - cells[a].peak || a - b).slice(0, SHOWN);
  return {
    id: "traces",
    title: "Traces",
    content: markup`<p class="note">Raw traces in grey, denoised ones in colour, deconvolved activity below; ${
      units === "dF" ? "dF in counts of a footprint of unit norm" : "in multiples of each trace's noise"
    }, each row in its own range. ${
      movie.timestamps && timestampHealth(movie.timestamps).gaps.length > 0 &&
      "The recording has gaps: times here are frames over the frame rate. "
    }<span class="live-only" hidden>Drag over a time to enlarge it; ${detail}.</span></p>
<div class="bar live-only" hidden><div class="buttons" role="group" aria-label="Time shown">
<button type="button" data-time="earlier" title="Earlier">←</button><button type="button" data-time="later" title="Later">→</button>
<button type="button" data-time="in" title="Shorter time">+</button><button type="button" data-time="out" title="Longer time">−</button>
<button type="button" data-time="all">whole recording</button></div><span id="time-note" class="note" role="status"></span></div>
<div id="trace-axis" class="live-only" hidden></div>
<div id="trace-list" class="live-only" hidden tabindex="0" role="listbox" aria-label="Traces of all cells"></div>
<figure class="static"><figcaption><strong>The ${
      strongest.length < cells.length
        ? `${counted(strongest.length, "strongest trace")} of ${cells.length} cells`
        : counted(strongest.length, "trace")
    }</strong></figcaption><div class="wide">${staticTraces(extraction, cells, strongest)}</div></figure>
<h3>Population</h3>${population(extraction, cells)}`,
  };
}

const ROW = 46, LEFT = 52, WIDTH = 1000, SPIKES = 9;

function staticTraces(
  { traces, movie: { frames }, frameRate }: Extraction,
  cells: readonly CellFacts[],
  shown: readonly number[],
): Markup {
  return plotted({
    width: WIDTH,
    height: shown.length * ROW + 56,
    alt: `Raw and denoised traces and deconvolved activity of ${shown.length} cells`,
    x: { label: "time, s", low: 0, high: Math.max(1, frames - 1) / frameRate, ticks: 10 },
    y: { label: "", low: 0, high: 1, ticks: 0 },
    draw: ({ x, top }) =>
      shown.map((k, row) => {
        const of = (all: Float32Array) => all.subarray(k * frames, (k + 1) * frames);
        const raw = of(traces.raw), denoised = of(traces.denoised), spikes = of(traces.spikes);
        const { low, high } = spanOf(denoised, ...Object.values(spanOf(raw)) as [number, number]);
        const from = top + row * ROW, height = ROW - SPIKES - 6;
        const across = (frame: number) => x(frame / frameRate);
        const up = (value: number) => from + height - (value - low) / (high - low) * height;
        // Half as many columns as pixels are enough, and keep the page small.
        const coarse = (values: Float32Array) => curvePath(values, (frame) => across(frame) / 2, up);
        return markup`<text class="row" x="${LEFT - 8}" y="${place(from + height / 2 + 4)}" text-anchor="end">${
          cells[k].number
        }</text><g transform="scale(2 1)"><path class="raw" d="${coarse(raw)}"/><path class="denoised" d="${
          coarse(denoised)
        }"/></g><path class="spikes" d="${spikeTicks(spikes, across, from + height + SPIKES)}"/>`;
      }),
  });
}

/** Upright lines as high as the activity is strong, the strongest of each column. */
function spikeTicks(spikes: Float32Array, x: (frame: number) => number, bottom: number): string {
  const most = spikes.reduce((a, b) => Math.max(a, b), 0), columns = new Map<string, number>();
  if (!(most > 0)) return "";
  spikes.forEach((value, frame) => {
    if (!(value > 0.03 * most)) return;
    const at = String(Math.round(x(frame)));
    columns.set(at, Math.max(columns.get(at) ?? 0, value));
  });
  return [...columns].map(([at, value]) => `M${at} ${bottom}v-${place(Math.max(1, SPIKES * value / most))}`).join("");
}

/** Denoised traces as one image, a row per cell, each from nothing to its own maximum. */
function population({ traces, movie: { frames }, frameRate }: Extraction, cells: readonly CellFacts[]): Insert {
  const rows = [...cells.keys()].filter((k) => cells[k].isAccepted !== false), columns = Math.min(frames, COLUMNS);
  if (rows.length === 0 || frames < 2) return markup`<p>Too little is there to be drawn.</p>`;
  const greys = new Uint8Array(rows.length * columns);
  rows.forEach((k, row) => {
    const trace = traces.denoised.subarray(k * frames, (k + 1) * frames), { low, high } = spanOf(trace);
    for (let column = 0; column < columns; column++) {
      const to = Math.floor((column + 1) * frames / columns);
      let most = low;
      for (let t = Math.floor(column * frames / columns); t < to; t++) if (trace[t] > most) most = trace[t];
      greys[row * columns + column] = Math.round(255 * (most - low) / (high - low));
    }
  });
  const height = Math.min(420, Math.max(90, rows.length * 4));
  const states = new Set(cells.map(stateOf));
  return markup`<figure><div class="wide">${
    plotted({
      width: WIDTH,
      height: height + 50,
      alt: `Activity of ${rows.length} cells over time`,
      x: { label: "time, s", low: 0, high: (frames - 1) / frameRate, ticks: 10 },
      y: { label: states.size > 1 ? "accepted cells" : "cells", low: rows.length, high: 0, ticks: 0 },
      draw: ({ left, right, top, bottom }) =>
        markup`<image class="population" x="${left}" y="${top}" width="${right - left}" height="${
          bottom - top
        }" preserveAspectRatio="none" filter="url(#heat)" href="${greyUri(greys, columns, rows.length)}"/>`,
    })
  }</div><figcaption><span>Denoised traces, a row per cell in the order of the table, each from nothing to its own maximum. Upright stripes are
moments when many cells are active at once.</span></figcaption></figure>`;
}
