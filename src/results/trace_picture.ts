import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { Canvas } from "./canvas.ts";
import { cellColour, type Colour } from "./colours.ts";
import { columnOf, drawCurve, rangeOf } from "./curve.ts";
import { ticks } from "./ticks.ts";
import { cellNames } from "./traces_csv.ts";

/** Cells shown at most. */
const SHOWN = 20;

const WIDTH = 1500, ROW = 62, LEFT = 96, RIGHT = 24, TOP = 48, BOTTOM = 56;

/** Where the curves lie. */
const AREA = { left: LEFT, width: WIDTH - LEFT - RIGHT };

/** Part of a row below the traces that the spikes take, pixels. */
const SPIKES = 12;

const PAPER: Colour = [255, 255, 255], INK: Colour = [40, 40, 44], PALE: Colour = [226, 226, 230];
const RAW: Colour = [158, 160, 168], SPIKE: Colour = [30, 30, 34];

/** Cells that were set aside. */
const ASIDE: Colour = [120, 120, 128];

/**
 * The strongest traces, one row per cell and each scaled to its own range: raw in grey, denoised in the cell's colour, and below them a tick
 * per spike, as high as the spike is strong; cells that were set aside are grey. Strongest means the largest denoised calcium compared with the trace's noise.
 */
export function tracePicture(extraction: Extraction): Canvas {
  const { frameRate, units, movie: { frames } } = extraction;
  const cells = strongestCells(extraction, SHOWN), names = cellNames(extraction);
  const canvas = new Canvas(WIDTH, TOP + Math.max(1, cells.length) * ROW + BOTTOM, PAPER);
  const bottom = TOP + Math.max(1, cells.length) * ROW;
  drawAxis(canvas, frames, frameRate, bottom);
  drawLegend(canvas, cells.length, extraction.footprints.count, units);
  cells.forEach((k, row) => drawCell(canvas, extraction, k, names[k], TOP + row * ROW));
  return canvas;
}

/** Cells in order of their largest denoised calcium over their noise; equal ones in order of number. */
function strongestCells({ traces, footprints, movie }: Extraction, most: number): number[] {
  const strength = Float64Array.from({ length: footprints.count }, (_, k) => {
    const [low, high] = rangeOf(traces.denoised.subarray(k * movie.frames, (k + 1) * movie.frames));
    return (high - low) / (traces.noise[k] > 0 ? traces.noise[k] : 1);
  });
  return Array.from(strength.keys()).sort((a, b) => strength[b] - strength[a] || a - b).slice(0, most);
}

function drawAxis(canvas: Canvas, frames: number, frameRate: number, bottom: number): void {
  const end = Math.max(0, frames - 1) / frameRate;
  for (const seconds of ticks(end, 10)) {
    const x = Math.round(columnOf(seconds * frameRate, frames, AREA));
    canvas.rectangle(x, TOP - 4, 1, bottom - TOP + 8, PALE);
    canvas.text(x, bottom + 16, String(seconds), INK, { scale: 2, anchor: "centre" });
  }
  canvas.text(LEFT + (WIDTH - LEFT - RIGHT) / 2, bottom + 40, "time (s)", INK, { scale: 2, anchor: "centre" });
}

function drawLegend(canvas: Canvas, shown: number, count: number, units: string): void {
  const some = shown < count
    ? `the ${shown} strongest of ${count} cells`
    : count === 1
    ? "1 cell"
    : `all ${count} cells`;
  const title = count === 0 ? "no cells found" : `${some}, ${units}, each scaled to its own range`;
  canvas.text(LEFT, 20, title, INK, { scale: 2 });
  let x = WIDTH - RIGHT - 370;
  for (const [name, colour] of [["raw", RAW], ["denoised", cellColour(0)], ["spikes", SPIKE]] as const) {
    canvas.line(x, 20, x + 22, 20, colour, 3);
    canvas.text(x + 30, 20, name, INK, { scale: 2 });
    x += 30 + 12 * name.length + 26;
  }
}

function drawCell(canvas: Canvas, extraction: Extraction, k: number, name: string, top: number): void {
  const { traces, movie: { frames }, quality } = extraction, isAccepted = quality?.accepted?.[k] !== 0;
  const of = (all: Float32Array) => all.subarray(k * frames, (k + 1) * frames);
  const raw = of(traces.raw), denoised = of(traces.denoised), spikes = of(traces.spikes);
  const [rawLow, rawHigh] = rangeOf(raw), [low, high] = rangeOf(denoised);
  const bottom = Math.min(rawLow, low), span = Math.max(rawHigh, high) - bottom || 1;
  const height = ROW - SPIKES - 8;
  const rowOf = (value: number) => top + height - (value - bottom) / span * height;
  const colour = isAccepted ? darker(cellColour(cellNumbers(extraction)[k])) : ASIDE;
  canvas.text(LEFT - 14, top + height / 2, name, isAccepted ? INK : ASIDE, { scale: 2, anchor: "right" });
  drawCurve(canvas, raw, AREA, rowOf, RAW, 1.1);
  drawCurve(canvas, denoised, AREA, rowOf, colour, isAccepted ? 1.8 : 1.2);
  const [, strongest] = rangeOf(spikes);
  for (let t = 0; t < frames; t++) {
    if (!(spikes[t] > 0.02 * strongest)) continue;
    const size = Math.max(2, Math.round(spikes[t] / strongest * SPIKES));
    canvas.rectangle(Math.round(columnOf(t, frames, AREA)), top + height + SPIKES + 2 - size, 1, size, SPIKE);
  }
}

/** Cell colours are made for dark ground; on paper they need to be darker. */
function darker(colour: Colour): Colour {
  return [colour[0] * 0.72, colour[1] * 0.72, colour[2] * 0.72];
}
