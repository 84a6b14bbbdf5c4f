/// <reference lib="dom" />
/** The movie: play, a slider over its frames, and the time. */
import { type ComponentChildren } from "./libraries/preact.ts";
import { goTo } from "./actions.ts";
import type { App } from "./app.ts";
import { secondsOf, showTime } from "./app.ts";
import { choice, el, textOf } from "./element.ts";
import { useStore } from "./store.ts";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

/** The bar. */
export function MovieBar({ app }: { readonly app: App }): ComponentChildren {
  const session = useStore(app, (state) => state.session), frame = useStore(app, (state) => state.frame);
  const isPlaying = useStore(app, (state) => state.isPlaying), speed = useStore(app, (state) => state.speed);
  const last = session.frames - 1, isLong = secondsOf(session, last) >= 600;
  const time = showTime(secondsOf(session, frame), isLong, 2);
  return el(
    "div",
    { class: "bar movie", role: "group", "aria-label": "Movie" },
    el(
      "button",
      {
        type: "button",
        class: "button play",
        disabled: !session.hasMovie,
        "aria-label": isPlaying ? "Stop" : "Play",
        "aria-keyshortcuts": "Space",
        title: session.hasMovie ? `${isPlaying ? "Stop" : "Play"} (Space)` : session.movieProblem,
        onClick: () => app.set({ isPlaying: !isPlaying }),
      },
      isPlaying ? "❚❚" : "▶",
    ),
    el("input", {
      type: "range",
      class: "scrub",
      min: 0,
      max: last,
      step: 1,
      value: frame,
      "aria-label": "Frame",
      "aria-valuetext": `Frame ${frame} of ${session.frames}, ${time}`,
      onInput: (event) => goTo(app, Number(textOf(event))),
    }),
    el("output", { class: "time" }, `${time}`),
    el("output", { class: "frame", "data-frame": frame }, `frame ${frame} of ${session.frames}`),
    choice(
      "Speed",
      `${speed}`,
      SPEEDS.map((one) => [`${one}`, `${one}×`] as const),
      (value) => app.set({ speed: Number(value) }),
    ),
  );
}
