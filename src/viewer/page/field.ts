/// <reference lib="dom" />
/** The image with its contours: a component around a `FieldPainter`, which follows the state by itself. */
import { type ComponentChildren, h, useEffect, useRef } from "./libraries/preact.ts";
import type { CellMessage } from "../messages.ts";
import type { App } from "./app.ts";
import { judgement } from "./cell_order.ts";
import { el } from "./element.ts";
import { FieldPainter } from "./field_painter.ts";
import { measureTitle, showNumber } from "./numbers.ts";
import { painterOf } from "./panes.ts";
import type { Pictures } from "./pictures.ts";

/** The image, its contours, and what the pointer and keys do on it. */
export function Field({ app, pictures }: { readonly app: App; readonly pictures: Pictures }): ComponentChildren {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const painter = new FieldPainter(element.current!, app, pictures);
    return () => painter.close();
  }, []);
  return el(
    "div",
    { class: "stage" },
    el("div", {
      class: "field",
      ref: element,
      tabIndex: 0,
      role: "application",
      "aria-label": "Image with the contours of the cells. Up and down go through the cells, plus and minus zoom, " +
        "Control with arrows moves the image, 0 shows all of it",
    }),
    h(Readout, { app }),
  );
}

/** What is under the pointer, in one line. It is written without preact, since it changes with every move. */
function Readout({ app }: { readonly app: App }): ComponentChildren {
  const element = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const write = () => {
      const { hovered, cells, selected } = app.state;
      const cell = cells.find(({ number }) =>
        number === (hovered ?? (selected.length === 1 ? selected[0] : undefined))
      );
      element.current!.textContent = [place(app), cell ? words(cell) : ""].filter((part) => part !== "").join("   ");
    };
    let pending = 0;
    const soon = () => {
      cancelAnimationFrame(pending);
      pending = requestAnimationFrame(write);
    };
    const stop = app.subscribe(soon), stage = element.current!.parentElement!;
    stage.addEventListener("pointed", soon);
    write();
    return () => {
      cancelAnimationFrame(pending);
      stop();
      stage.removeEventListener("pointed", soon);
    };
  }, []);
  return el("p", { class: "readout", ref: element });
}

/** The pixel under the pointer and its value. */
function place(app: App): string {
  const point = painterOf()?.pointed, { picture, session: { width, height } } = app.state;
  if (!point) return "";
  const x = Math.round(point[0]), y = Math.round(point[1]);
  if (x < 0 || y < 0 || x >= width || y >= height) return "";
  const value = picture ? ` = ${showNumber(picture.values[y * width + x])} ${picture.info.unit}`.trimEnd() : "";
  return `(${x}, ${y})${value}`;
}

const TOLD = ["combined", "snr", "r_value", "size"];

function words(cell: CellMessage): string {
  const judged = { accepted: "accepted", rejected: "set aside", open: "" }[judgement(cell)];
  const measures = TOLD.filter((name) => name in cell.quality)
    .map((name) => `${measureTitle(name)} ${showNumber(cell.quality[name])}`);
  return [cell.name, judged, ...measures].filter((part) => part !== "").join(" · ");
}
