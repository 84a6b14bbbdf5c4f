/// <reference lib="dom" />
/** The keys, over everything else. */
import { type ComponentChildren, useEffect, useRef } from "./libraries/preact.ts";
import type { App } from "./app.ts";
import { COMMANDS } from "./commands.ts";
import { button, el } from "./element.ts";
import { useStore } from "./store.ts";

const GROUPS = ["Decide", "Look", "Movie and traces", "Page"] as const;

/** The help, while it is open. */
export function Help({ app }: { readonly app: App }): ComponentChildren {
  const isOpen = useStore(app, (state) => state.isHelpOpen), dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current!;
    if (isOpen && !element.open) element.showModal();
    if (!isOpen && element.open) element.close();
    const close = () => app.set({ isHelpOpen: false });
    element.addEventListener("close", close);
    return () => element.removeEventListener("close", close);
  }, [isOpen]);
  return el(
    "dialog",
    { class: "help", ref: dialog, "aria-label": "Keys" },
    el(
      "header",
      null,
      el("h2", null, "Keys"),
      button("Close", () => app.set({ isHelpOpen: false }), { kind: "small", title: "Escape" }),
    ),
    el(
      "div",
      { class: "groups" },
      ...GROUPS.map((group) =>
        el(
          "section",
          { key: group },
          el("h3", null, group),
          el(
            "dl",
            null,
            ...COMMANDS.filter((command) => command.group === group && command.help !== "").flatMap((
              { keys, shownAs = keys, help },
            ) => [
              el("dt", { key: `${keys[0]} keys` }, ...shownAs.map((key) => el("kbd", { key }, key))),
              el("dd", { key: `${keys[0]} help` }, help),
            ]),
          ),
        )
      ),
    ),
    el(
      "p",
      { class: "hint" },
      "Pointer: the wheel zooms the image or the time, dragging moves the image and marks a time to show, a double click shows all. " +
        "A click selects a cell, with Shift more of them; a click on the traces goes to that frame. On a Mac, Ctrl is also ⌘.",
    ),
  );
}
