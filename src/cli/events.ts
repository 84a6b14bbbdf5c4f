import { prepareEvents, writeEvents } from "../results/traces_events.ts";
import { eventRaster, recordingSeconds } from "../traces/event_rates.ts";
import { type EventChoice, findEvents } from "../traces/events.ts";
import { traceProducts } from "../traces/trace_products.ts";
import type { Command, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { numberFlag, outFolder, tableFormats, TRACE_FLAGS, tracedResults, traceOptions } from "./trace_flags.ts";

/** Flags that only events by derivatives heed. */
const DERIVATIVE_FLAGS = ["order", "min_distance", "smooth"];

/** `annulus events`: when cells were active. */
export const events: Command = {
  name: "events",
  usage:
    "events results/ --out FOLDER [--method deconvolution|derivative --order 1 --threshold 4 --threshold_unit sd …]",
  summary:
    "Find events in traces, by deconvolution or by peaks of a derivative; write times, sizes, rates and a raster",
  details:
    "Needs results only, not the movie. Events by deconvolution: consecutive frames with spikes are one event, parted where activity falls\n" +
    "below half of the lower of two peaks; its time is that of its largest spike, its size the calcium they make, in dF and in s.d. of the noise.\n" +
    "Events by derivative: peaks of dF (--order 0), its slope (1) or its curvature (2) that rise and fall by at least the threshold.\n" +
    "All cells are written with their status; --accepted leaves those out that were set aside.",
  flags: [
    ...TRACE_FLAGS,
    { name: "method", value: "deconvolution|derivative", help: "How events are found (default deconvolution)" },
    { name: "threshold", value: "SIZE", help: "Least size of an event (default 2 by deconvolution, 4 by derivative)" },
    {
      name: "threshold_unit",
      value: "sd|mad|dF",
      help:
        "Unit of the threshold: s.d. of the noise (default), robust s.d. of the derivative, or dF, dF/s, dF/s^2 by order",
    },
    { name: "order", value: "0|1|2", help: "Derivative whose peaks are events (default 1)" },
    { name: "min_distance", value: "SECONDS", help: "Least time between peaks (default 0.3)" },
    { name: "smooth", value: "SECONDS", help: "S.d. of the Gaussian a derivative is smoothed by (default 0.1)" },
    { name: "bin", value: "SECONDS", help: "Bins of the raster and of the population's rate (default 1)" },
  ],
  async run(invocation, output) {
    const out = outFolder(invocation, "events"), formats = tableFormats(invocation), choice = eventChoice(invocation);
    const { file, extraction } = await tracedResults(invocation, "events", output);
    const force = invocation.switches.has("force"), bin = numberFlag(invocation, "bin");
    await prepareEvents(out, { force, recording: [file, ...extraction.movie.files.map(({ path }) => path)] });
    const products = await traceProducts(extraction, traceOptions(invocation, extraction));
    for (const note of products.notes) output.notice(note);
    const found = findEvents(products, extraction, choice), seconds = recordingSeconds(extraction);
    const raster = eventRaster(found, seconds, bin), { cells } = products, count = found.frame.length;
    const files = await interruptible((signal) =>
      writeEvents(out, extraction, found, {
        force,
        results: file,
        signal,
        notes: products.notes,
        ...(bin === undefined ? {} : { bin }),
        ...(formats ? { formats } : {}),
      })
    );
    const silent =
      Array.from({ length: cells }, (_, k) => k).filter((k) => found.starts[k] === found.starts[k + 1]).length;
    const rate = cells > 0 ? 60 * count / (cells * seconds) : 0;
    output.result(
      { events: out, count, cells, silent, seconds, eventsPerCellAndMinute: rate, bin: raster.bin, files },
      `${count} ${count === 1 ? "event" : "events"} in ${cells} ${cells === 1 ? "cell" : "cells"} (${
        rate.toFixed(2)
      } a minute and cell, ${silent} without any) are in ${out}\n${found.definition}`,
    );
  },
};

/** How events are to be found. Throws `UsageError`. */
function eventChoice(invocation: Invocation): EventChoice {
  const { values } = invocation, { method = "deconvolution", threshold_unit: unit } = values;
  const threshold = numberFlag(invocation, "threshold");
  const common = {
    ...(threshold === undefined ? {} : { threshold }),
    ...(unit === undefined ? {} : { unit: unit as "sd" }),
  };
  if (method === "deconvolution") {
    const idle = DERIVATIVE_FLAGS.find((name) => name in values);
    if (idle !== undefined) {
      throw new UsageError(
        `--${idle} has no effect on events by deconvolution: leave it out, or give --method derivative`,
      );
    }
    return { method, ...common };
  }
  if (method !== "derivative") {
    throw new UsageError(`--method is ${method}, but it has to be deconvolution or derivative`);
  }
  const order = numberFlag(invocation, "order"), min_distance = numberFlag(invocation, "min_distance");
  const smooth = numberFlag(invocation, "smooth");
  return {
    method,
    ...common,
    ...(order === undefined ? {} : { order: order as 1 }),
    ...(min_distance === undefined ? {} : { min_distance }),
    ...(smooth === undefined ? {} : { smooth }),
  };
}
