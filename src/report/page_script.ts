import { stripTypeScriptTypes } from "node:module";
import cellDetail from "./page/cell_detail.ts" with { type: "text" };
import cellMap from "./page/cell_map.ts" with { type: "text" };
import cellTable from "./page/cell_table.ts" with { type: "text" };
import data from "./page/data.ts" with { type: "text" };
import main from "./page/main.ts" with { type: "text" };
import mapZoom from "./page/map_zoom.ts" with { type: "text" };
import state from "./page/state.ts" with { type: "text" };
import timeDrag from "./page/time_drag.ts" with { type: "text" };
import traceCanvas from "./page/trace_canvas.ts" with { type: "text" };
import traceList from "./page/trace_list.ts" with { type: "text" };

/** The parts of the page's script; each needs only those before it. */
const PARTS: readonly string[] = [
  ...[data, state, traceCanvas, timeDrag],
  ...[cellMap, mapZoom, cellTable, cellDetail, traceList, main],
];

/**
 * The page's script as one module: a page that is opened from a file cannot load others. Types, imports of the parts among each other, comments
 * and indentation are left out.
 */
export function pageScript(): string {
  return made ??= PARTS.map((part) => plain(part)).join("");
}

let made: string | undefined;

function plain(source: string): string {
  return stripTypeScriptTypes(source)
    .replace(/^import\b[^;]*;$/gm, "")
    .replace(/^export (?=(?:async )?(?:function|const|let|class)\b)/gm, "")
    .replace(/^\s*(?:\/\/.*|\/\*\*(?:[^*]|\*(?!\/))*\*\/)$/gm, "")
    .replace(/[ \t]+$/gm, "")
    .replace(/^[ \t]+/gm, "")
    .replace(/\n{2,}/g, "\n");
}
