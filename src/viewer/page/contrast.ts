/// <reference lib="dom" />
/** The contrast of what the layer shows: a histogram with two handles. */
import { type ComponentChildren, useEffect, useRef } from "./libraries/preact.ts";
import type { App, Contrast } from "./app.ts";
import { colourMap, mapColour } from "./colour_maps.ts";
import { button, el, textOf } from "./element.ts";
import { showNumber } from "./numbers.ts";
import type { Pictures } from "./pictures.ts";
import { useStore } from "./store.ts";

const STEPS = 500, BINS = 96;

/** The control. */
export function ContrastControl(
  { app, pictures }: { readonly app: App; readonly pictures: Pictures },
): ComponentChildren {
  const picture = useStore(app, (state) => state.picture), contrasts = useStore(app, (state) => state.contrasts);
  const map = useStore(app, (state) => state.map), canvas = useRef<HTMLCanvasElement>(null);
  const reach = useRef<{ readonly key: string; readonly range: Contrast } | null>(null);
  const values = picture?.values, key = picture?.key ?? "";
  const contrast = contrasts[key] ?? picture?.contrast ?? { low: 0, high: 1 };
  // The track keeps its ends while frames go by.
  if (picture && reach.current?.key !== key) reach.current = { key, range: reachOf(picture.values, picture.contrast) };
  const range = reach.current?.range ?? { low: 0, high: 1 }, span = range.high - range.low;
  useEffect(() => {
    if (values) paintHistogram(canvas.current!, values, range, contrast, map);
  }, [values, range, contrast.low, contrast.high, map]);
  const set = (next: Contrast) => app.set({ contrasts: { ...app.state.contrasts, [key]: next } });
  const handle = (end: "low" | "high", label: string) =>
    el("input", {
      type: "range",
      class: end,
      min: 0,
      max: STEPS,
      step: 1,
      "aria-label": label,
      "aria-valuetext": showNumber(contrast[end]),
      value: Math.round((contrast[end] - range.low) / span * STEPS),
      onInput: (event) => {
        const value = range.low + Number(textOf(event)) / STEPS * span, least = span / STEPS;
        set(
          end === "low"
            ? { low: Math.min(value, contrast.high - least), high: contrast.high }
            : { low: contrast.low, high: Math.max(value, contrast.low + least) },
        );
      },
    });
  const suit = () => {
    const { [key]: _, ...others } = app.state.contrasts;
    app.set({ contrasts: others });
    const { layer } = app.state;
    if ("frame" in layer) pictures.suitFrames(layer.frame);
  };
  return el(
    "div",
    { class: "contrast", role: "group", "aria-label": "Contrast" },
    el("output", { class: "end" }, showNumber(contrast.low)),
    el(
      "div",
      { class: "track" },
      el("canvas", { ref: canvas, width: 192, height: 26 }),
      handle("low", "Darkest value"),
      handle("high", "Brightest value"),
    ),
    el("output", { class: "end" }, showNumber(contrast.high)),
    button("Auto", suit, { title: "The contrast that suits this image", kind: "small" }),
  );
}

/** All values, and a bit more than the contrast. */
function reachOf(values: Float32Array, { low, high }: Contrast): Contrast {
  let least = low, most = high;
  for (const value of values) {
    if (value < least && value > -Infinity) least = value;
    if (value > most && value < Infinity) most = value;
  }
  const margin = 0.6 * (high - low);
  // A few bright pixels must not push the handles together.
  return {
    low: Math.max(least, low - 2 * margin),
    high: Math.min(most, high + 4 * margin) > high ? Math.min(most, high + 4 * margin) : high + margin,
  };
}

function paintHistogram(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  range: Contrast,
  contrast: Contrast,
  mapName: string,
): void {
  const context = canvas.getContext("2d")!, counts = new Float64Array(BINS), { width, height } = canvas;
  const step = Math.max(1, Math.floor(values.length / 50_000)), factor = BINS / (range.high - range.low);
  for (let i = 0; i < values.length; i += step) {
    const bin = (values[i] - range.low) * factor;
    if (bin >= 0 && bin <= BINS) counts[Math.min(BINS - 1, bin | 0)]++;
  }
  const most = Math.sqrt(Math.max(1, ...counts)), map = colourMap(mapName);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas), rest = style.getPropertyValue("--faint") || "#888";
  for (let bin = 0; bin < BINS; bin++) {
    const value = range.low + (bin + 0.5) / factor, position = (value - contrast.low) / (contrast.high - contrast.low);
    const tall = Math.sqrt(counts[bin]) / most * (height - 5);
    context.fillStyle = rest;
    context.fillRect(bin * width / BINS, height - 4 - tall, width / BINS, tall);
    context.fillStyle = mapColour(map, position);
    context.fillRect(bin * width / BINS, height - 4, width / BINS + 1, 4);
  }
}
