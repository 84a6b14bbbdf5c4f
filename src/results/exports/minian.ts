import { join } from "node:path";
import { cellNumbers, type Extraction } from "../../core/extraction.ts";
import { denseFootprint } from "../../core/footprints.ts";
import { recordingOf } from "../../core/movie.ts";
import { secondsOfFrame } from "../../core/timestamps.ts";
import { writeZarr } from "../../zarr/write_zarr.ts";
import type { ZarrNumbers, ZarrWriter } from "../../zarr/zarr_writer.ts";
import { cellNames } from "../traces_csv.ts";
import type { ExportFormat } from "./export_format.ts";

/**
 * A folder as minian's `save_minian` leaves it, for its `open_minian` and for `xarray.open_zarr`: a Zarr folder per variable, each with its
 * coordinates. minian's model of a movie is A·(C + b0) + b·f, and so is this, with the ring background W beside it:
 *
 * | variable | dimensions | content |
 * |---|---|---|
 * | `A` | unit_id, height, width | footprints, unit L2 norm |
 * | `C`, `S`, `raw` | unit_id, frame | denoised and deconvolved traces; raw traces without their baseline; in the traces' units |
 * | `b0` | unit_id, frame | baseline that was taken off each raw trace, the same in every frame, in the traces' units |
 * | `b`, `f` | height, width; frame | constant background (which annulus calls b0), counts; ones |
 * | `W` | ring_offset, grid_height, grid_width | weights of the ring background, with `dy`, `dx` of each offset; attributes `factor`, `radius` |
 * | `max_proj`, `mean_proj`, `correlation`, `pnr` | height, width | summary images |
 *
 * `frame` has the coordinate `time` (seconds since the first frame), and `timestamp` (seconds on the recording's clock) where known; `unit_id`
 * is the cells' numbers, and has `name`, and `accepted`, `snr`, `r_value` where known. Frame rate, pixel size and start are attributes of every Zarr folder.
 * `height` and `width` count the recording's rows and columns, as minian's do after a part of it was taken: from where the field begins in it, in
 * steps of the blocks that were averaged, at their middle.
 */
export const minian: ExportFormat = {
  name: "minian",
  title: "a folder as minian leaves it (A, C, S, b0, … as Zarr, for open_minian and xarray)",
  output: "minian",
  isFolder: true,
  async write(path, extraction) {
    await Deno.mkdir(path);
    for (const variable of variables(extraction)) {
      await writeZarr(join(path, `${variable.name}.zarr`), (writer) => writeVariable(writer, extraction, variable));
    }
  },
};

/** A variable of a dataset of xarray. */
interface Variable {
  readonly name: string;
  readonly dimensions: readonly string[];
  readonly shape: readonly number[];
  /** Its numbers; or a function of the first index, for what is too large to hold. */
  readonly data: ZarrNumbers | ((k: number) => Float32Array);
  readonly attributes?: Readonly<Record<string, unknown>>;
}

function variables(extraction: Extraction): Variable[] {
  const { footprints, traces, b0, ring, summary, units, movie: { frames } } = extraction;
  const { count, width, height } = footprints, rings = ring.offsets.length / 2;
  const trace = (name: string, data: Variable["data"]): Variable => ({
    ...{ name, data, dimensions: ["unit_id", "frame"], shape: [count, frames], attributes: { units } },
  });
  const image = (name: string, data: Float32Array, attributes = {}): Variable => ({
    ...{ name, data, dimensions: ["height", "width"], shape: [height, width], attributes },
  });
  const baseline = (k: number) =>
    traces.baseline[k] / (units === "dF over noise" && traces.noise[k] > 0 ? traces.noise[k] : 1);
  return [
    {
      ...{ name: "A", dimensions: ["unit_id", "height", "width"], shape: [count, height, width] },
      data: (k) => denseFootprint(footprints, k),
    },
    trace("C", traces.denoised),
    trace("S", traces.spikes),
    trace("raw", traces.raw),
    trace("b0", (k) => new Float32Array(frames).fill(baseline(k))),
    image("b", b0, { units: "counts" }),
    { name: "f", dimensions: ["frame"], shape: [frames], data: new Float32Array(frames).fill(1) },
    {
      ...{ name: "W", dimensions: ["ring_offset", "grid_height", "grid_width"], data: ring.weights },
      shape: [rings, ring.height, ring.width],
      attributes: { factor: ring.factor, radius: ring.radius },
    },
    image("max_proj", summary.max, { units: "counts" }),
    image("mean_proj", summary.mean, { units: "counts" }),
    image("correlation", summary.correlation),
    image("pnr", summary.pnr),
  ];
}

function writeVariable(writer: ZarrWriter, extraction: Extraction, variable: Variable): void {
  const { name, dimensions, shape, data, attributes = {} } = variable;
  const beside = coordinates(extraction).filter(({ dimension }) => dimensions.includes(dimension));
  const named = beside.filter((coordinate) => coordinate.name !== coordinate.dimension);
  for (const [key, value] of Object.entries(facts(extraction))) writer.attribute("", key, value);
  for (const { name, dimension, data, units } of beside) {
    const options = { dimensions: [dimension], attributes: units === undefined ? {} : { units } };
    if (Array.isArray(data)) writer.texts(name, data as string[], options);
    else writer.numbers(name, [data.length], data as ZarrNumbers, options);
  }
  const all = { ...attributes, ...(named.length > 0 ? { coordinates: named.map(({ name }) => name).join(" ") } : {}) };
  const options = { dimensions, attributes: all };
  if (typeof data !== "function") writer.numbers(name, shape, data, options);
  else writer.images(name, shape[0], shape.slice(1), (k, image) => image.set(data(k)), options);
}

/** Numbers or texts along a dimension. */
interface Coordinate {
  readonly name: string;
  readonly dimension: string;
  readonly data: ZarrNumbers | readonly string[];
  readonly units?: string;
}

function coordinates(extraction: Extraction): Coordinate[] {
  const { footprints, movie, frameRate, quality, ring } = extraction, { width, height } = footprints;
  const along = (dimension: string, name: string, data?: Coordinate["data"], units?: string): Coordinate[] =>
    data === undefined ? [] : [{ name, dimension, data, ...(units === undefined ? {} : { units }) }];
  const numbered = (dimension: string, length: number) =>
    along(dimension, dimension, BigInt64Array.from({ length }, (_, i) => BigInt(i)));
  const seconds = Float64Array.from({ length: movie.frames }, (_, frame) => secondsOfFrame(movie, frameRate, frame));
  const { left, top, binning } = recordingOf(movie);
  const pixels = (dimension: string, length: number, first: number) =>
    along(
      dimension,
      dimension,
      binning === 1
        ? BigInt64Array.from({ length }, (_, i) => BigInt(first + i))
        : Float64Array.from({ length }, (_, i) => first + i * binning + (binning - 1) / 2),
    );
  return [
    ...along("unit_id", "unit_id", BigInt64Array.from(cellNumbers(extraction), BigInt)),
    ...along("unit_id", "name", cellNames(extraction)),
    ...along("unit_id", "accepted", quality?.accepted),
    ...along("unit_id", "snr", quality?.snr),
    ...along("unit_id", "r_value", quality?.rValue),
    ...numbered("frame", movie.frames),
    // "seconds" would be taken for a duration, and "seconds since …" for a date.
    ...along("frame", "time", seconds, "s"),
    ...along("frame", "timestamp", movie.timestamps, "s"),
    ...pixels("height", height, top),
    ...pixels("width", width, left),
    ...along("ring_offset", "dy", ring.offsets.filter((_, i) => i % 2 === 0)),
    ...along("ring_offset", "dx", ring.offsets.filter((_, i) => i % 2 === 1)),
  ];
}

function facts({ frameRate, movie: { name, startTime, pixelSize }, software }: Extraction): Record<string, unknown> {
  return {
    made_by: `annulus ${software.annulus ?? software.version ?? ""}`.trim(),
    movie: name,
    frame_rate: frameRate,
    ...(startTime === undefined ? {} : { start_time: startTime }),
    ...(pixelSize ? { pixel_size_um: [pixelSize.x, pixelSize.y] } : {}),
  };
}
