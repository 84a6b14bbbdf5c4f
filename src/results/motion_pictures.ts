import type { Motion } from "../core/motion.ts";
import { Canvas, textWidth } from "./canvas.ts";
import { BLACK, type Colour, GREY, WHITE } from "./colours.ts";
import { contrastRange, stretched } from "./contrast.ts";
import { encodePng } from "./png.ts";
import { type PanelBand, timePicture } from "./time_panels.ts";

const BEFORE: Colour = [164, 166, 174], AFTER: Colour = [20, 92, 168], BAND: Colour = [176, 208, 240];
const FLOW: Colour = [150, 84, 20];

/** The pictures of a motion correction, by file name. */
export const MOTION_PICTURES: Readonly<Record<string, (motion: Motion) => Uint8Array>> = {
  /** Displacements over time. */
  "shifts.png": (motion) => encodePng(shiftsPicture(motion)),
  /** Correlation with the template before and after, and what motion is left, over time. */
  "registration.png": (motion) => encodePng(registrationPicture(motion)),
  /** Means before and after, and the template. */
  "template.png": (motion) => encodePng(templatePicture(motion)),
};

/**
 * Displacement of every frame over time, x above and y below at the same scale, with the range over the nodes when they move on their own.
 * Outliers are marked, and the limit of the displacements is drawn where it is near.
 */
export function shiftsPicture(motion: Motion): Canvas {
  const { shifts: { frames, rigid, local }, movie, parameters } = motion;
  const axes = ["x", "y"].map((name, axis) => {
    const values = Float32Array.from({ length: frames }, (_, t) => rigid[2 * t + axis]);
    const band = local && bandOf(local.values, frames, axis);
    return { name, values, band };
  });
  const every = axes.flatMap(({ values, band }) => [values, ...(band ? [band.low, band.high] : [])]);
  const reach = extent(every);
  return timePicture({
    frames,
    ...rate(movie.frameRate),
    panels: axes.map(({ name, values, band }, axis) => ({
      label: `displacement ${name}, pixels`,
      height: 220,
      reach,
      limits: [-parameters.max_shifts, parameters.max_shifts],
      curves: [{ values, colour: AFTER, ...(axis === 0 && local ? { name: "whole frame" } : {}) }],
      ...(band ? { band: axis === 0 ? { ...band, name: "range over the field" } : band } : {}),
    })),
    ...marks(motion),
  });
}

/** Correlation of every frame with the template before and after the correction, and below it the residual optical flow. */
export function registrationPicture(motion: Motion): Canvas {
  const { quality, shifts: { frames }, movie } = motion;
  const { residualFlow, flowBin } = quality;
  const last = residualFlow.length - 1;
  const flow = Float32Array.from(
    { length: last < 0 ? 0 : frames },
    (_, t) => residualFlow[Math.min(last, Math.floor(t / flowBin))],
  );
  return timePicture({
    frames,
    ...rate(movie.frameRate),
    panels: [
      {
        label: "correlation with the template",
        height: 260,
        curves: [
          { values: quality.correlationBefore, colour: BEFORE, name: "before" },
          { values: quality.correlationAfter, colour: AFTER, name: "after" },
        ],
      },
      { label: "residual flow, pixels", height: 150, reach: [0, 0.01], curves: [{ values: flow, colour: FLOW }] },
    ],
    ...marks(motion),
  });
}

/** Side by side and at the same contrast: the mean before, the mean after and the template, with the border to exclude. */
export function templatePicture({ template, quality, shifts: { width, height } }: Motion): Canvas {
  const { meanBefore, meanAfter, border, crispnessBefore, crispnessAfter } = quality;
  const fields = [
    { image: meanBefore, title: "mean before", note: `crispness ${Number(crispnessBefore.toPrecision(4))}` },
    { image: meanAfter, title: "mean after", note: `crispness ${Number(crispnessAfter.toPrecision(4))}` },
    { image: template, title: "template", note: "" },
  ];
  const scale = Math.min(6, Math.max(1, Math.round(SIDE / Math.max(width, height))));
  const slot = Math.max(
    width * scale,
    ...fields.flatMap(({ title, note }) => [textWidth(title, 2), textWidth(note, 2)]),
  );
  const canvas = new Canvas(MARGIN + 3 * (slot + MARGIN), HEAD + height * scale + FOOT, [16, 16, 18]);
  const together = new Float32Array(3 * width * height);
  fields.forEach(({ image }, i) => together.set(image, i * width * height));
  const range = contrastRange(together);
  fields.forEach(({ image, title, note }, i) => {
    const left = MARGIN + i * (slot + MARGIN);
    canvas.text(left, 16, title, WHITE, { scale: 2 });
    canvas.text(left, 38, note, [170, 170, 176], { scale: 2 });
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = image[y * width + x];
        const colour = Number.isFinite(value) ? GREY[Math.round(255 * stretched(value, range))] : BLACK;
        canvas.rectangle(left + x * scale, HEAD + y * scale, scale, scale, colour);
      }
    }
    const right = width - border.right, bottom = height - border.bottom;
    frame(canvas, left + border.left * scale, HEAD + border.top * scale, left + right * scale, HEAD + bottom * scale);
  });
  const { left, top, right, bottom } = border;
  const edges = `border to exclude (outside the line): left ${left}, top ${top}, right ${right}, bottom ${bottom}`;
  const fits = textWidth(edges, 2) <= canvas.width - 2 * MARGIN;
  canvas.text(MARGIN, HEAD + height * scale + FOOT / 2, edges, LINE, { scale: fits ? 2 : 1 });
  return canvas;
}

/** Fields are enlarged until their longer side is about this many pixels. */
const SIDE = 480;
const MARGIN = 16, HEAD = 56, FOOT = 34;
const LINE: Colour = [90, 230, 255];

/** Outlines the rows and columns from the first to before the second corner. */
function frame(canvas: Canvas, left: number, top: number, right: number, bottom: number): void {
  if (right <= left || bottom <= top) return;
  canvas.rectangle(left, top, right - left, 1, LINE);
  canvas.rectangle(left, bottom - 1, right - left, 1, LINE);
  canvas.rectangle(left, top, 1, bottom - top, LINE);
  canvas.rectangle(right - 1, top, 1, bottom - top, LINE);
}

/** The least and the largest displacement of the nodes along an axis in each frame. */
function bandOf(values: Float32Array, frames: number, axis: number): PanelBand {
  const low = new Float32Array(frames).fill(Infinity), high = new Float32Array(frames).fill(-Infinity);
  const perFrame = values.length / frames;
  for (let t = 0; t < frames; t++) {
    for (let i = t * perFrame + axis; i < (t + 1) * perFrame; i += 2) {
      low[t] = Math.min(low[t], values[i]);
      high[t] = Math.max(high[t], values[i]);
    }
  }
  return { low, high, colour: BAND };
}

/** The least and the largest finite value of several traces, and at least half a pixel around 0. */
function extent(traces: readonly Float32Array[]): [number, number] {
  let low = -0.5, high = 0.5;
  for (const trace of traces) {
    for (const value of trace) {
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  return [low, high];
}

function rate(frameRate: number | undefined): { frameRate?: number } {
  return frameRate === undefined ? {} : { frameRate };
}

function marks({ quality: { outliers } }: Motion): { marked: ReadonlySet<number>; markName: string } {
  const marked = new Set(outliers.map(({ frame }) => frame));
  return { marked, markName: marked.size === 1 ? "1 outlier" : `${marked.size} outliers` };
}
