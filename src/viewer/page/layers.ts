/// <reference lib="dom" />
/** What is shown on the image: layer, colour map, contrast, and how contours look. */
import { type ComponentChildren, h } from "./libraries/preact.ts";
import type { FrameKind } from "../messages.ts";
import type { App, Layer } from "./app.ts";
import { imagesOf, layerKey } from "./app.ts";
import { colourMap, MAP_NAMES, mapColour } from "./colour_maps.ts";
import { measureRange } from "./cell_order.ts";
import { MEASURE_MAP, STATE_COLOURS } from "./contour_paint.ts";
import { ContrastControl } from "./contrast.ts";
import { choice, el, textOf, tick } from "./element.ts";
import { measureTitle, showNumber } from "./numbers.ts";
import { FRAME_TITLES, type Pictures } from "./pictures.ts";
import { useStore } from "./store.ts";

/** The bar above the image. */
export function LayerBar({ app, pictures }: { readonly app: App; readonly pictures: Pictures }): ComponentChildren {
  const map = useStore(app, (state) => state.map), mode = useStore(app, (state) => state.session.mode);
  return el(
    "div",
    { class: "bar layers", role: "group", "aria-label": "Image" },
    h(LayerChoice, { app }),
    choice("Colours", map, MAP_NAMES.map((name) => [name, name] as const), (name) => app.set({ map: name })),
    h(ContrastControl, { app, pictures }),
    mode === "results" ? h(ContourChoices, { app }) : null,
  );
}

function LayerChoice({ app }: { readonly app: App }): ComponentChildren {
  const session = useStore(app, (state) => state.session), layer = useStore(app, (state) => state.layer);
  const inspection = useStore(app, (state) => state.inspection);
  const images = imagesOf({ session, inspection });
  const kinds = (Object.keys(FRAME_TITLES) as FrameKind[]).filter((kind) =>
    session.mode === "results" || kind === "movie"
  );
  const choose = (key: string) => {
    const [sort, ...rest] = key.split(" "), name = rest.join(" ");
    const next: Layer = sort === "image" ? { image: name } : { frame: name as FrameKind };
    app.set({ layer: next });
  };
  return el(
    "label",
    { class: "choice" },
    el("span", null, "Image"),
    el(
      "select",
      { value: layerKey(layer), onChange: (event) => choose(textOf(event)), "data-control": "layer" },
      el(
        "optgroup",
        { label: "Images", key: "images" },
        ...images.map(({ name, title }) =>
          el("option", { value: `image ${name}`, key: name, selected: layerKey(layer) === `image ${name}` }, title)
        ),
      ),
      el(
        "optgroup",
        { label: "Frames", disabled: !session.hasMovie, key: "frames" },
        ...kinds.map((kind) =>
          el(
            "option",
            { value: `frame ${kind}`, key: kind, selected: layerKey(layer) === `frame ${kind}` },
            FRAME_TITLES[kind],
          )
        ),
      ),
    ),
  );
}

function ContourChoices({ app }: { readonly app: App }): ComponentChildren {
  const colourBy = useStore(app, (state) => state.colourBy), measures = useStore(app, (state) => state.measures);
  const contours = useStore(app, (state) => state.contours), rejected = useStore(app, (state) => state.rejected);
  return el(
    "div",
    { class: "contours", role: "group", "aria-label": "Contours" },
    tick("Contours", contours, (isOn) => app.set({ contours: isOn }), "C"),
    choice(
      "by",
      colourBy,
      [["state", "decision"], ["number", "cell"], ...measures.map((name) => [name, measureTitle(name)] as const)],
      (name) => app.set({ colourBy: name }),
    ),
    tick(
      "with set aside",
      rejected === "dashed",
      (isOn) => app.set({ rejected: isOn ? "dashed" : "hidden" }),
      "Show contours of cells that are set aside, dashed",
    ),
    h(Legend, { app }),
  );
}

/** What the colours of the contours mean. */
function Legend({ app }: { readonly app: App }): ComponentChildren {
  const colourBy = useStore(app, (state) => state.colourBy), cells = useStore(app, (state) => state.cells);
  if (colourBy === "number") return null;
  if (colourBy === "state") {
    return el(
      "span",
      { class: "legend" },
      el("i", { class: "line", style: { background: STATE_COLOURS.accepted } }),
      "accepted",
      el("i", { class: "line", style: { background: STATE_COLOURS.rejected } }),
      "set aside",
    );
  }
  const range = measureRange(cells, colourBy), map = colourMap(MEASURE_MAP);
  if (!range) return null;
  const stops = Array.from({ length: 9 }, (_, i) => mapColour(map, i / 8)).join(", ");
  return el(
    "span",
    { class: "legend" },
    showNumber(range[0]),
    el("i", { class: "ramp", style: { background: `linear-gradient(to right, ${stops})` } }),
    showNumber(range[1]),
  );
}
