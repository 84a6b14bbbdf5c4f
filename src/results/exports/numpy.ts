import { join } from "node:path";
import type { Extraction } from "../../core/extraction.ts";
import { movieFacts, recordingOf } from "../../core/movie.ts";
import type { Motion } from "../../core/motion.ts";
import { secondsOfFrame } from "../../core/timestamps.ts";
import { type NpyData, npyParts } from "../../files/npy.ts";
import { writeZip } from "../../files/write_zip.ts";
import { exactJson } from "../exact_json.ts";
import { timeConstants } from "../time_constants.ts";
import { cellNames } from "../traces_csv.ts";
import { cellPlaces } from "./cell_facts.ts";
import { partAdvice } from "./part_advice.ts";
import type { ExportFormat } from "./export_format.ts";
import { asInt32 } from "../signed.ts";

/**
 * Two files that numpy reads without pickles: `footprints.npz`, which is A for `scipy.sparse.load_npz`, and `results.npz` for
 * `numpy.load`, with everything (K cells, T frames, H×W pixels):
 *
 * | name | content |
 * |---|---|
 * | `A_data`, `A_indices`, `A_indptr`, `A_shape` | footprints as compressed sparse columns, (H·W)×K, pixel = y·W + x, unit L2 norm: the same as `footprints.npz` |
 * | `raw`, `C`, `S` | K×T float32: raw and denoised traces, deconvolved activity, in `units` |
 * | `noise`, `baseline`, `ar`, `time_constants` | K (dF), K (dF), K×p, K×p seconds (decay, then rise; NaN where there is none) |
 * | `time`, `timestamps` | T seconds since the first frame; T seconds on the recording's clock, where known |
 * | `b0`, `W_weights`, `W_offsets`, `W_factor`, `W_radius` | constant background H×W; ring background as in `results.h5` |
 * | `mean`, `max`, `noise_image`, `correlation`, `pnr` | summary images H×W |
 * | `names`, `centre` | K names; K×2 centres of mass (x, y), pixels |
 * | `accepted`, `snr`, `r_value` | K, where measured |
 * | `shifts`; `shifts_local`, `shifts_x`, `shifts_y` | where the movie was registered: T×2 displacements (x, y), pixels; where they are local, too, T×rows×columns×2 and the nodes' places |
 * | `dims`, `frame_rate`, `units`, `pixel_size` | (H, W), Hz, text, (x, y) µm where known |
 * | `field`, `recording_dims` | columns and rows of the recording that were cropped away before the first pixel, side of the blocks of its pixels that were averaged into one; (H, W) of the recording |
 * | `parameters`, `software`, `movie`, `preparation` (where known), `notes` | JSON texts |
 */
export const numpy: ExportFormat = {
  name: "numpy",
  title: "NumPy archives: results.npz, and footprints.npz for scipy.sparse",
  output: "numpy",
  isFolder: true,
  advice: partAdvice,
  async write(path, extraction, { motion }) {
    await Deno.mkdir(path);
    await writeNpz(join(path, "footprints.npz"), sparseArrays(extraction));
    await writeNpz(join(path, "results.npz"), { ...resultArrays(extraction), ...shiftArrays(motion) });
  },
};

/** An array and its shape, where that is not one axis. */
type Shaped = readonly [data: NpyData, shape?: readonly number[]];

async function writeNpz(path: string, arrays: Readonly<Record<string, Shaped>>): Promise<void> {
  await writeZip(path, async (zip) => {
    for (const [name, [data, shape]] of Object.entries(arrays)) await zip.add(`${name}.npy`, npyParts(data, shape));
  });
}

/** A as scipy.sparse saves it. */
function sparseArrays({ footprints }: Extraction): Record<string, Shaped> {
  const { width, height, count, starts, pixels, values } = footprints;
  return {
    indices: [asInt32(pixels)],
    indptr: [asInt32(starts)],
    format: ["csc", []],
    shape: [BigInt64Array.of(BigInt(width * height), BigInt(count))],
    data: [values],
  };
}

function resultArrays(extraction: Extraction): Record<string, Shaped> {
  const { traces, footprints, movie, frameRate, arOrder, ring, summary, b0, quality } = extraction;
  const { data, indices, indptr, shape } = sparseArrays(extraction), { width, height, count } = footprints;
  const perFrame = [count, movie.frames], image = [height, width], order = [count, arOrder];
  const scalar = (value: number): Shaped => [Float64Array.of(value), []];
  const seconds = Float64Array.from({ length: movie.frames }, (_, frame) => secondsOfFrame(movie, frameRate, frame));
  const rings = ring.offsets.length / 2, recording = recordingOf(movie);
  return {
    ...{ A_data: data, A_indices: indices, A_indptr: indptr, A_shape: shape },
    ...{ raw: [traces.raw, perFrame], C: [traces.denoised, perFrame], S: [traces.spikes, perFrame] },
    ...{ noise: [traces.noise], baseline: [traces.baseline], ar: [traces.ar, order] },
    time_constants: [timeConstants(traces.ar, arOrder, frameRate), order],
    time: [seconds],
    ...(movie.timestamps ? { timestamps: [movie.timestamps] } : {}),
    b0: [b0, image],
    W_weights: [ring.weights, [rings, ring.height, ring.width]],
    W_offsets: [ring.offsets, [rings, 2]],
    ...{ W_factor: scalar(ring.factor), W_radius: scalar(ring.radius) },
    ...{ mean: [summary.mean, image], max: [summary.max, image], noise_image: [summary.noise, image] },
    ...{ correlation: [summary.correlation, image], pnr: [summary.pnr, image] },
    names: [cellNames(extraction)],
    centre: [Float64Array.from(cellPlaces(extraction).flatMap(({ x, y }) => [x, y])), [count, 2]],
    ...(quality?.accepted ? { accepted: [quality.accepted] } : {}),
    ...(quality?.snr ? { snr: [quality.snr] } : {}),
    ...(quality?.rValue ? { r_value: [quality.rValue] } : {}),
    dims: [Int32Array.of(height, width)],
    frame_rate: scalar(frameRate),
    units: [extraction.units],
    field: [Int32Array.of(recording.left, recording.top, recording.binning)],
    recording_dims: [Int32Array.of(recording.height, recording.width)],
    ...(movie.pixelSize ? { pixel_size: [Float64Array.of(movie.pixelSize.x, movie.pixelSize.y)] } : {}),
    parameters: [exactJson(extraction.parameters)],
    software: [exactJson(extraction.software)],
    movie: [exactJson(movieFacts(movie))],
    ...(extraction.preparation ? { preparation: [exactJson(extraction.preparation)] } : {}),
    notes: [exactJson(extraction.notes)],
  };
}

function shiftArrays(motion?: Motion): Record<string, Shaped> {
  if (!motion) return {};
  const { frames, rigid, local } = motion.shifts, whole: Record<string, Shaped> = { shifts: [rigid, [frames, 2]] };
  if (!local) return whole;
  const shape = [frames, local.y.length, local.x.length, 2];
  return { ...whole, shifts_local: [local.values, shape], shifts_x: [local.x], shifts_y: [local.y] };
}
