import type { RingBackground, SummaryImages } from "../../core/extraction.ts";
import { rowMajorImage } from "../exports/column_major.ts";
import type { CaimanFile } from "./caiman_file.ts";
import { ringOfMatrix } from "./ring_matrix.ts";

/** Longer sides are those of a damaged file. */
const LONGEST_SIDE = 16384;
const MOST_PIXELS = 2 ** 26;

/** What is known of the ring beside its matrix. */
export interface RingFacts {
  readonly factor?: number;
  readonly radius?: number;
}

/** The size of the field: CaImAn's `dims`, rows first. */
export function readCaimanField(file: CaimanFile): { width: number; height: number } {
  const paths = [...new Set([`${file.root}/dims`, "/dims", "/params/data/dims"])].filter((one) => file.hasAt(one));
  if (paths.length === 0) throw file.error("it does not say how large the field is (dims)");
  const { data } = file.reader.converted(paths[0], "float64", [-1]), [height, width] = data, pixels = width * height;
  if (data.length !== 2) throw file.error(`its field has ${data.length} axes; annulus takes fields of 2`);
  const isSide = (side: number) => Number.isInteger(side) && side > 0 && side <= LONGEST_SIDE;
  if (!isSide(width) || !isSide(height) || width * height > MOST_PIXELS) {
    throw file.error(`its field has ${width}×${height} pixels, which cannot be`);
  }
  // Dims of another number of pixels are not this field's; of as many pixels in other rows they leave open where a pixel lies.
  const other = paths.slice(1).map((path) => pairAt(file, path)).find((one) =>
    one && one[0] * one[1] === pixels && one[0] !== height
  );
  if (other) {
    throw file.error(`it states two fields of as many pixels (dims), ${width}×${height} and ${other[1]}×${other[0]}`);
  }
  return { width, height };
}

/** The two numbers at a path; undefined when something else is there. */
function pairAt({ reader }: CaimanFile, path: string): Float64Array | undefined {
  const { kind, shape } = reader.describe(path);
  const isPair = shape?.join() === "2" && (kind === "integer" || kind === "float");
  return isPair ? reader.converted(path, "float64", [2]).data : undefined;
}

/** The constant background: b0, or of two-photon files the mean of b f over time. */
export function readCaimanBackground(file: CaimanFile, width: number, height: number, notes: string[]): Float32Array {
  const size = width * height;
  if (file.has("b0")) return rowMajorImage(file.numbers("b0", size), width, height);
  if (!file.has("b") || !file.has("f")) {
    notes.push("The file has no constant background: it is 0 here");
    return new Float32Array(size);
  }
  const [count, frames] = file.shape("f");
  if (file.shape("f").length !== 2) throw file.error(`f has the shape ${file.shape("f").join("×")}; it has two axes`);
  const f = file.numbers("f", count * frames), b0 = new Float64Array(size);
  const means = Float64Array.from({ length: count }, (_, j) => meanOf(f.subarray(j * frames, (j + 1) * frames)));
  eachOfComponents(file, size, count, (pixel, j, value) => b0[pixel] += value * means[j]);
  if (count > 0) {
    const many = count === 1 ? "1 component" : `${count} components`;
    notes.push(`The background varies in time (${many}, b and f): its mean is the constant background here`);
  }
  return rowMajorImage(b0, width, height);
}

/** Every value of a background's components, pixels × count, which are a full or a sparse matrix. */
function eachOfComponents(
  file: CaimanFile,
  size: number,
  count: number,
  take: (pixel: number, j: number, value: number) => void,
): void {
  if (file.reader.typeOf(`${file.root}/b`) !== "group") {
    file.numbers("b", size * count).forEach((value, i) => take(Math.floor(i / count), i % count, value));
    return;
  }
  const { data, indices, starts, rows, columns } = file.sparse("b");
  if (rows !== size || columns !== count) {
    throw file.error(`b has the shape ${rows}×${columns}; ${size}×${count} is right`);
  }
  for (let j = 0; j < columns; j++) for (let i = starts[j]; i < starts[j + 1]; i++) take(indices[i], j, data[i]);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** The ring of W; without offsets when there is none. */
export function readCaimanRing(
  file: CaimanFile,
  width: number,
  height: number,
  facts: RingFacts,
  notes: string[],
): RingBackground {
  if (file.has("W")) {
    const matrix = file.sparse("W");
    if (matrix.rows !== matrix.columns) {
      throw file.error(`W has the shape ${matrix.rows}×${matrix.columns}; it is square`);
    }
    const found = ringOfMatrix(matrix, { width, height }, facts.radius);
    if ("ring" in found) return found.ring;
    notes.push(`The ring background W is left out: ${found.reason}`);
  }
  const { factor = 1, radius = 0 } = facts;
  return {
    factor,
    width: Math.ceil(width / factor),
    height: Math.ceil(height / factor),
    radius,
    offsets: new Int32Array(0),
    weights: new Float32Array(0),
  };
}

/** Noise and correlation as far as the file has them. What it does not have is NaN. */
export function readCaimanImages(file: CaimanFile, width: number, height: number): SummaryImages {
  const size = width * height, none = new Float32Array(size).fill(NaN);
  const noise = file.has("sn") ? rowMajorImage(file.numbers("sn", size), width, height) : none;
  const hasImage = file.has("Cn") && file.shape("Cn").join() === `${height},${width}`;
  const correlation = hasImage ? Float32Array.from(file.numbers("Cn", size)) : none;
  return { mean: none, max: none, noise, correlation, pnr: none };
}
