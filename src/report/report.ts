import { createHash } from "node:crypto";
import type { Extraction } from "../core/extraction.ts";
import { cellFacts } from "./cell_facts.ts";
import { baseName, type ReportContext, type Section } from "./context.ts";
import { fieldImages } from "./field_images.ts";
import { base64 } from "./base64.ts";
import { definitions } from "./field_map.ts";
import { type Insert, Markup, markup, scriptJson } from "./markup.ts";
import { measuresOf } from "./measures.ts";
import { counted, lasting } from "./numbers.ts";
import type { ReportOptions } from "./options.ts";
import type { PageData } from "./page/data.ts";
import { pageScript } from "./page_script.ts";
import { cellsSection } from "./section_cells.ts";
import { imagesSection, residualSection } from "./section_images.ts";
import { motionSection } from "./section_motion.ts";
import { overview } from "./section_overview.ts";
import { qualitySection } from "./section_quality.ts";
import { recordingSection } from "./section_recording.ts";
import { editsSection, runSection } from "./section_run.ts";
import { tracesSection } from "./section_traces.ts";
import style from "./style.css" with { type: "text" };
import { type TraceBytes, traceBytes } from "./trace_bytes.ts";
import { warningsOf } from "./warnings.ts";

/** What stands near the beginning of every report: a file with it may be replaced by a newer one. */
export const REPORT_MARK = '<meta name="generator" content="annulus report">';

/**
 * Everything about a result on one page: a self-contained HTML file that needs no network, opens from a file in any browser, prints, and stays
 * below 10 MB for 500 cells of 20 000 frames (traces are brought down to the least and the largest value of each column).
 *
 * It shows what to look at before using the results, the cells on the field, their table and traces, the distributions of their quality, the
 * recording, its registration, the images, what is left unexplained, what was run, and what was changed by hand; what the results do not hold is
 * left out. Nothing that comes from outside (names, notes, metadata) can become markup, and the page's own policy allows it no request and no
 * script but its own. Equal results give equal pages.
 */
export function reportPage(extraction: Extraction, { motion }: ReportOptions = {}): string {
  const cells = cellFacts(extraction), given = motion ? { motion } : {};
  const context: ReportContext = {
    extraction,
    ...given,
    cells,
    measures: measuresOf(extraction, cells),
    images: fieldImages(extraction),
    warnings: warningsOf(extraction, cells, motion),
  };
  const traces = traceBytes(extraction), isWhole = traces.columns === extraction.movie.frames;
  const sections = [
    overview(context),
    cellsSection(context),
    tracesSection(context, { columns: traces.columns, isWhole }),
    qualitySection(context),
    recordingSection(context),
    motionSection(context),
    imagesSection(context),
    residualSection(context),
    editsSection(context),
    runSection(context),
  ].filter((section) => section !== undefined);
  return page(context, sections, pageData(context, traces), traces).text;
}

function page(context: ReportContext, sections: readonly Section[], data: PageData, traces: TraceBytes): Markup {
  const { extraction: { movie, frameRate, software }, cells } = context, script = pageScript();
  const aside = cells.filter(({ isAccepted }) => isAccepted === false).length;
  const found = aside === 0
    ? counted(cells.length, "cell")
    : `${counted(cells.length - aside, "accepted cell")}, ${aside} set aside,`;
  const maker = software.annulus !== undefined ? `annulus ${software.annulus}` : Object.entries(software)[0]?.join(" ");
  return markup`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
${new Markup(REPORT_MARK)}
<title>${baseName(movie.name)} – annulus report</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style></head><body>
<a class="skip" href="#overview">To the content</a>
<header><p>Calcium imaging report</p><h1><bdi>${baseName(movie.name)}</bdi></h1>
<p>${found} in ${lasting(movie.frames / frameRate)} of ${movie.width} × ${movie.height} pixels</p></header>
<nav aria-label="Parts of this page"><ul>${
    sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)
  }</ul></nav>
${definitions(context)}
<main>${sections.map(section)}</main>
<footer><p>Made ${
    maker !== undefined && `from results of ${maker} `
  }by annulus. This page is complete in itself: it loads nothing from anywhere.</p></footer>
<script type="application/json" id="report-data">${new Markup(scriptJson(data))}</script>
<script type="text/plain" id="report-traces">${base64(traces.bytes)}</script>
<script type="module">${new Markup(script)}</script>
</body></html>
`;
}

function section({ id, title, content }: Section): Insert {
  return markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}

/** What the page may do: show what is in it, and run the one script that is in it. */
function policy(script: string): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    "img-src data:",
    `style-src ${hash(style)}`,
    `script-src ${hash(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function pageData({ extraction, cells, measures }: ReportContext, traces: TraceBytes): PageData {
  const { movie: { width, height, frames }, frameRate, units } = extraction;
  const finite = (value: number) => Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
  return {
    width,
    height,
    frames,
    rate: frameRate,
    units,
    columns: traces.columns,
    channels: traces.channels,
    cells: cells.map(({ number, name, x, y, isAccepted, reason }, k) => ({
      number,
      name,
      x: finite(x),
      y: finite(y),
      accepted: isAccepted === undefined ? null : Number(isAccepted),
      reason: reason ?? "",
      ...traces.scales[k],
    })),
    measures: measures.map(({ key, values }) => ({ key, values: Array.from(values, finite) })),
  };
}
