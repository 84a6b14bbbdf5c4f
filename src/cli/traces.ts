import { prepareTraceProducts, writeTraceProducts } from "../results/traces_products.ts";
import { traceProducts } from "../traces/trace_products.ts";
import type { Command } from "./command.ts";
import { interruptible } from "./interrupt.ts";
import { outFolder, tableFormats, TRACE_FLAGS, tracedResults, traceOptions } from "./trace_flags.ts";

/** `annulus traces`: dF and what analyses make of it. */
export const traces: Command = {
  name: "traces",
  usage: "traces results/ --out FOLDER [--detrend --over_noise --dff --deconvolve --p 2 --residuals --uncertainty …]",
  summary:
    "Write dF without its drift, over noise or over F0, deconvolved again, residuals and uncertainties of traces",
  details:
    "Needs results only, not the movie. dF is the raw trace in counts, scaled to a footprint of unit norm; traces.json says what every file\n" +
    "holds. All cells are written with their status; --accepted leaves those out that were set aside.\n" +
    "dF/F is made on request only (--dff): a one-photon movie has no true F0. F0 here is the footprint-weighted mean of the movie, with its\n" +
    "background, other cells and the camera's offset, less the mean of the cell's own dF.\n" +
    "--uncertainty is the s.d. of the denoised trace given its spikes; it holds 68 % of true values where spikes are few, well found and\n" +
    "fitted without a penalty (--s_min), and about 40 to 50 % with the penalty.",
  flags: [
    ...TRACE_FLAGS,
    { name: "over_noise", help: "Write dF over the noise, too" },
    { name: "dff", help: "Write dF/F, too, and the F0 of each cell" },
    { name: "residuals", help: "Write what the denoised trace leaves, too" },
    { name: "uncertainty", help: "Write the s.d. of the denoised trace, too" },
  ],
  async run(invocation, output) {
    const { switches } = invocation, out = outFolder(invocation, "traces"), formats = tableFormats(invocation);
    const { file, extraction } = await tracedResults(invocation, "traces", output), force = switches.has("force");
    const options = {
      ...traceOptions(invocation, extraction),
      overNoise: switches.has("over_noise"),
      dff: switches.has("dff"),
      residuals: switches.has("residuals"),
      uncertainty: switches.has("uncertainty"),
    };
    await prepareTraceProducts(out, { force, recording: [file, ...extraction.movie.files.map(({ path }) => path)] });
    const products = await traceProducts(extraction, options);
    for (const note of products.notes) output.notice(note);
    const files = await interruptible((signal) =>
      writeTraceProducts(out, extraction, products, { force, results: file, signal, ...(formats ? { formats } : {}) })
    );
    const { cells, frames } = products;
    output.result(
      { traces: out, cells, frames, files },
      `${files.length} files with the traces of ${cells} ${cells === 1 ? "cell" : "cells"} over ${frames} ${
        frames === 1 ? "frame" : "frames"
      } are in ${out}`,
    );
  },
};
