/// <reference lib="dom" />
/** The parameter inspector: sliders over the initialiser's own images and its seeds, and the command to run with them. */
import { type ComponentChildren, h, useEffect, useState } from "./libraries/preact.ts";
import type { InspectRequest } from "../messages.ts";
import type { App } from "./app.ts";
import { button, el, textOf, tick } from "./element.ts";
import { commandLine, type Inspect } from "./inspect.ts";
import { showNumber } from "./numbers.ts";
import { useStore } from "./store.ts";

interface Slider {
  readonly name: keyof InspectRequest;
  readonly label: string;
  readonly hint: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const SLIDERS: readonly Slider[] = [
  {
    name: "gSig",
    label: "Width of a cell",
    hint: "Standard deviation of its shape, pixels: a quarter of its diameter. Makes new images",
    from: 1,
    to: 15,
    step: 0.5,
  },
  {
    name: "gSiz",
    label: "Diameter of a cell",
    hint: "Pixels. The dashed ring at the pointer is this large. Makes new images",
    from: 3,
    to: 61,
    step: 1,
  },
  {
    name: "min_corr",
    label: "Least correlation",
    hint: "Of a pixel with its neighbours, where a cell may start",
    from: 0,
    to: 1,
    step: 0.01,
  },
  { name: "min_pnr", label: "Least peak-to-noise ratio", hint: "Where a cell may start", from: 0, to: 40, step: 0.1 },
];

/** The panel. */
export function InspectorPanel({ app, inspect }: { readonly app: App; readonly inspect: Inspect }): ComponentChildren {
  const session = useStore(app, (state) => state.session), inspection = useStore(app, (state) => state.inspection);
  useEffect(() => {
    // Images of a movie are made as soon as it is opened; in results they have to be asked for, as they take their time.
    if (session.mode === "movie" && !inspection.foundBy && !inspection.progress) inspect.find();
  }, []);
  if (!session.hasMovie) {
    return el(
      "div",
      { class: "panel text" },
      el("p", null, "Parameters are tried on the movie, which is not there. ", session.movieProblem ?? ""),
    );
  }
  const { request, progress, seeds, foundBy, error, dims } = inspection;
  const isCurrent = foundBy !== undefined && SLIDERS.every(({ name }) => foundBy[name] === request[name]);
  return el(
    "div",
    { class: "panel text inspector" },
    el("p", { class: "hint" }, "What the search for cells sees in this movie with these parameters, before any run."),
    ...SLIDERS.map((slider) => h(ParameterSlider, { slider, value: request[slider.name], inspect, key: slider.name })),
    el(
      "div",
      { class: "seeds", "data-seeds": isCurrent && seeds ? seeds.length : "", "aria-live": "polite" },
      progress ? h(Progress, { ...progress, stop: () => inspect.stop() }) : null,
      error === undefined ? null : el("p", { class: "problem", role: "alert" }, error),
      !progress && !foundBy && error === undefined
        ? el("p", null, button("Make the images", () => inspect.find(), { title: "Goes through the movie once" }))
        : null,
      seeds && !progress
        ? el(
          "p",
          { class: "count" },
          el("b", null, `${seeds.length}`),
          seeds.length === 1
            ? " seed: a place where a cell would be started"
            : " seeds: places where cells would be started first",
        )
        : null,
    ),
    foundBy
      ? tick(
        "Dim what is below the thresholds",
        dims,
        (isOn) => app.set({ inspection: { ...app.state.inspection, dims: isOn } }),
      )
      : null,
    h(CommandLine, { text: commandLine(session, request) }),
  );
}

function ParameterSlider(
  { slider: { name, label, hint, from, to, step }, value, inspect }: {
    readonly slider: Slider;
    readonly value: number;
    readonly inspect: Inspect;
  },
): ComponentChildren {
  const most = Math.max(to, value),
    set = (text: string) => {
      const number = Number(text);
      if (text.trim() !== "" && Number.isFinite(number)) {
        inspect.change({ [name]: Math.min(most, Math.max(from, number)) });
      }
    };
  return el(
    "div",
    { class: "slider" },
    el("label", { class: "what", for: `inspect-${name}` }, label, el("code", null, name)),
    el("input", {
      type: "range",
      id: `inspect-${name}`,
      min: from,
      max: most,
      step,
      value,
      "data-parameter": name,
      "aria-valuetext": showNumber(value),
      title: hint,
      onInput: (event) => set(textOf(event)),
    }),
    el("input", {
      type: "number",
      class: "number",
      min: from,
      max: most,
      step,
      value,
      "aria-label": label,
      "data-number": name,
      onChange: (event) => set(textOf(event)),
    }),
    el("small", null, hint),
  );
}

const STAGES: Readonly<Record<string, string>> = { statistics: "Looking at every pixel", images: "Making the images" };

function Progress(
  { fraction, stage, stop }: { readonly fraction: number; readonly stage: string; readonly stop: () => void },
): ComponentChildren {
  return el(
    "div",
    { class: "progress" },
    el("span", null, `${STAGES[stage] ?? "Making the images"} … ${Math.round(100 * fraction)} %`),
    el("progress", { value: fraction, max: 1, "aria-label": "Images" }),
    button("Stop", stop, { kind: "small" }),
  );
}

function CommandLine({ text }: { readonly text: string }): ComponentChildren {
  const [said, say] = useState("");
  // Lines break between flags only.
  const parts = text.split(/ (?=--)/).flatMap((part, i) => [i > 0 ? " " : "", el("span", { key: i }, part)]);
  useEffect(() => say(""), [text]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      say("Select it and copy it by hand");
    }
  };
  return el(
    "div",
    { class: "command" },
    el("h3", null, "To run with these"),
    el("code", { class: "line", "data-command": "run", tabIndex: 0 }, ...parts),
    el("div", { class: "buttons" }, button("Copy", () => void copy()), el("span", { role: "status" }, said)),
  );
}
