import { Canvas, textWidth } from "./canvas.ts";
import type { Colour } from "./colours.ts";
import { columnOf, type CurveArea, drawCurve, drawnSingly, framesOf, rangeOf } from "./curve.ts";
import { shortNumber, ticks, ticksBetween } from "./ticks.ts";

const WIDTH = 1500, LEFT = 86, RIGHT = 24, TOP = 36, GAP = 42, BOTTOM = 62;

const PAPER: Colour = [255, 255, 255], INK: Colour = [40, 40, 44], PALE: Colour = [226, 226, 230];
const MARK: Colour = [208, 32, 38];

/** Rows of a mark above a curve. */
const MARK_ROWS = 9;

/** Movies of at most this many frames get a dot per frame: with so few a line alone hides where they are. */
const DOTTED = 120;

/** A line in a panel. */
export interface PanelCurve {
  /** One value per frame; values that are not numbers are passed over. */
  readonly values: Float32Array;
  /** Its colour. */
  readonly colour: Colour;
  /** Its name in the legend; without one it is not named. */
  readonly name?: string;
}

/** A range around a line. */
export interface PanelBand {
  /** Lower end in each frame. */
  readonly low: Float32Array;
  /** Upper end in each frame. */
  readonly high: Float32Array;
  /** Its colour. */
  readonly colour: Colour;
  /** Its name in the legend; without one it is not named. */
  readonly name?: string;
}

/** Curves over time that share an axis. */
export interface TimePanel {
  /** What the values are, and their unit, above it. */
  readonly label: string;
  /** Its height, pixels. */
  readonly height: number;
  /** Drawn first. */
  readonly band?: PanelBand;
  /** Drawn one over the other. */
  readonly curves: readonly PanelCurve[];
  /** The axis reaches at least from the first to the second of these. */
  readonly reach?: readonly [number, number];
  /** Values that are drawn as broken lines, "limit" in the legend, where the axis reaches them. */
  readonly limits?: readonly number[];
}

/** A picture of curves over time. */
export interface TimePicture {
  /** Frames. */
  readonly frames: number;
  /** Frames per second; without it the axis counts frames. */
  readonly frameRate?: number;
  /** From above. */
  readonly panels: readonly TimePanel[];
  /** Frames that get a mark at the top of every panel. */
  readonly marked?: ReadonlySet<number>;
  /** What the marks mean. */
  readonly markName?: string;
}

/** One panel, laid out. */
interface Placed {
  readonly panel: TimePanel;
  readonly top: number;
  readonly low: number;
  readonly high: number;
  readonly rowOf: (value: number) => number;
}

const AREA: CurveArea = { left: LEFT, width: WIDTH - LEFT - RIGHT };

/** Draws curves over time in panels one below the other, over one axis of time. Long movies show the range of each column's frames. */
export function timePicture(picture: TimePicture): Canvas {
  const { panels, frames } = picture;
  const height = TOP + panels.reduce((sum, panel) => sum + panel.height + GAP, -GAP) + BOTTOM;
  const canvas = new Canvas(WIDTH, height, PAPER);
  const all: Placed[] = [];
  for (const panel of panels) {
    const above = all.at(-1), placed = place(panel, above ? above.top + above.panel.height + GAP : TOP);
    all.push(placed);
    drawGrid(canvas, placed, picture);
    if (panel.band) drawBand(canvas, panel.band, frames, placed);
    for (const curve of panel.curves) drawLine(canvas, curve, placed);
    drawMarks(canvas, picture, placed.top);
  }
  drawTimes(canvas, picture, height - BOTTOM);
  drawLegend(canvas, picture, all);
  return canvas;
}

function place(panel: TimePanel, top: number): Placed {
  const all = [...panel.curves.map(({ values }) => values), ...(panel.band ? [panel.band.low, panel.band.high] : [])];
  const finite = all.map((values) => rangeOf(values.filter(Number.isFinite)));
  let low = Math.min(...finite.map(([least]) => least), ...(panel.reach ? [panel.reach[0]] : []));
  let high = Math.max(...finite.map(([, most]) => most), ...(panel.reach ? [panel.reach[1]] : []));
  if (!(high > low)) {
    low -= 0.5;
    high += 0.5;
  }
  const inside = panel.height - MARK_ROWS - 6;
  // What cannot be placed has no row; the canvas draws nothing there.
  const rowOf = (value: number) =>
    Number.isFinite(value) ? top + MARK_ROWS + 3 + (high - value) / (high - low) * inside : NaN;
  return { panel, top, low, high, rowOf };
}

function drawGrid(canvas: Canvas, placed: Placed, picture: TimePicture): void {
  const { panel, top, low, high, rowOf } = placed;
  const { left, width } = AREA;
  for (const value of ticksBetween(low, high, Math.max(2, panel.height / 45))) {
    const y = Math.round(rowOf(value));
    canvas.rectangle(left, y, width, 1, PALE);
    canvas.text(left - 8, y, shortNumber(value, high - low), INK, { scale: 2, anchor: "right" });
  }
  for (const { column } of timeTicks(picture)) canvas.rectangle(column, top, 1, panel.height, PALE);
  for (const limit of reachedLimits(placed)) {
    for (let x = left; x < left + width; x += 8) canvas.rectangle(x, Math.round(rowOf(limit)), 4, 1, MARK);
  }
  canvas.rectangle(left - 1, top, 1, panel.height, INK);
  canvas.text(left, top - 16, panel.label, INK, { scale: 2 });
}

function drawBand(canvas: Canvas, { low, high, colour }: PanelBand, frames: number, { rowOf }: Placed): void {
  for (let column = 0; column < AREA.width; column++) {
    const [least, most] = drawnSingly(frames, AREA)
      ? between(low, high, frames > 1 ? column / (AREA.width - 1) * (frames - 1) : 0)
      : [
        rangeOf(low.subarray(...framesOf(column, frames, AREA)))[0],
        rangeOf(high.subarray(...framesOf(column, frames, AREA)))[1],
      ];
    const top = Math.round(rowOf(most)), bottom = Math.round(rowOf(least));
    if (Number.isFinite(top + bottom)) canvas.rectangle(AREA.left + column, top, 1, bottom - top + 1, colour);
    // A single frame has no length over time.
    if (frames === 1 && column === 2) return;
  }
}

/** The band at a time between two frames. */
function between(low: Float32Array, high: Float32Array, time: number): [number, number] {
  const before = Math.floor(time), after = Math.min(before + 1, low.length - 1), part = time - before;
  return [low[before] * (1 - part) + low[after] * part, high[before] * (1 - part) + high[after] * part];
}

function drawLine(canvas: Canvas, { values, colour }: PanelCurve, { rowOf }: Placed): void {
  drawCurve(canvas, values, AREA, rowOf, colour, 1.4);
  if (values.length > DOTTED) return;
  values.forEach((value, t) => {
    const x = columnOf(t, values.length, AREA), y = rowOf(value);
    if (Number.isFinite(y)) canvas.line(x, y, x, y, colour, 5);
  });
}

function drawMarks(canvas: Canvas, { marked, frames }: TimePicture, top: number): void {
  for (const frame of marked ?? []) {
    canvas.rectangle(Math.round(columnOf(frame, frames, AREA)) - 1, top, 3, MARK_ROWS, MARK);
  }
}

function timeTicks({ frames, frameRate }: TimePicture): { column: number; text: string }[] {
  const rate = frameRate ?? 1, end = Math.max(0, frames - 1) / rate;
  const chosen = ticks(end, Math.min(10, frameRate === undefined ? Math.max(1, frames - 1) : 10));
  return chosen.map((time) => ({ column: Math.round(columnOf(time * rate, frames, AREA)), text: String(time) }));
}

function drawTimes(canvas: Canvas, picture: TimePicture, bottom: number): void {
  for (const { column, text } of timeTicks(picture)) {
    canvas.text(column, bottom + 16, text, INK, { scale: 2, anchor: "centre" });
  }
  const name = picture.frameRate === undefined ? "frame" : "time (s)";
  canvas.text(AREA.left + AREA.width / 2, bottom + 42, name, INK, { scale: 2, anchor: "centre" });
}

/** How an entry of the legend is drawn. */
type Sample = "line" | "band" | "mark" | "limit";

/** Names of curves, bands, marks and limits at the top right. */
function drawLegend(canvas: Canvas, { panels, marked, markName }: TimePicture, placed: readonly Placed[]): void {
  const entries: { name: string; colour: Colour; sample: Sample }[] = [];
  for (const { curves, band } of panels) {
    for (const { name, colour } of curves) if (name !== undefined) entries.push({ name, colour, sample: "line" });
    if (band?.name !== undefined) entries.push({ name: band.name, colour: band.colour, sample: "band" });
  }
  if (placed.some((one) => reachedLimits(one).length > 0)) {
    entries.push({ name: "limit", colour: MARK, sample: "limit" });
  }
  if (marked && marked.size > 0 && markName !== undefined) {
    entries.push({ name: markName, colour: MARK, sample: "mark" });
  }
  let x = WIDTH - RIGHT - entries.reduce((sum, { name }) => sum + 30 + textWidth(name, 2) + 26, -26);
  for (const { name, colour, sample } of entries) {
    if (sample === "line") canvas.rectangle(x, 19, 22, 3, colour);
    else if (sample === "band") canvas.rectangle(x, 14, 22, 12, colour);
    else if (sample === "mark") canvas.rectangle(x + 16, 15, 3, MARK_ROWS, colour);
    else for (const dash of [0, 8, 16]) canvas.rectangle(x + dash, 20, 4, 1, colour);
    canvas.text(x + 30, 20, name, INK, { scale: 2 });
    x += 30 + textWidth(name, 2) + 26;
  }
}

/** The limits within a panel's axis. */
function reachedLimits({ panel: { limits = [] }, low, high }: Placed): number[] {
  return limits.filter((limit) => limit >= low && limit <= high);
}
