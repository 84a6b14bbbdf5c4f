import type { Spectrogram } from "../traces/signals/spectrogram.ts";
import { Canvas } from "./canvas.ts";
import { type Colour, HEAT } from "./colours.ts";
import { contrastRange, stretched } from "./contrast.ts";
import { columnOf, type CurveArea, drawCurve, rangeOf } from "./curve.ts";
import { shortNumber, ticks, ticksBetween } from "./ticks.ts";

const WIDTH = 1500, LEFT = 110, RIGHT = 190, TOP = 76, CURVE = 120, GAP = 46, HEIGHT = 420, BOTTOM = 62;
const BAR = { gap: 24, width: 18 } as const;

const PAPER: Colour = [255, 255, 255], INK: Colour = [40, 40, 44], PALE: Colour = [226, 226, 230];
const LINE: Colour = [20, 92, 168], EMPTY: Colour = [236, 236, 240];

/** What a picture of a spectrogram shows. */
export interface SpectrogramPicture {
  /** What the signal is. */
  readonly title: string;
  /** Its unit. */
  readonly unit: string;
  /** One value per frame. */
  readonly signal: Float64Array;
  /** Frames per second. */
  readonly rate: number;
  /** Its spectrogram. */
  readonly spectrogram: Spectrogram;
}

/**
 * A signal and below it its spectrogram over the same axis of time, power in decibels of one squared unit per Hz; each window's column is as
 * wide as the step between windows. Grey where no window has its middle.
 */
export function spectrogramPicture(picture: SpectrogramPicture): Canvas {
  const canvas = new Canvas(WIDTH, TOP + CURVE + GAP + HEIGHT + BOTTOM, PAPER), { signal, rate } = picture;
  const area: CurveArea = { left: LEFT, width: WIDTH - LEFT - RIGHT }, top = TOP + CURVE + GAP;
  canvas.text(LEFT, 20, `${picture.title}, multitaper spectrogram`, INK, { scale: 2 });
  drawTimes(canvas, area, signal.length, rate);
  drawSignal(canvas, area, picture);
  drawPower(canvas, area, picture, top);
  return canvas;
}

function drawTimes(canvas: Canvas, area: CurveArea, frames: number, rate: number): void {
  const bottom = TOP + CURVE + GAP + HEIGHT;
  for (const seconds of ticks((frames - 1) / rate, 10)) {
    const x = Math.round(columnOf(seconds * rate, frames, area));
    canvas.rectangle(x, TOP, 1, CURVE, PALE);
    canvas.rectangle(x, bottom, 1, 6, INK);
    canvas.text(x, bottom + 18, String(seconds), INK, { scale: 2, anchor: "centre" });
  }
  canvas.text(area.left + area.width / 2, bottom + 44, "time (s)", INK, { scale: 2, anchor: "centre" });
}

function drawSignal(canvas: Canvas, area: CurveArea, { signal, unit }: SpectrogramPicture): void {
  const values = Float32Array.from(signal), [low, most] = rangeOf(values), high = most > low ? most : low + 1;
  const rowOf = (value: number) => TOP + 2 + (high - value) / (high - low) * (CURVE - 5);
  for (const value of ticksBetween(low, high, 3)) {
    const y = Math.round(rowOf(value));
    canvas.rectangle(area.left, y, area.width, 1, PALE);
    canvas.text(area.left - 8, y, shortNumber(value, high - low), INK, { scale: 2, anchor: "right" });
  }
  canvas.text(area.left, TOP - 16, `signal (${unit})`, INK, { scale: 2 });
  canvas.rectangle(area.left - 1, TOP, 1, CURVE, INK);
  drawCurve(canvas, values, area, rowOf, LINE, 1.4);
}

function drawPower(canvas: Canvas, area: CurveArea, picture: SpectrogramPicture, top: number): void {
  const { signal, rate, unit, spectrogram: { times, frequencies, power } } = picture, rows = frequencies.length;
  const decibels = Float32Array.from(power, (value) => 10 * Math.log10(value)),
    range = contrastRange(decibels, 2, 99.8);
  const step = times.length > 1 ? times[1] - times[0] : signal.length / rate;
  const perRow = HEIGHT / rows, seconds = Math.max(1, signal.length - 1) / rate;
  for (let x = 0; x < area.width; x++) {
    const window = Math.round((x / (area.width - 1) * seconds - times[0]) / step);
    const isThere = window >= 0 && window < times.length;
    for (let y = 0; y < HEIGHT; y++) {
      const row = rows - 1 - Math.floor(y / perRow), value = decibels[window * rows + row];
      const colour = isThere ? HEAT[Math.round(255 * stretched(value, range))] : EMPTY;
      canvas.blend(area.left + x, top + y, colour);
    }
  }
  const scale = `frequency (Hz), power in dB: 0 dB is 1 (${unit}) squared per Hz`;
  canvas.text(area.left, top - 16, scale, INK, { scale: 2 });
  canvas.rectangle(area.left - 1, top, 1, HEIGHT, INK);
  const first = frequencies[0], last = frequencies[rows - 1];
  for (const value of rows > 1 ? ticksBetween(first, last, 6) : [first]) {
    const y = Math.round(
      top + HEIGHT - (rows > 1 ? (value - first) / (last - first) * (rows - 1) + 0.5 : 0.5) * perRow,
    );
    canvas.rectangle(area.left - 7, y, 6, 1, INK);
    canvas.text(area.left - 12, y, shortNumber(value, last - first || 1), INK, { scale: 2, anchor: "right" });
  }
  const left = area.left + area.width + BAR.gap;
  for (let y = 0; y < HEIGHT; y++) {
    canvas.rectangle(left, top + y, BAR.width, 1, HEAT[Math.round(255 * (1 - y / (HEIGHT - 1)))]);
  }
  for (const value of ticksBetween(range.low, range.high, 6)) {
    const y = Math.round(top + (range.high - value) / (range.high - range.low) * (HEIGHT - 1));
    canvas.text(left + BAR.width + 8, y, shortNumber(value, range.high - range.low), INK, { scale: 2 });
  }
  canvas.text(left, top - 16, "power (dB)", INK, { scale: 2 });
}
