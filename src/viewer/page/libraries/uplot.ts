/// <reference lib="dom" />
/** The page's one way to uPlot: types here, and the package's own module and style sheet as text for the server to send. */
import module from "npm:uplot@1.6.32/dist/uPlot.esm.js" with { type: "text" };
import style from "npm:uplot@1.6.32/dist/uPlot.min.css" with { type: "text" };

export { default } from "npm:uplot@1.6.32";

/** Text of each file the browser loads, by its name in this folder. */
export const UPLOT_FILES: Readonly<Record<string, string>> = { "uplot.ts": module, "uplot.css": style };
