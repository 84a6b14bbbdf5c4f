import { type Footprint, footprintOf, packFootprints } from "../core/footprints.ts";
import type { Shifts } from "../core/shifts.ts";
import type { Truth } from "../core/truth.ts";
import { writeHdf5File } from "../hdf5/hdf5_file.ts";
import { Hdf5Reader } from "../hdf5/hdf5_reader.ts";
import type { Hdf5Writer } from "../hdf5/hdf5_writer.ts";

/**
 * Writes the truth of a simulated movie as an HDF5 file. The file appears under its name only when it is complete; one
 * that is there is replaced. Rejects with a `ResultsError` when it cannot be written.
 *
 * Layout (K cells, T frames, H×W pixels, all row-major):
 *
 * | object | content |
 * |---|---|
 * | `A` | K×H×W float32, each footprint's largest value 1, compressed |
 * | `C`, `S` | K×T float32: calcium and activity, counts at the cell's brightest pixel |
 * | `g` | K float64 (AR(1)) or K×2 (AR(2)): autoregressive coefficients |
 * | `snr` | K float64: peak SNR |
 * | `b0`, `noise` | H×W float64: background and noise s.d., counts |
 * | `motion/rigid` | T×2 float32: displacement (x, y) of each frame, pixels, where the tissue moves |
 * | `motion/x`, `motion/y` | columns and rows of the nodes, float32 pixels, where the motion is local |
 * | `motion/local` | T×rows×columns×2 float32: displacement (x, y) of each node, pixels |
 * | `/` | attribute `fps`: frames per second, where known |
 */
export async function saveTruth(path: string, truth: Truth): Promise<void> {
  await writeHdf5File(path, (writer) => writeTruth(writer, truth));
}

function writeTruth(writer: Hdf5Writer, truth: Truth): void {
  const { width, height, frames, footprints, arOrder } = truth;
  const cells = footprints.count;
  if (truth.frameRate !== undefined) writer.attribute("/", "fps", truth.frameRate);
  writer.images("A", cells, [height, width], (k, image) => {
    const { pixels, values } = footprintOf(footprints, k);
    for (let i = 0; i < pixels.length; i++) image[pixels[i]] = values[i];
  });
  writer.numbers("C", [cells, frames], truth.calcium);
  writer.numbers("S", [cells, frames], truth.spikes);
  writer.numbers("g", arOrder === 1 ? [cells] : [cells, arOrder], truth.ar);
  writer.numbers("snr", [cells], truth.snr);
  writer.numbers("b0", [height, width], truth.b0);
  writer.numbers("noise", [height, width], truth.noise);
  if (truth.motion) writeMotion(writer, truth.motion);
}

function writeMotion(writer: Hdf5Writer, { frames, rigid, local }: Shifts): void {
  writer.group("motion");
  writer.numbers("motion/rigid", [frames, 2], rigid);
  if (!local) return;
  writer.numbers("motion/x", [local.x.length], local.x);
  writer.numbers("motion/y", [local.y.length], local.y);
  writer.numbers("motion/local", [frames, local.y.length, local.x.length, 2], local.values);
}

/** How much a truth file holds. */
export interface TruthSize extends Pick<Truth, "width" | "height" | "frames" | "frameRate"> {
  /** Cells. */
  readonly cells: number;
  /** Whether the tissue moves. */
  readonly moves: boolean;
}

/**
 * How much a truth file of the layout of `saveTruth` holds, without reading it; undefined for an HDF5 file of another layout. Rejects with a
 * `ResultsError` when it is missing or no HDF5 file.
 */
export async function truthSize(path: string): Promise<TruthSize | undefined> {
  const reader = await Hdf5Reader.open(path);
  try {
    if (!["A", "C", "S", "g", "snr", "b0", "noise"].every((name) => reader.typeOf(name) === "dataset")) {
      return undefined;
    }
    const [cells, height, width, ...others] = reader.describe("A").shape ?? [],
      [rows, frames] = reader.describe("C").shape ?? [];
    if (width === undefined || frames === undefined || others.length > 0 || rows !== cells) return undefined;
    const rate = reader.hasAttribute("/", "fps") ? { frameRate: reader.numberAttribute("/", "fps") } : {};
    return { cells, width, height, frames, ...rate, moves: reader.has("motion/rigid") };
  } finally {
    reader.close();
  }
}

/**
 * Reads a truth file of the layout of `saveTruth`. Rejects with a `ResultsError` when it is missing, damaged or of
 * another layout.
 */
export async function loadTruth(path: string): Promise<Truth> {
  const reader = await Hdf5Reader.open(path);
  try {
    const { data: b0, shape: [height, width] } = reader.numbers("b0", "float64", [-1, -1]);
    const { data: calcium, shape: [cells, frames] } = reader.numbers("C", "float32", [-1, -1]);
    const order = readAr(reader, cells);
    return {
      width,
      height,
      frames,
      ...(reader.hasAttribute("/", "fps") ? { frameRate: reader.numberAttribute("/", "fps") } : {}),
      footprints: packFootprints(width, height, readFootprints(reader, cells, height, width)),
      calcium,
      spikes: reader.numbers("S", "float32", [cells, frames]).data,
      ...order,
      snr: reader.numbers("snr", "float64", [cells]).data,
      b0,
      noise: reader.numbers("noise", "float64", [height, width]).data,
      ...(reader.has("motion/rigid") ? { motion: readMotion(reader, width, height, frames) } : {}),
    };
  } finally {
    reader.close();
  }
}

function readMotion(reader: Hdf5Reader, width: number, height: number, frames: number): Shifts {
  const rigid = reader.numbers("motion/rigid", "float32", [frames, 2]).data;
  if (!reader.has("motion/local")) return { width, height, frames, rigid };
  const x = reader.numbers("motion/x", "float32", [-1]).data, y = reader.numbers("motion/y", "float32", [-1]).data;
  const values = reader.numbers("motion/local", "float32", [frames, y.length, x.length, 2]).data;
  return { width, height, frames, rigid, local: { x, y, values } };
}

function readAr(reader: Hdf5Reader, cells: number): Pick<Truth, "ar" | "arOrder"> {
  if (reader.rank("g") === 2) return { ar: reader.numbers("g", "float64", [cells, 2]).data, arOrder: 2 };
  return { ar: reader.numbers("g", "float64", [cells]).data, arOrder: 1 };
}

function readFootprints(reader: Hdf5Reader, cells: number, height: number, width: number): Footprint[] {
  const { data } = reader.numbers("A", "float32", [cells, height, width]);
  return Array.from({ length: cells }, (_, k) => {
    const image = data.subarray(k * height * width, (k + 1) * height * width);
    const pixels: number[] = [];
    image.forEach((value, pixel) => {
      if (value > 0) pixels.push(pixel);
    });
    return { pixels: Uint32Array.from(pixels), values: Float32Array.from(pixels, (pixel) => image[pixel]) };
  });
}
