/// <reference lib="dom" />
/** The page as a whole. */
import { type ComponentChildren, h, useMemo } from "./libraries/preact.ts";
import type { App, Tab } from "./app.ts";
import { CellsPanel } from "./cells_panel.ts";
import { EditsPanel } from "./edits_panel.ts";
import { button, el } from "./element.ts";
import { Field } from "./field.ts";
import { Help } from "./help.ts";
import { Inspect } from "./inspect.ts";
import { InspectorPanel } from "./inspector_panel.ts";
import { LayerBar } from "./layers.ts";
import { MovieBar } from "./movie_bar.ts";
import { showNumber } from "./numbers.ts";
import type { Pictures } from "./pictures.ts";
import { RulePanel } from "./rule_panel.ts";
import { Splitter } from "./splitter.ts";
import { useStore } from "./store.ts";
import { toggleTheme } from "./theme.ts";
import { TracesPanel } from "./traces_panel.ts";

/** The page. */
export function Page({ app, pictures }: { readonly app: App; readonly pictures: Pictures }): ComponentChildren {
  const mode = useStore(app, (state) => state.session.mode), inspect = useMemo(() => new Inspect(app, pictures), []);
  return el(
    "div",
    { class: `page ${mode}` },
    h(Header, { app }),
    el(
      "main",
      null,
      el(
        "section",
        { class: "image", "aria-label": "Image" },
        h(LayerBar, { app, pictures }),
        h(Field, { app, pictures }),
        h(MovieBar, { app }),
      ),
      h(Splitter, { property: "--side", direction: "columns", label: "Width of the list", least: 260 }),
      h(Sidebar, { app, inspect }),
      mode === "results"
        ? h(Splitter, { property: "--traces", direction: "rows", label: "Height of the traces", least: 140 })
        : null,
      mode === "results" ? h(TracesPanel, { app }) : null,
    ),
    h(Footer, { app }),
    h(Help, { app }),
  );
}

function Header({ app }: { readonly app: App }): ComponentChildren {
  const { name, width, height, frames, frameRate, mode } = useStore(app, (state) => state.session);
  const saving = useStore(app, (state) => state.saving);
  const words = { saved: "All changes saved", saving: "Saving…", failed: "Not saved" };
  return el(
    "header",
    { class: "top" },
    el(
      "h1",
      null,
      el("img", { src: "/page/icon.svg", alt: "", width: 20, height: 20 }),
      el("span", { title: name }, shortName(name)),
    ),
    el("span", { class: "facts" }, `${width} × ${height} pixels · ${frames} frames · ${showNumber(frameRate)} Hz`),
    el("span", { class: "space" }),
    mode === "results" ? el("span", { class: "saving", role: "status", "data-saving": saving }, words[saving]) : null,
    button("Light or dark", () => toggleTheme(app), { key: "T", kind: "small" }),
    button("Keys", () => app.set({ isHelpOpen: true }), { key: "?", kind: "small" }),
  );
}

/** A path's last part. */
function shortName(name: string): string {
  return name.split(/[\\/]/).findLast((part) => part !== "") ?? name;
}

const TABS: readonly (readonly [Tab, string])[] = [
  ["cells", "Cells"],
  ["rule", "Rule"],
  ["inspect", "Parameters"],
  ["edits", "Changes"],
];

function Sidebar({ app, inspect }: { readonly app: App; readonly inspect: Inspect }): ComponentChildren {
  const tab = useStore(app, (state) => state.tab), mode = useStore(app, (state) => state.session.mode);
  const tabs = TABS.filter(([one]) => mode === "results" || one === "inspect");
  const go = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex(([one]) => one === tab), [next] = tabs[(at + by + tabs.length) % tabs.length];
    app.set({ tab: next });
    document.getElementById(`tab-${next}`)?.focus();
  };
  return el(
    "aside",
    { "aria-label": "Cells and parameters" },
    el(
      "div",
      { class: "tabs", role: "tablist", onKeyDown: go },
      ...tabs.map(([one, text]) =>
        el(
          "button",
          {
            type: "button",
            role: "tab",
            id: `tab-${one}`,
            key: one,
            "aria-selected": `${one === tab}`,
            "aria-controls": "tabpanel",
            tabIndex: one === tab ? 0 : -1,
            onClick: () => app.set({ tab: one }),
          },
          text,
        )
      ),
    ),
    el(
      "div",
      { class: "tabpanel", role: "tabpanel", id: "tabpanel", "aria-labelledby": `tab-${tab}` },
      tab === "cells" ? h(CellsPanel, { app }) : null,
      tab === "rule" ? h(RulePanel, { app }) : null,
      tab === "inspect" ? h(InspectorPanel, { app, inspect }) : null,
      tab === "edits" ? h(EditsPanel, { app }) : null,
    ),
  );
}

/** What happened, and what is wrong. */
function Footer({ app }: { readonly app: App }): ComponentChildren {
  const outcome = useStore(app, (state) => state.outcome), problem = useStore(app, (state) => state.problem);
  const note = useStore(app, (state) => state.note);
  const version = useStore(app, (state) => state.session.version);
  return el(
    "footer",
    null,
    el("p", { class: "outcome", role: "status", "aria-live": "polite" }, outcome),
    el("p", { class: "problem", role: "alert" }, problem),
    el("span", { class: "space" }),
    el("p", { class: "note", title: note }, note),
    el("small", null, `annulus ${version}`),
  );
}
