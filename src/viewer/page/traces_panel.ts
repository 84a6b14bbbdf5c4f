/// <reference lib="dom" />
/** The traces of the selected cells: fetched again in finer columns when the time that is shown changes. */
import { type ComponentChildren, h, useEffect, useRef, useState } from "./libraries/preact.ts";
import type { TracesMessage } from "../messages.ts";
import { complain, showRange } from "./actions.ts";
import { fetchTraces } from "./api.ts";
import type { App } from "./app.ts";
import { button, el, tick } from "./element.ts";
import { Overview } from "./overview.ts";
import { useStore } from "./store.ts";
import { TracesPlot } from "./traces_plot.ts";

/** Most cells whose traces are drawn at once. */
export const MOST_TRACES = 40;
const WAIT = 40;

/** The panel. */
export function TracesPanel({ app }: { readonly app: App }): ComponentChildren {
  const selected = useStore(app, (state) => state.selected), cells = useStore(app, (state) => state.cells);
  const range = useStore(app, (state) => state.range), kinds = useStore(app, (state) => state.kinds);
  const isOneScale = useStore(app, (state) => state.isOneScale), isDark = useStore(app, (state) => state.isDark);
  const units = useStore(app, (state) => state.session.units);
  const shown = selected.slice(0, MOST_TRACES), wanted = shown.join(",");
  const [message, take] = useState<TracesMessage | undefined>(undefined), [told, tell] = useState("");
  const element = useRef<HTMLDivElement>(null), plot = useRef<TracesPlot | null>(null);
  useEffect(() => {
    const one = new TracesPlot(element.current!, app, tell);
    plot.current = one;
    const observer = new ResizeObserver(() => one.resize());
    observer.observe(element.current!);
    const stop = app.subscribe((state, before) => {
      if (state.frame !== before.frame) one.time();
      if (state.range !== before.range) one.range();
    });
    return () => {
      observer.disconnect();
      stop();
      one.clear();
    };
  }, []);
  const last = useRef("");
  useEffect(() => {
    if (wanted === "") return take(undefined);
    const stop = new AbortController(), { frames } = app.state.session, { from, to } = app.state.range;
    // A margin on both sides lets the time be moved before the finer columns are there.
    const margin = (to - from) / 2,
      first = Math.max(0, Math.floor(from - margin)),
      end = Math.min(frames, Math.ceil(to + margin));
    // Rows that are a few points high need no column for every point of the screen.
    const density = shown.length > 20 ? 0.35 : shown.length > 8 ? 0.6 : 1, width = element.current!.clientWidth || 1000;
    const points = Math.ceil(density * width * (end - first) / (to - from));
    const ask = () =>
      fetchTraces(shown, first, end, Math.min(4000, points), stop.signal).then(
        (came) => came && take(came),
        (error) => complain(app, error),
      );
    // Another cell is shown at once, another time once the wheel rests.
    const wait = setTimeout(ask, last.current === wanted ? WAIT : 0);
    last.current = wanted;
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [wanted, range, cells]);
  useEffect(() => {
    if (message) plot.current!.show(message);
    else plot.current!.clear();
  }, [message, kinds, isOneScale, isDark]);
  const set = (kind: keyof typeof kinds) => (isOn: boolean) => app.set({ kinds: { ...app.state.kinds, [kind]: isOn } });
  return el(
    "section",
    {
      class: "traces",
      "aria-label": "Traces",
      "data-traces": message ? message.cells.map(({ number }) => number).join(",") : "",
    },
    el(
      "div",
      { class: "bar", role: "group", "aria-label": "Traces" },
      el("h2", null, "Traces", units === undefined ? null : el("small", null, units)),
      tick("raw", kinds.raw, set("raw")),
      tick("denoised", kinds.denoised, set("denoised")),
      tick("spikes", kinds.spikes, set("spikes")),
      selected.length > 1
        ? tick("one scale", isOneScale, (isOn) => app.set({ isOneScale: isOn }), "The same scale for every cell")
        : null,
      el(
        "span",
        { class: "told" },
        told || (selected.length > MOST_TRACES ? `The first ${MOST_TRACES} of ${selected.length} selected cells` : ""),
      ),
      el(
        "span",
        { class: "zooms" },
        button("−", () => zoom(app, 1 / 0.6), { title: "Show a longer time (Q)", kind: "small" }),
        button("+", () => zoom(app, 0.6), { title: "Show a shorter time (E)", kind: "small" }),
        button("All", () => showRange(app, 0, app.state.session.frames), {
          title: "Show the whole recording (W)",
          kind: "small",
        }),
      ),
    ),
    el(
      "div",
      { class: "plot", ref: element },
    ),
    selected.length === 0
      ? el("p", { class: "empty" }, "Select a cell to see its trace; with Shift, more of them.")
      : null,
    h(Overview, { app, message }),
  );
}

function zoom(app: App, factor: number): void {
  const { range: { from, to } } = app.state, half = (to - from) / 2 * factor, middle = (from + to) / 2;
  showRange(app, middle - half, middle + half);
}
