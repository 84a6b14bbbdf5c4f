import type { Extraction } from "../core/extraction.ts";
import type { EventRaster } from "../traces/event_rates.ts";
import type { CellEvents } from "../traces/events.ts";
import { Canvas } from "./canvas.ts";
import type { Colour } from "./colours.ts";
import { shortNumber, ticks } from "./ticks.ts";
import { cellNames } from "./traces_csv.ts";

const WIDTH = 1500, LEFT = 96, RIGHT = 24, TOP = 44, GAP = 30, RATE = 130, BOTTOM = 56;

/** Height of all rows together is near this; a row has 2 to 14 pixels. */
const ROWS = 900, TALLEST = 14, LOWEST = 2;

/** Rows between two names, at least, pixels. */
const NAME_PITCH = 20;

const PAPER: Colour = [255, 255, 255], INK: Colour = [40, 40, 44], PALE: Colour = [226, 226, 230];
const EVENT: Colour = [24, 62, 140], RATE_COLOUR: Colour = [150, 60, 40];

/**
 * Every event as a tick at its time in the row of its cell, first cell on top, stronger ones darker (full at 10 s.d. of the noise); below, the
 * population's rate in each bin.
 *
 * @param seconds how long the recording lasts
 */
export function rasterPicture(
  extraction: Pick<Extraction, "numbers" | "footprints">,
  events: CellEvents,
  raster: EventRaster,
  seconds: number,
): Canvas {
  const names = cellNames(extraction), cells = names.length;
  const pitch = Math.min(TALLEST, Math.max(LOWEST, Math.floor(ROWS / Math.max(1, cells))));
  const bottom = TOP + Math.max(40, cells * pitch), rateTop = bottom + GAP, rateBottom = rateTop + RATE;
  const canvas = new Canvas(WIDTH, rateBottom + BOTTOM, PAPER), width = WIDTH - LEFT - RIGHT;
  const columnOf = (time: number) => LEFT + Math.min(1, Math.max(0, time / seconds)) * (width - 1);

  for (const time of ticks(seconds, 10)) {
    const x = Math.round(columnOf(time));
    canvas.rectangle(x, TOP, 1, bottom - TOP, PALE);
    canvas.rectangle(x, rateTop, 1, RATE + 5, PALE);
    canvas.text(x, rateBottom + 16, String(time), INK, { scale: 2, anchor: "centre" });
  }
  canvas.text(LEFT + width / 2, rateBottom + 40, "time (s)", INK, { scale: 2, anchor: "centre" });

  const every = Math.ceil(NAME_PITCH / pitch);
  names.forEach((name, k) => {
    if (k % every === 0) canvas.text(LEFT - 10, TOP + (k + 0.5) * pitch, name, INK, { scale: 2, anchor: "right" });
  });
  events.cell.forEach((k, i) => {
    const strength = events.sd[i] > 0 && events.sd[i] < Infinity ? Math.min(1, 0.4 + 0.06 * events.sd[i]) : 1;
    const x = Math.round(columnOf(events.seconds[i]));
    canvas.rectangle(x, TOP + k * pitch, 2, Math.max(2, pitch - 1), EVENT, strength);
  });
  drawRate(canvas, raster, seconds, rateTop);

  const all = events.cell.length;
  canvas.text(LEFT, 20, `${all} ${all === 1 ? "event" : "events"} of ${cells} ${cells === 1 ? "cell" : "cells"}`, INK, {
    scale: 2,
  });
  canvas.rectangle(LEFT - 1, TOP, 1, bottom - TOP, INK);
  canvas.rectangle(LEFT - 1, rateTop, 1, RATE, INK);
  return canvas;
}

/** The rate as steps, one per bin; where a column stands for several bins, their largest. Events per cell and minute. */
function drawRate(canvas: Canvas, { bin, bins, rate }: EventRaster, seconds: number, top: number): void {
  const width = WIDTH - LEFT - RIGHT, most = 60 * rate.reduce((high, value) => Math.max(high, value), 0);
  for (let column = 0; column < width; column++) {
    const first = Math.min(bins - 1, Math.floor(column / width * seconds / bin));
    const last = Math.max(first, Math.min(bins - 1, Math.ceil((column + 1) / width * seconds / bin) - 1));
    let value = 0;
    for (let i = first; i <= last; i++) value = Math.max(value, 60 * rate[i]);
    const height = most > 0 ? Math.round(value / most * (RATE - 4)) : 0;
    canvas.rectangle(LEFT + column, top + RATE - height, 1, height, RATE_COLOUR);
  }
  canvas.text(LEFT - 10, top + 5, most > 0 ? shortNumber(most, most) : "", INK, { scale: 2, anchor: "right" });
  canvas.text(LEFT - 10, top + RATE - 4, "0", INK, { scale: 2, anchor: "right" });
  canvas.text(LEFT, top - 13, `events per cell and minute, in bins of ${shortNumber(bin, bin)} s`, INK, { scale: 2 });
}
