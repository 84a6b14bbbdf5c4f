/// <reference lib="dom" />
/** The rule that accepts cells: its thresholds as sliders, with what they come to at once. */
import { type ComponentChildren, useEffect, useRef, useState } from "./libraries/preact.ts";
import { setThresholds } from "./actions.ts";
import type { App } from "./app.ts";
import { judgements } from "./cell_order.ts";
import { button, el, textOf } from "./element.ts";
import { showNumber } from "./numbers.ts";
import { useStore } from "./store.ts";

/** A threshold's slider. */
export interface Threshold {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Thresholds by their names (`QUALITY_TABLE` of `src/core/quality_parameters.ts`). */
export const THRESHOLDS: Readonly<Record<string, Threshold>> = {
  min_SNR: { label: "Good from an SNR of", from: 0, to: 15, step: 0.1 },
  rval_thr: { label: "Good from an r-value of", from: -1, to: 1, step: 0.01 },
  SNR_lowest: { label: "Set aside below an SNR of", from: 0, to: 15, step: 0.1 },
  rval_lowest: { label: "Set aside below an r-value of", from: -1, to: 1, step: 0.01 },
  min_size: { label: "Smallest, in disks of gSiz", from: 0, to: 2, step: 0.01 },
  max_size: { label: "Largest, in disks of gSiz", from: 0, to: 20, step: 0.1 },
  duplicate_cosine: { label: "Duplicates: footprints alike from", from: 0, to: 1, step: 0.01 },
  duplicate_correlation: { label: "Duplicates: traces alike from", from: -1, to: 1, step: 0.01 },
};

/** The first one cannot be above the second one: a slider takes the other one with it. */
const PAIRS = [["SNR_lowest", "min_SNR"], ["rval_lowest", "rval_thr"], ["min_size", "max_size"]] as const;

/** Thresholds with one of them changed. */
export function withThreshold(
  thresholds: Readonly<Record<string, number>>,
  name: string,
  value: number,
): Readonly<Record<string, number>> {
  const next: Record<string, number> = { ...thresholds, [name]: value };
  for (const [low, high] of PAIRS) {
    if (name === low && value > next[high]) next[high] = value;
    if (name === high && value < next[low]) next[low] = value;
  }
  return next;
}

/** The panel. */
export function RulePanel({ app }: { readonly app: App }): ComponentChildren {
  const session = useStore(app, (state) => state.session), cells = useStore(app, (state) => state.cells);
  const known = session.thresholds, [wanted, want] = useState<Readonly<Record<string, number>> | undefined>(undefined);
  const first = useRef(known), counts = judgements(cells);
  // Once the server has them, its values count.
  useEffect(() => want(undefined), [known]);
  if (!known) {
    return el(
      "div",
      { class: "panel text" },
      el("p", null, "The quality of these cells was not measured, so that there is no rule to change. "),
      el(
        "p",
        null,
        el("code", null, "annulus evaluate"),
        " measures it. You can still accept and reject cells by hand.",
      ),
    );
  }
  const shown = wanted ?? known;
  const set = (next: Readonly<Record<string, number>>) => {
    want(next);
    // What was refused is not shown as if it were so.
    void setThresholds(app, next).then((isDone) => isDone || want(undefined));
  };
  const names = Object.keys(THRESHOLDS).filter((name) => name in known);
  return el(
    "div",
    { class: "panel text rule" },
    el(
      "p",
      { class: "counts" },
      el("b", null, `${counts.accepted}`),
      " accepted, ",
      el("b", null, `${counts.rejected}`),
      " set aside",
      counts.open > 0 ? `, ${counts.open} not judged` : "",
    ),
    ...names.map((name) => slider(name, shown[name], (value) => set(withThreshold(shown, name, value)))),
    session.rule === undefined ? null : el("p", { class: "sentence" }, session.rule),
    el(
      "div",
      { class: "buttons" },
      button("As at the start", () => set(first.current!), {
        title: "Go back to the thresholds this page was opened with",
        isOff: names.every((name) => shown[name] === first.current?.[name]),
      }),
    ),
  );
}

function slider(name: string, value: number, set: (value: number) => void): ComponentChildren {
  const { label, from, to, step } = THRESHOLDS[name];
  return el(
    "label",
    { class: "slider", key: name },
    el("span", { class: "what" }, label, el("code", null, name)),
    el("input", {
      type: "range",
      min: Math.min(from, value),
      max: Math.max(to, value),
      step,
      value,
      "data-threshold": name,
      "aria-valuetext": showNumber(value),
      onInput: (event) => set(Number(textOf(event))),
    }),
    el("output", null, showNumber(value)),
  );
}
