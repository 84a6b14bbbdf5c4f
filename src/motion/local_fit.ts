import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { nodeColumns } from "../kernels/node_columns.ts";
import { nodeRows } from "../kernels/node_rows.ts";
import { pad, pitchOf, type StackShape } from "../kernels/stack.ts";
import { Cholesky } from "./cholesky.ts";
import { shares } from "./grid.ts";
import { coarsePlace, type LocalGrid } from "./local_grid.ts";
import type { Scale } from "./scale.ts";

/** Blocks along the edges that are left out: what is interpolated there comes from beyond the frame in most frames. */
const EDGE = 3;
/**
 * Differences between neighbouring nodes that are usual (s.d.), blocks: how smooth displacements are expected to be.
 */
const USUAL_DIFFERENCE = 1;
/** Blocks whose noise counts as one: what is left of activity and background is not independent from block to block. */
const CORRELATED = 50;
/** Weight of smooth brightness. */
const EVENNESS = 0.05;
/** Least weight of anything, so that nodes without structure around them still have an answer. */
const FLOOR = 1e-6;

/**
 * One Gauss–Newton step from frames that were moved by a guess towards the displacements that make them like the
 * template, all nodes of the grid at once: moved(p) − T(p) ≈ g(p)·T(p) + e(p)·∇T(p), where the error e of the guess and
 * the change of brightness g are smooth functions of the place, given at the nodes. Least squares, with smooth
 * displacements preferred as much as the noise asks for. The template stays, so that one decomposition serves all
 * frames (Baker & Matthews 2004, Int. J. Comput. Vis. 56:221: the inverse compositional form).
 */
export class LocalFit {
  readonly #images: DeviceBuffer;
  readonly #sharesX: DeviceBuffer;
  readonly #sharesY: DeviceBuffer;
  readonly #spans: DeviceBuffer;
  readonly #system: Cholesky;
  readonly #smoothness: number;

  /** @param template coarse and filtered, row-major */
  constructor(
    readonly compute: Compute,
    readonly scale: Scale,
    readonly grid: LocalGrid,
    template: Float32Array,
    /** Standard deviation of frames from the template, counts. */
    readonly noise: number,
  ) {
    const { width, height, factor } = scale, pitch = pitchOf(width);
    const places = (nodes: Float32Array) => nodes.map((place) => coarsePlace(place, factor));
    const across = shares(places(grid.x.nodes), range(width)), down = shares(places(grid.y.nodes), range(height));
    const images = gradients(template, width, height);
    this.#images = compute.upload("template gradients", join(images.map((image) => pad(image, width, height))));
    this.#sharesX = compute.upload(
      "shares of columns",
      join(across.map((row) => pad(Float32Array.from(row), width, 1))),
    );
    this.#sharesY = compute.upload("shares of rows", join(down.map((row) => Float32Array.from(row))));
    const spans = across.flatMap((row) => {
      const first = row.findIndex((share) => share !== 0), last = row.findLastIndex((share) => share !== 0);
      return [Math.floor(first / 4), Math.min(pitch / 4, Math.floor(last / 4) + 1)];
    });
    this.#spans = compute.upload("spans of nodes", Uint32Array.from(spans));
    const { matrix, smoothness } = systemOf(
      images,
      width,
      height,
      across,
      down,
      CORRELATED * (noise / USUAL_DIFFERENCE) ** 2,
    );
    this.#smoothness = smoothness;
    this.#system = new Cholesky(matrix, 3 * grid.nodes);
  }

  /**
   * Queues the sums over moved frames that a step is made of.
   * @param limit to which differences from the template are limited, standard deviations: what is far beyond noise is
   * activity (Huber 1981, "modified residuals")
   * @returns [frames][rows][columns][4] float32, to be read and released by the caller
   */
  sums(moved: DeviceBuffer, shape: StackShape, limit: number): DeviceBuffer {
    const { compute, grid } = this, columns = grid.x.nodes.length, rows = grid.y.nodes.length;
    const rowSums = compute.allocate("row sums over nodes", shape.frames * shape.height * columns * 16);
    const sums = compute.allocate("sums over nodes", shape.frames * grid.nodes * 16);
    const buffers = { stack: moved, images: this.#images, shares: this.#sharesX, spans: this.#spans, sums: rowSums };
    nodeRows(compute, buffers, shape, columns, limit * this.noise);
    nodeColumns(compute, rowSums, this.#sharesY, sums, {
      frames: shape.frames,
      height: shape.height,
      columns,
      rows,
    });
    rowSums.release();
    return sums;
  }

  /**
   * The error of the guess at every node of one frame, (x, y) node by node, blocks of the coarse grid: to be subtracted
   * from it.
   * @param sums of the frame, [nodes][4], from `from` on
   * @param guess the frame's displacements at the nodes, (x, y) node by node, blocks
   */
  error(sums: Float32Array, from: number, guess: Float64Array): Float64Array {
    const n = this.grid.nodes, unknown = new Float64Array(3 * n);
    for (let node = 0; node < n; node++) {
      for (let c = 0; c < 3; c++) unknown[c * n + node] = sums[from + 4 * node + c];
    }
    // The displacement that is left after the step should be smooth, not the step.
    eachNeighbour(this.grid.x.nodes.length, this.grid.y.nodes.length, (a, b) => {
      for (let axis = 0; axis < 2; axis++) {
        const difference = this.#smoothness * (guess[2 * a + axis] - guess[2 * b + axis]);
        unknown[axis * n + a] += difference;
        unknown[axis * n + b] -= difference;
      }
    });
    this.#system.solve(unknown);
    const error = new Float64Array(2 * n);
    for (let node = 0; node < n; node++) {
      error[2 * node] = unknown[node];
      error[2 * node + 1] = unknown[n + node];
    }
    return error;
  }

  /** Frees the device buffers. */
  release(): void {
    for (const buffer of [this.#images, this.#sharesX, this.#sharesY, this.#spans]) buffer.release();
  }
}

/** Calls `visit` for each pair of neighbouring nodes. */
export function eachNeighbour(columns: number, rows: number, visit: (a: number, b: number) => void): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const node = row * columns + column;
      if (column + 1 < columns) visit(node, node + 1);
      if (row + 1 < rows) visit(node, node + columns);
    }
  }
}

/** The template's slopes along x and y (central differences) and the template itself, 0 along the edges. */
function gradients(template: Float32Array, width: number, height: number): Float32Array[] {
  const images = [0, 1, 2].map(() => new Float32Array(width * height));
  for (let y = EDGE; y < height - EDGE; y++) {
    for (let x = EDGE; x < width - EDGE; x++) {
      const i = y * width + x;
      images[0][i] = (template[i + 1] - template[i - 1]) / 2;
      images[1][i] = (template[i + width] - template[i - width]) / 2;
      images[2][i] = template[i];
    }
  }
  return images;
}

/** The normal equations: unknowns are x at all nodes, y at all nodes, brightness at all nodes. */
function systemOf(
  images: readonly Float32Array[],
  width: number,
  height: number,
  across: readonly Float64Array[],
  down: readonly Float64Array[],
  least: number,
): { matrix: Float64Array; smoothness: number } {
  const columns = across.length, n = columns * down.length, size = 3 * n;
  const matrix = new Float64Array(size * size);
  const used = (of: readonly Float64Array[], place: number) =>
    of.flatMap((row, node) => row[place] === 0 ? [] : [{ node, share: row[place] }]);
  const usedX = Array.from({ length: width }, (_, x) => used(across, x));
  const index = new Int32Array(48), share = new Float64Array(48);
  for (let y = 0; y < height; y++) {
    const rows = used(down, y);
    for (let x = 0; x < width; x++) {
      const at = y * width + x, values = [images[0][at], images[1][at], images[2][at]];
      if (values[0] === 0 && values[1] === 0 && values[2] === 0) continue;
      let count = 0;
      for (let c = 0; c < 3; c++) {
        for (const row of rows) {
          for (const column of usedX[x]) {
            index[count] = c * n + row.node * columns + column.node;
            share[count++] = values[c] * row.share * column.share;
          }
        }
      }
      // Indices need not ascend: both triangles are filled.
      for (let i = 0; i < count; i++) {
        const row = index[i] * size, weight = share[i];
        for (let j = 0; j < count; j++) matrix[row + index[j]] += weight * share[j];
      }
    }
  }
  const trace = (from: number, to: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += matrix[i * size + i];
    return Math.max(sum / (to - from), 1e-30);
  };
  const information = trace(0, 2 * n), brightness = trace(2 * n, size);
  const smoothness = Math.max(least, FLOOR * information);
  eachNeighbour(columns, down.length, (a, b) => {
    [smoothness, smoothness, EVENNESS * brightness].forEach((weight, c) => {
      const i = c * n + a, j = c * n + b;
      matrix[i * size + i] += weight;
      matrix[j * size + j] += weight;
      matrix[i * size + j] -= weight;
      matrix[j * size + i] -= weight;
    });
  });
  for (let i = 0; i < size; i++) matrix[i * size + i] += FLOOR * (i < 2 * n ? information : brightness);
  return { matrix, smoothness };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
