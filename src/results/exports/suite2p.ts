import { join } from "node:path";
import type { Extraction } from "../../core/extraction.ts";
import { footprintOf } from "../../core/footprints.ts";
import { isWholeField, recordingOf } from "../../core/movie.ts";
import type { Motion } from "../../core/motion.ts";
import { type NpyData, npyParts } from "../../files/npy.ts";
import { PickledArray, PickledFloat, pickledListNpy, pickledNpy, type PickledValue } from "../../files/pickle.ts";
import { writeAll } from "../csv_file.ts";
import { timeConstants } from "../time_constants.ts";
import type { ExportFormat } from "./export_format.ts";
import { partAdvice } from "./part_advice.ts";
import { median } from "../../core/sorted.ts";
import { suite2pShape } from "./suite2p_shape.ts";

/** The time constant that suite2p takes when it is not told one, seconds. */
const DEFAULT_TAU = 1;
/** Cells whose mean size is the unit of `npix_norm`, as in suite2p. */
const NORM_CELLS = 100;

/** What the numbers are that suite2p would take for its own; stands in `ops["annulus"]`. */
const NOTES = {
  F: "raw traces after background and neighbours were removed, in `units`; not fluorescence with its baseline",
  Fneu: "zeros, and neucoeff is 0: annulus models the background with a ring, and measures no neuropil",
  spks: "deconvolved activity, in `units`",
  iscell: "first column: 1 where accepted or not judged; the second repeats it, since no probability is measured",
  lam: "footprints of unit L2 norm",
  footprint: "0: not measured",
  tau: `median decay time of the cells' own models, or suite2p's default of ${DEFAULT_TAU} s where they have none`,
};

/**
 * A folder as suite2p's pipeline leaves it, for its GUI and for what reads such folders: `plane0/` with `F`, `Fneu`, `spks` (K×T float32) and
 * `iscell` (K×2) as plain arrays; and `stat.npy` and `ops.npy`, which suite2p defines as pickles: these hold dicts of numbers, texts and
 * arrays and nothing else. `stat` has `ypix`, `xpix`, `lam`, `med`, `npix`, `npix_norm`, `radius`, `aspect_ratio`, `compact`, `overlap`, `skew`,
 * `std` by suite2p's definitions; `ops` has size, rate, images, displacements (`xoff`, `yoff`), and under `annulus` what differs from suite2p's meaning, units, pixel size, timestamps,
 * and where the field lies in the recording it is a part of. A cell without pixels cannot be shown there and is left out, of all files; `ops["annulus"]["cells"]` tells which ones are there.
 */
export const suite2p: ExportFormat = {
  name: "suite2p",
  title: "a folder as suite2p leaves it (plane0 with stat, ops, F, spks, iscell)",
  output: "suite2p",
  isFolder: true,
  advice: partAdvice,
  async write(path, extraction, { motion }) {
    const folder = join(path, "plane0"), { footprints, movie: { frames }, traces, quality } = extraction;
    await Deno.mkdir(path);
    await Deno.mkdir(folder);
    const cells = Array.from({ length: footprints.count }, (_, k) => k)
      .filter((k) => footprintOf(footprints, k).pixels.length > 0);
    const count = cells.length, shape = [count, frames];
    const ofCells = (values: Float32Array) => {
      const chosen = new Float32Array(count * frames);
      cells.forEach((k, i) => chosen.set(values.subarray(k * frames, (k + 1) * frames), i * frames));
      return chosen;
    };
    await writeNpy(join(folder, "F.npy"), ofCells(traces.raw), shape);
    await writeNpy(join(folder, "Fneu.npy"), new Float32Array(count * frames), shape);
    await writeNpy(join(folder, "spks.npy"), ofCells(traces.spikes), shape);
    const labels = cells.flatMap((k) => new Array(2).fill(quality?.accepted?.[k] ?? 1));
    await writeNpy(join(folder, "iscell.npy"), Float32Array.from(labels), [count, 2]);
    await Deno.writeFile(join(folder, "stat.npy"), pickledListNpy(statistics(extraction, cells)));
    await Deno.writeFile(join(folder, "ops.npy"), pickledNpy(options(extraction, cells, motion)));
  },
};

async function writeNpy(path: string, data: NpyData, shape: readonly number[]): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  for (const part of npyParts(data, shape)) writeAll(file, part);
}

function statistics({ footprints, traces, movie: { frames } }: Extraction, cells: readonly number[]): PickledValue[] {
  const { width, height } = footprints, covered = new Uint16Array(width * height);
  for (const pixel of footprints.pixels) covered[pixel]++;
  const sizes = cells.map((k) => footprintOf(footprints, k).pixels.length);
  const first = sizes.slice(0, NORM_CELLS), unit = first.reduce((sum, size) => sum + size, 0) / first.length;
  return cells.map((k, i) => {
    const footprint = footprintOf(footprints, k),
      { pixels, values } = footprint,
      shape = suite2pShape(footprint, width);
    const { deviation, skew } = moments(traces.raw.subarray(k * frames, (k + 1) * frames));
    const shared = Uint8Array.from(pixels, (pixel) => covered[pixel] > 1 ? 1 : 0);
    return {
      ypix: new PickledArray(Int32Array.from(pixels, (pixel) => Math.floor(pixel / width))),
      xpix: new PickledArray(Int32Array.from(pixels, (pixel) => pixel % width)),
      lam: new PickledArray(values),
      med: [...shape.med],
      npix: sizes[i],
      npix_norm: new PickledFloat(sizes[i] / unit),
      radius: new PickledFloat(shape.radius),
      aspect_ratio: new PickledFloat(shape.aspectRatio),
      compact: new PickledFloat(shape.compact),
      footprint: 0,
      overlap: new PickledArray(shared, [shared.length], true),
      skew: new PickledFloat(skew),
      std: new PickledFloat(deviation),
    };
  });
}

function options(extraction: Extraction, cells: readonly number[], motion?: Motion): PickledValue {
  const { footprints, movie, frameRate, summary, traces, arOrder, units, quality } = extraction;
  const { width, height } = footprints,
    { left, top, binning, ...whole } = recordingOf(movie),
    { pixelSize, timestamps, startTime } = movie;
  const image = (values: Float32Array) => new PickledArray(values, [height, width]);
  const chosen = (values: Float32Array) => new PickledArray(Float32Array.from(cells, (k) => values[k]));
  const decays = [...timeConstants(traces.ar, arOrder, frameRate)]
    .filter((seconds, i) => i % arOrder === 0 && Number.isFinite(seconds));
  const radii = cells.map((k) => suite2pShape(footprintOf(footprints, k), width).radius);
  return {
    ...{ Ly: height, Lx: width, yrange: [0, height], xrange: [0, width], nframes: movie.frames },
    ...{ nplanes: 1, nchannels: 1, functional_chan: 1 },
    fs: new PickledFloat(frameRate),
    tau: new PickledFloat(decays.length > 0 ? median(decays) : DEFAULT_TAU),
    neucoeff: new PickledFloat(0),
    ...(radii.length > 0 ? { diameter: Math.max(1, Math.round(2 * median(radii))) } : {}),
    aspect: new PickledFloat(1),
    ...{ meanImg: image(summary.mean), max_proj: image(summary.max), Vcorr: image(summary.correlation) },
    ...(motion ? offsets(motion) : {}),
    annulus: {
      ...NOTES,
      units,
      cells: new PickledArray(Int32Array.from(cells)),
      movie: movie.name,
      version: extraction.software.annulus ?? extraction.software.version ?? "",
      ...(isWholeField(movie)
        ? {}
        : { field: { left, top, binning }, recording: { Ly: whole.height, Lx: whole.width } }),
      ...(quality?.snr ? { snr: chosen(quality.snr) } : {}),
      ...(quality?.rValue ? { r_value: chosen(quality.rValue) } : {}),
      ...(pixelSize ? { pixel_size_um: [new PickledFloat(pixelSize.x), new PickledFloat(pixelSize.y)] } : {}),
      ...(startTime === undefined ? {} : { start_time: startTime }),
      ...(timestamps ? { timestamps_s: new PickledArray(timestamps) } : {}),
    },
  };
}

/** Where the tissue lies in each frame: suite2p moves frames back by these, and so does annulus. suite2p's own are whole pixels. */
function offsets({ shifts: { rigid } }: Motion): Record<string, PickledValue> {
  const along = (axis: number) => new PickledArray(rigid.filter((_, i) => i % 2 === axis));
  return { xoff: along(0), yoff: along(1) };
}

/** Standard deviation and skewness, both as scipy.stats takes them (biased); the skewness of a constant is 0. */
function moments(values: Float32Array): { deviation: number; skew: number } {
  let mean = 0, second = 0, third = 0;
  for (const value of values) mean += value / values.length;
  for (const value of values) {
    second += (value - mean) ** 2 / values.length;
    third += (value - mean) ** 3 / values.length;
  }
  return { deviation: Math.sqrt(second), skew: second > 0 ? third / second ** 1.5 : 0 };
}
