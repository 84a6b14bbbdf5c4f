import type { ReportContext, Section } from "./context.ts";
import { type Insert, markup } from "./markup.ts";
import { counted, grouped, lasting, medianOf, shown } from "./numbers.ts";
import type { ReportWarning } from "./warning.ts";

/** The result in a few numbers, and what to look at before using it. */
export function overview(context: ReportContext): Section {
  const { warnings } = context;
  const act = warnings.filter(({ level }) => level === "act").length;
  const title = warnings.length === 0
    ? "Nothing conspicuous was found"
    : act === 0
    ? "Worth knowing"
    : `${counted(act, "thing")} to look at`;
  return {
    id: "overview",
    title: "Overview",
    content: markup`<dl class="tiles">${tiles(context)}</dl>
<h3 id="warnings">${title}</h3>
${
      warnings.length === 0
        ? markup`<p>Number and quality of the cells, their signals, the recording and the registration are within the usual limits.</p>`
        : markup`<ul class="warnings">${warnings.map((warning) => card(warning, context))}</ul>`
    }`,
  };
}

function tiles({ extraction, cells, measures }: ReportContext): Insert {
  const { movie, frameRate, timings } = extraction, seconds = timings.reduce((sum, { seconds }) => sum + seconds, 0);
  const aside = cells.filter(({ isAccepted }) => isAccepted === false).length;
  const isJudged = cells.some(({ isAccepted }) => isAccepted !== undefined);
  const snr = measures.find(({ key }) => key === "snr"), r = measures.find(({ key }) => key === "r_value");
  const peak = measures.find(({ key }) => key === "peak");
  const kept = (values: ArrayLike<number>) =>
    medianOf(Array.from(values).filter((_, k) => cells[k].isAccepted !== false));
  return [
    tile(isJudged ? "cells accepted" : "cells found", grouped(cells.length - aside), aside > 0 && `${aside} set aside`),
    snr && cells.length > 0 &&
    tile("median SNR", shown(kept(snr.values)), r && `median r-value ${shown(kept(r.values), 2)}`),
    !snr && peak && cells.length > 0 && tile("median peak over noise", shown(kept(peak.values)), undefined),
    tile("recording", lasting(movie.frames / frameRate), `${counted(movie.frames, "frame")} at ${shown(frameRate)} Hz`),
    tile("field", `${movie.width} × ${movie.height}`, movie.pixelSize ? fieldSize(movie) : "pixels"),
    timings.length > 0 &&
    tile("computed in", lasting(seconds), extraction.software.device ?? extraction.software.backend),
  ];
}

function fieldSize(
  { width, height, pixelSize }: { width: number; height: number; pixelSize?: { x: number; y: number } },
): string {
  return `pixels, ${shown(width * pixelSize!.x)} × ${shown(height * pixelSize!.y)} µm`;
}

function tile(label: string, value: string, more: string | false | undefined): Insert {
  return markup`<div><dt>${label}</dt><dd><b>${value}</b>${more && markup`<small>${more}</small>`}</dd></div>`;
}

/** Cells that a warning names one by one. */
const NAMED = 24;

function card({ level, text, advice, cells = [] }: ReportWarning, context: ReportContext): Insert {
  const index = new Map(context.cells.map(({ number }, k) => [number, k]));
  return markup`<li class="${level}"><span class="sign" aria-hidden="true">${level === "act" ? "!" : "i"}</span><div>
<p><span class="hidden">${
    level === "act" ? "Look at this: " : "Worth knowing: "
  }</span><strong>${text}</strong></p><p>${advice}</p>
${
    cells.length > 0 && markup`<p class="chips">Cells ${
      cells.slice(0, NAMED).map((number) =>
        markup`<a href="#cell-${number}" data-k="${index.get(number)}">${number}</a> `
      )
    }${cells.length > NAMED && `and ${cells.length - NAMED} more`}</p>`
  }</div></li>`;
}
