import type { ReportContext, Section } from "./context.ts";
import { fieldMap, stateOf, stateText } from "./field_map.ts";
import { type Insert, markup } from "./markup.ts";
import { shown } from "./numbers.ts";

/** The map of the cells, the selected one, and the table of all. */
export function cellsSection(context: ReportContext): Section {
  const { cells, extraction } = context, isJudged = cells.some(({ isAccepted }) => isAccepted !== undefined);
  const hasAside = cells.some(({ isAccepted }) => isAccepted === false);
  return {
    id: "cells",
    title: "Cells",
    content: markup`<div class="workplace"><div class="map-side">
<div class="bar live-only" hidden>
${
      context.images.length > 0 && markup`<label>Image <select id="map-choice">${
        context.images.map(({ name, title }) => markup`<option value="${name}">${title}</option>`)
      }</select></label>`
    }
${hasAside && markup`<label><input type="checkbox" id="show-aside" checked> set aside</label>`}
${
      cells.length > 0 &&
      markup`<label><input type="checkbox" id="show-numbers" ${cells.length <= 120 && markup`checked`}> numbers</label>`
    }
<div class="buttons" role="group" aria-label="Size of the map"><button type="button" data-zoom="in" title="Larger (+)">+</button>
<button type="button" data-zoom="out" title="Smaller (−)">−</button><button type="button" data-zoom="all" title="Whole field (0)">⤢</button></div>
</div>
${fieldMap(context)}
${
      cells.length > 0 &&
      markup`<p class="legend"><span class="key kept"></span> ${isJudged ? "accepted" : "found"}${
        hasAside && markup` <span class="key aside"></span> set aside`
      }<span class="live-only" hidden> <span class="key selected"></span> selected. Click a cell, or move with the arrow keys; + and − enlarge, dragging moves.</span></p>`
    }
</div>
${cells.length > 0 && markup`<div id="detail" class="detail live-only" hidden></div>`}</div>
${
      extraction.quality?.rule &&
      markup`<p class="rule-text"><strong>The rule.</strong> ${extraction.quality.rule}.</p>`
    }
${table(context, hasAside)}`,
  };
}

function table({ cells, measures, extraction }: ReportContext, hasAside: boolean): Insert {
  if (cells.length === 0) return markup`<p>There are no cells to list.</p>`;
  const hasReasons = extraction.quality?.reasons !== undefined;
  const isJudged = cells.some(({ isAccepted }) => isAccepted !== undefined);
  return markup`<div class="bar live-only" hidden>${
    hasAside &&
    markup`<fieldset class="choice"><legend class="hidden">Cells in the table</legend>${
      [["all", "all"], ["kept", "accepted"], ["aside", "set aside"]].map(([value, text], i) =>
        markup`<label><input type="radio" name="listed" value="${value}" ${i === 0 && markup`checked`}> ${text}</label>`
      )
    }</fieldset>`
  }<span id="table-note" class="note" role="status"></span></div>
<div class="table-frame" tabindex="0" role="region" aria-label="Table of cells"><table id="cell-table">
<caption class="hidden">Every cell with its measures. Columns can be sorted by their headings.</caption>
<thead><tr><th scope="col" data-key="number" aria-sort="ascending">cell</th>${
    isJudged && markup`<th scope="col" data-key="accepted">state</th>`
  }<th scope="col" data-key="x" title="column of its middle, pixels">x</th><th scope="col" data-key="y" title="row of its middle, pixels">y</th>${
    measures.map(({ key, label, meaning }) =>
      markup`<th scope="col" data-key="${key}" title="${meaning}">${label}</th>`
    )
  }${hasReasons && markup`<th scope="col" class="text">why</th>`}</tr></thead>
<tbody>${
    cells.map((cell, k) =>
      markup`<tr id="cell-${cell.number}" data-k="${k}" class="${stateOf(cell)}"><th scope="row">${cell.number}</th>${
        isJudged && markup`<td class="state">${stateText(cell)}${cell.isDecided && " by hand"}</td>`
      }<td>${shown(cell.x, 4)}</td><td>${shown(cell.y, 4)}</td>${
        measures.map(({ values, digits }) => markup`<td>${shown(values[k], digits)}</td>`)
      }${hasReasons && markup`<td class="text">${cell.reason}</td>`}</tr>
`
    )
  }</tbody></table></div>`;
}
