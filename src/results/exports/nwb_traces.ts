import type { Extraction } from "../../core/extraction.ts";
import type { NwbWriter } from "../../nwb/nwb_writer.ts";
import type { Timing } from "../../nwb/timing.ts";

/** Writes raw, denoised and deconvolved traces, frames × cells. */
export function writeTraces(
  nwb: NwbWriter,
  module: string,
  extraction: Extraction,
  table: string,
  timing: Timing,
): void {
  const { traces, units } = extraction, group = `${module}/Fluorescence`;
  const scale = units === "dF"
    ? "in counts, for footprints whose squared weights add up to 1"
    : "divided by the noise (standard deviation) of each raw trace";
  nwb.object(group, "Fluorescence");
  const write = (name: string, what: string, data: Float32Array, gzip?: number) => {
    const { count } = extraction.footprints, { frames } = extraction.movie, path = `${group}/${name}`;
    // Series after the first share its times.
    nwb.series(path, "RoiResponseSeries", { description: `${what}; ${scale}. [frame][cell]`, timing });
    nwb.file.numbers(`${path}/data`, [frames, count], transposed(data, count, frames), gzip ? { gzip } : {});
    nwb.describeData(path, units);
    nwb.allRows(`${path}/rois`, table, count, "All cells");
    if ("timestamps" in timing) timing = { like: path };
  };
  write(
    "RoiResponseSeries",
    "Raw traces: what the movie says of each cell after background and neighbours are removed, baseline taken off",
    traces.raw,
  );
  write("Denoised", "Denoised calcium: the autoregressive model fitted to each raw trace", traces.denoised);
  write("Deconvolved", "Deconvolved activity: what the model adds in each frame, 0 or more", traces.spikes, 4);
}

/** K×T as T×K. */
function transposed(data: Float32Array, cells: number, frames: number): Float32Array {
  const turned = new Float32Array(data.length);
  // In blocks of frames, so that what is written stays in the processor's cache.
  for (let start = 0; start < frames; start += 64) {
    const end = Math.min(frames, start + 64);
    for (let k = 0; k < cells; k++) {
      for (let t = start; t < end; t++) turned[t * cells + k] = data[k * frames + t];
    }
  }
  return turned;
}
