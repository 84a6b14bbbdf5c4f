/// <reference lib="dom" />
/** What people changed, latest first. */
import { type ComponentChildren } from "./libraries/preact.ts";
import { undo } from "./actions.ts";
import type { App } from "./app.ts";
import { button, el } from "./element.ts";
import { useStore } from "./store.ts";

const MOST = 300;

/** The panel. */
export function EditsPanel({ app }: { readonly app: App }): ComponentChildren {
  const { edits, undo: back, redo: forth } = useStore(app, (state) => state.session), count = edits.length;
  return el(
    "div",
    { class: "panel text edits" },
    el(
      "div",
      { class: "buttons" },
      button("Undo", () => void undo(app, "undo"), { key: "U", isOff: back === 0 }),
      button("Redo", () => void undo(app, "redo"), { key: "Shift+U", isOff: forth === 0 }),
    ),
    count === 0 ? el("p", { class: "hint" }, "Nobody has changed anything yet.") : null,
    el(
      "ol",
      { class: "log", reversed: true, start: count },
      ...edits.slice(-MOST).map((logged, i, shown) => {
        const at = count - shown.length + i;
        return el(
          "li",
          { key: at },
          el("span", null, logged.outcome),
          logged.time === undefined
            ? null
            : el("time", { dateTime: logged.time }, new Date(logged.time).toLocaleString()),
        );
      }).reverse(),
    ),
    count > 0 && back === 0
      ? el("p", { class: "hint" }, "These were made before the viewer was opened: annulus edit --undo takes them back.")
      : null,
    count > MOST ? el("p", { class: "hint" }, `And ${count - MOST} before; the results file has them all.`) : null,
  );
}
