import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import type { StackShape } from "../kernels/stack.ts";
import { Cholesky } from "./cholesky.ts";
import { Correlator } from "./correlator.ts";
import { shares } from "./grid.ts";
import { eachNeighbour } from "./local_fit.ts";
import { coarsePlace, type LocalGrid } from "./local_grid.ts";
import { findPeak } from "./peak.ts";
import type { Scale } from "./scale.ts";

/** Lags beyond the largest deviation that interpolation takes in. */
const BEYOND = 4;
/** Weight of smooth displacements, of the mean weight of a node in the patches. */
const SMOOTHNESS = 0.02;
/** Least weight, so that nodes no patch reaches follow their neighbours. */
const FLOOR = 1e-6;

/**
 * Measures each patch's displacement on its own, by cross-correlation around the frame's (NoRMCorre), and makes a
 * smooth field of them that has those displacements as its means over the patches. This is where local registration
 * starts: it cannot be caught in a wrong maximum nearby.
 */
export class PatchFit {
  readonly #correlator: Correlator;
  readonly #starts: { readonly x: number; readonly y: number }[];
  readonly #reach: number;
  /** Mean of the field over each patch: share of each node. */
  readonly #means: Float64Array[];
  readonly #system: Cholesky;
  readonly #limit: number;

  /**
   * @param template coarse and filtered, row-major
   * @param largest deviation of a patch from its frame, pixels of the movie
   */
  constructor(
    compute: Compute,
    scale: Scale,
    readonly grid: LocalGrid,
    template: Float32Array,
    largest: number,
    mostFrames: number,
  ) {
    const { factor, width, height } = scale;
    const patchWidth = Math.floor(grid.patchWidth / factor), patchHeight = Math.floor(grid.patchHeight / factor);
    this.#limit = largest / factor;
    // Lags are taken from the nearest whole displacement of the frame: up to half a block more.
    const reach = this.#reach = Math.ceil(this.#limit + 0.5) + BEYOND;
    const windowX = window(patchWidth), windowY = window(patchHeight);
    this.#starts = grid.patchY.flatMap((y) =>
      grid.patchX.map((x) => ({
        x: Math.min(Math.round(x / factor), width - patchWidth),
        y: Math.min(Math.round(y / factor), height - patchHeight),
      }))
    );
    const region = { width: patchWidth + 2 * reach, height: patchHeight + 2 * reach };
    const templates = this.#starts.map((start) => {
      const image = new Float32Array(region.width * region.height);
      let sum = 0, weight = 0;
      for (let y = 0; y < patchHeight; y++) {
        for (let x = 0; x < patchWidth; x++) {
          sum += windowX[x] * windowY[y] * template[(start.y + y) * width + start.x + x];
          weight += windowX[x] * windowY[y];
        }
      }
      for (let y = 0; y < patchHeight; y++) {
        for (let x = 0; x < patchWidth; x++) {
          image[(y + reach) * region.width + x + reach] = windowX[x] * windowY[y] *
            (template[(start.y + y) * width + start.x + x] - sum / weight);
        }
      }
      return image;
    });
    this.#correlator = new Correlator(
      compute,
      { patches: this.#starts.length, ...region, reach },
      templates,
      mostFrames,
    );
    const places = (nodes: Float32Array) => nodes.map((place) => coarsePlace(place, factor));
    const across = shares(places(grid.x.nodes), Array.from({ length: width }, (_, x) => x));
    const down = shares(places(grid.y.nodes), Array.from({ length: height }, (_, y) => y));
    this.#means = this.#starts.map((start) => {
      const meanX = across.map((row) => mean(row, start.x, windowX)),
        meanY = down.map((row) => mean(row, start.y, windowY));
      return Float64Array.from(meanY.flatMap((b) => meanX.map((a) => a * b)));
    });
    this.#system = systemOf(this.#means, grid);
  }

  /**
   * Queues the correlations of coarse frames around their displacements as wholes.
   * @param rigid displacement of each frame, (x, y) frame by frame, blocks
   * @returns buffer to be read, released, and given to `fields`
   */
  correlate(stack: DeviceBuffer, shape: StackShape, rigid: Float32Array): DeviceBuffer {
    const patches = this.#starts.length, origins = new Int32Array(shape.frames * patches * 2);
    for (let f = 0; f < shape.frames; f++) {
      this.#starts.forEach((start, p) => {
        const at = 2 * (f * patches + p);
        origins[at] = start.x - this.#reach + Math.round(rigid[2 * f]);
        origins[at + 1] = start.y - this.#reach + Math.round(rigid[2 * f + 1]);
      });
    }
    return this.#correlator.correlate(stack, shape, origins);
  }

  /**
   * Displacements at the nodes, (x, y) node by node and frame by frame, blocks.
   * @param correlations what `correlate` made
   */
  fields(correlations: Float32Array, frames: number, rigid: Float32Array): Float64Array[] {
    const patches = this.#starts.length, size = (2 * this.#reach + 1) ** 2, limit = this.#limit;
    return Array.from({ length: frames }, (_, f) => {
      const x = new Float64Array(this.grid.nodes), y = new Float64Array(this.grid.nodes);
      const partX = rigid[2 * f] - Math.round(rigid[2 * f]), partY = rigid[2 * f + 1] - Math.round(rigid[2 * f + 1]);
      this.#means.forEach((shares, p) => {
        const at = (f * patches + p) * size;
        const peak = findPeak(correlations.subarray(at, at + size), this.#reach, limit + 0.5);
        const dx = Math.min(Math.max(peak.x - partX, -limit), limit);
        const dy = Math.min(Math.max(peak.y - partY, -limit), limit);
        shares.forEach((share, node) => {
          x[node] += share * dx;
          y[node] += share * dy;
        });
      });
      this.#system.solve(x);
      this.#system.solve(y);
      const field = new Float64Array(2 * this.grid.nodes);
      x.forEach((dx, node) => {
        field[2 * node] = dx + rigid[2 * f];
        field[2 * node + 1] = y[node] + rigid[2 * f + 1];
      });
      return field;
    });
  }

  /** Frees the device buffers. */
  release(): void {
    this.#correlator.release();
  }
}

/** A Hann window that is not 0 at its ends. */
function window(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => Math.sin(Math.PI * (i + 0.5) / length) ** 2);
}

/** Mean of a row's values from `start` on under a window. */
function mean(row: Float64Array, start: number, window: Float64Array): number {
  let sum = 0, weight = 0;
  window.forEach((share, i) => {
    sum += share * row[start + i];
    weight += share;
  });
  return sum / weight;
}

/** Least squares of the means over the patches with a preference for smooth fields. */
function systemOf(means: readonly Float64Array[], { x, y, nodes }: LocalGrid): Cholesky {
  const matrix = new Float64Array(nodes * nodes);
  for (const shares of means) {
    for (let a = 0; a < nodes; a++) {
      if (shares[a] === 0) continue;
      for (let b = 0; b < nodes; b++) matrix[a * nodes + b] += shares[a] * shares[b];
    }
  }
  let trace = 0;
  for (let a = 0; a < nodes; a++) trace += matrix[a * nodes + a] / nodes;
  const weight = SMOOTHNESS * trace;
  eachNeighbour(x.nodes.length, y.nodes.length, (a, b) => {
    matrix[a * nodes + a] += weight;
    matrix[b * nodes + b] += weight;
    matrix[a * nodes + b] -= weight;
    matrix[b * nodes + a] -= weight;
  });
  for (let a = 0; a < nodes; a++) matrix[a * nodes + a] += FLOOR * trace;
  return new Cholesky(matrix, nodes);
}
