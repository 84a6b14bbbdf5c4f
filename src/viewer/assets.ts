import { stripTypeScriptTypes } from "node:module";
import icon from "./page/icon.svg" with { type: "text" };
import style from "./page/page.css" with { type: "text" };
import page from "./page/page.html" with { type: "text" };
import actionsModule from "./page/actions.ts" with { type: "text" };
import apiModule from "./page/api.ts" with { type: "text" };
import appModule from "./page/app.ts" with { type: "text" };
import cellFinderModule from "./page/cell_finder.ts" with { type: "text" };
import cellOrderModule from "./page/cell_order.ts" with { type: "text" };
import cellTableModule from "./page/cell_table.ts" with { type: "text" };
import cellsPanelModule from "./page/cells_panel.ts" with { type: "text" };
import colourMapsModule from "./page/colour_maps.ts" with { type: "text" };
import commandsModule from "./page/commands.ts" with { type: "text" };
import contourPaintModule from "./page/contour_paint.ts" with { type: "text" };
import contrastModule from "./page/contrast.ts" with { type: "text" };
import editsPanelModule from "./page/edits_panel.ts" with { type: "text" };
import elementModule from "./page/element.ts" with { type: "text" };
import fieldModule from "./page/field.ts" with { type: "text" };
import fieldPainterModule from "./page/field_painter.ts" with { type: "text" };
import fieldPointerModule from "./page/field_pointer.ts" with { type: "text" };
import helpModule from "./page/help.ts" with { type: "text" };
import imagePaintModule from "./page/image_paint.ts" with { type: "text" };
import imageViewModule from "./page/image_view.ts" with { type: "text" };
import inspectModule from "./page/inspect.ts" with { type: "text" };
import inspectorPanelModule from "./page/inspector_panel.ts" with { type: "text" };
import keysModule from "./page/keys.ts" with { type: "text" };
import layersModule from "./page/layers.ts" with { type: "text" };
import layoutModule from "./page/layout.ts" with { type: "text" };
import mainModule from "./page/main.ts" with { type: "text" };
import marksPaintModule from "./page/marks_paint.ts" with { type: "text" };
import movieBarModule from "./page/movie_bar.ts" with { type: "text" };
import numbersModule from "./page/numbers.ts" with { type: "text" };
import overviewModule from "./page/overview.ts" with { type: "text" };
import panesModule from "./page/panes.ts" with { type: "text" };
import picturesModule from "./page/pictures.ts" with { type: "text" };
import playerModule from "./page/player.ts" with { type: "text" };
import rulePanelModule from "./page/rule_panel.ts" with { type: "text" };
import splitterModule from "./page/splitter.ts" with { type: "text" };
import storeModule from "./page/store.ts" with { type: "text" };
import themeModule from "./page/theme.ts" with { type: "text" };
import traceStackModule from "./page/trace_stack.ts" with { type: "text" };
import tracesPanelModule from "./page/traces_panel.ts" with { type: "text" };
import tracesPlotModule from "./page/traces_plot.ts" with { type: "text" };
import { PREACT_FILES } from "./page/libraries/preact.ts";
import { UPLOT_FILES } from "./page/libraries/uplot.ts";

/**
 * Modules of the page by their names in `page/`, as they are written. Every module has its line here: what is not in this table is not
 * served, since no request ever becomes a path of a file.
 */
const MODULES: Readonly<Record<string, string>> = {
  "actions.ts": actionsModule,
  "api.ts": apiModule,
  "app.ts": appModule,
  "cell_finder.ts": cellFinderModule,
  "cell_order.ts": cellOrderModule,
  "cell_table.ts": cellTableModule,
  "cells_panel.ts": cellsPanelModule,
  "colour_maps.ts": colourMapsModule,
  "commands.ts": commandsModule,
  "contour_paint.ts": contourPaintModule,
  "contrast.ts": contrastModule,
  "edits_panel.ts": editsPanelModule,
  "element.ts": elementModule,
  "field.ts": fieldModule,
  "field_painter.ts": fieldPainterModule,
  "field_pointer.ts": fieldPointerModule,
  "help.ts": helpModule,
  "image_paint.ts": imagePaintModule,
  "image_view.ts": imageViewModule,
  "inspect.ts": inspectModule,
  "inspector_panel.ts": inspectorPanelModule,
  "keys.ts": keysModule,
  "layers.ts": layersModule,
  "layout.ts": layoutModule,
  "main.ts": mainModule,
  "marks_paint.ts": marksPaintModule,
  "movie_bar.ts": movieBarModule,
  "numbers.ts": numbersModule,
  "overview.ts": overviewModule,
  "panes.ts": panesModule,
  "pictures.ts": picturesModule,
  "player.ts": playerModule,
  "rule_panel.ts": rulePanelModule,
  "splitter.ts": splitterModule,
  "store.ts": storeModule,
  "theme.ts": themeModule,
  "trace_stack.ts": traceStackModule,
  "traces_panel.ts": tracesPanelModule,
  "traces_plot.ts": tracesPlotModule,
};

/** A file of the page, as it is sent. */
export interface Asset {
  /** Its media type. */
  readonly type: string;
  /** Its text. */
  readonly body: string;
}

const SCRIPT = "text/javascript; charset=utf-8", STYLE = "text/css; charset=utf-8";

let table: ReadonlyMap<string, Asset> | undefined;

/** Everything a browser may load of the page, by its path. Modules are sent without their types, under their own names. */
export function assets(): ReadonlyMap<string, Asset> {
  return table ??= new Map<string, Asset>([
    ["/", { type: "text/html; charset=utf-8", body: page }],
    ["/page/icon.svg", { type: "image/svg+xml", body: icon }],
    ["/page/page.css", { type: STYLE, body: style }],
    ...Object.entries(MODULES).map(([name, text]): [string, Asset] => [
      `/page/${name}`,
      { type: SCRIPT, body: stripTypeScriptTypes(text) },
    ]),
    ...Object.entries({ ...PREACT_FILES, ...UPLOT_FILES }).map(([name, body]): [string, Asset] => [
      `/page/libraries/${name}`,
      { type: name.endsWith(".css") ? STYLE : SCRIPT, body },
    ]),
  ]);
}
