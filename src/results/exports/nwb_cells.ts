import { cellNumbers, type Extraction } from "../../core/extraction.ts";
import { footprintOf } from "../../core/footprints.ts";
import type { Column, NwbWriter } from "../../nwb/nwb_writer.ts";
import { timeConstants } from "../time_constants.ts";
import { cellNames } from "../traces_csv.ts";
import { cellPlaces } from "./cell_facts.ts";

/**
 * Writes the cells as a table with a mask each, and what is known of each.
 * @returns The table's path.
 */
export function writeSegmentation(nwb: NwbWriter, module: string, extraction: Extraction, plane: string): string {
  const { count } = extraction.footprints, path = `${module}/ImageSegmentation/PlaneSegmentation`;
  nwb.object(`${module}/ImageSegmentation`, "ImageSegmentation");
  nwb.table(path, "PlaneSegmentation", "Cells found by CNMF-E, in the order of the traces", count, [
    {
      name: "image_mask",
      description:
        "Footprint of each cell, indexed [cell][x][y], x to the right and y down; the squares of its weights add up to 1",
      values: (at) => writeMasks(nwb, at, extraction),
    },
    {
      name: "cell_name",
      description: "Name of the cell, as in the other files of the results",
      values: cellNames(extraction),
    },
    ...centres(extraction),
    ...traceFacts(extraction),
    ...qualities(extraction),
  ], Int32Array.from(cellNumbers(extraction)));
  nwb.file.group(`${path}/reference_images`);
  nwb.file.softLink(`${path}/imaging_plane`, plane);
  return path;
}

/** One mask at a time: all of them at once may not fit into memory. */
function writeMasks(nwb: NwbWriter, path: string, { footprints }: Extraction): void {
  const { width, height, count } = footprints;
  if (count === 0) return nwb.file.numbers(path, [0, width, height], new Float32Array(0));
  nwb.file.images(path, count, [width, height], (k, mask) => {
    const { pixels, values } = footprintOf(footprints, k);
    pixels.forEach((pixel, i) => mask[pixel % width * height + Math.floor(pixel / width)] = values[i]);
  });
}

/** Centres of mass, pixels. */
function centres(extraction: Extraction): Column[] {
  const places = cellPlaces(extraction);
  const of = (axis: string) => `Centre of mass of the footprint along ${axis}, pixels from the centre of the first`;
  return [
    { name: "centre_x", description: of("x"), values: Float64Array.from(places, ({ x }) => x) },
    { name: "centre_y", description: of("y"), values: Float64Array.from(places, ({ y }) => y) },
  ];
}

function traceFacts({ traces, arOrder, frameRate, footprints: { count } }: Extraction): Column[] {
  const seconds = timeConstants(traces.ar, arOrder, frameRate);
  const pick = (which: number) => Float64Array.from({ length: count }, (_, k) => seconds[k * arOrder + which]);
  const column = (name: string, description: string, values: Float32Array | Float64Array): Column[] =>
    values.some(Number.isFinite) ? [{ name, description, values }] : [];
  return [
    ...column("noise", "Noise of the raw trace, standard deviation, dF", traces.noise),
    ...column("baseline", "Baseline that was taken off the raw trace, dF", traces.baseline),
    ...(arOrder > 0 ? column("decay_seconds", "Time constant of the decay of calcium transients, s", pick(0)) : []),
    ...(arOrder > 1 ? column("rise_seconds", "Time constant of the rise of calcium transients, s", pick(1)) : []),
  ];
}

function qualities({ quality }: Extraction): Column[] {
  const { accepted, snr, rValue } = quality ?? {}, columns: Column[] = [];
  if (accepted) {
    columns.push(
      { name: "accepted", description: "Whether the cell was accepted", values: accepted },
      { name: "rejected", description: "Whether the cell was set aside", values: accepted.map((one) => 1 - one) },
    );
  }
  if (snr) columns.push({ name: "snr", description: "Peak signal-to-noise ratio of the transients", values: snr });
  if (rValue) {
    const description = "Correlation of the footprint with the movie during the cell's transients";
    columns.push({ name: "r_value", description, values: rValue });
  }
  return columns;
}
