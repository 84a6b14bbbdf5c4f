import { median } from "../../core/sorted.ts";
import type { Footprint } from "../../core/footprints.ts";

/** What suite2p says of the shape of a region, by its own definitions (suite2p/detection/stats.py). */
export interface Suite2pShape {
  /** The pixel nearest to the median row and column: row, column. */
  readonly med: readonly [number, number];
  /** Two standard deviations along the longer axis of the weighted pixels, pixels. */
  readonly radius: number;
  /** 2·longer / (longer + shorter + 0.01): 1 for a circle, towards 2 for a line. */
  readonly aspectRatio: number;
  /** Mean distance of the pixels from their median, over that of a disk of as many pixels. */
  readonly compact: number;
}

/** Standard deviations that a radius spans. */
const RADIUS_DEVIATIONS = 2;

/** Shape of a footprint of at least one pixel. */
export function suite2pShape({ pixels, values }: Footprint, width: number): Suite2pShape {
  const xs = Array.from(pixels, (pixel) => pixel % width),
    ys = Array.from(pixels, (pixel) => Math.floor(pixel / width));
  const medianX = median(xs), medianY = median(ys);
  const distances = xs.map((x, i) => Math.hypot(x - medianX, ys[i] - medianY));
  const nearest = distances.reduce((best, distance, i) => distance < distances[best] ? i : best, 0);
  const [longer, shorter] = deviations(xs, ys, values).map((deviation) => RADIUS_DEVIATIONS * deviation);
  return {
    med: [ys[nearest], xs[nearest]],
    radius: longer,
    aspectRatio: 2 * longer / (0.01 + longer + shorter),
    compact: mean(distances) / (1e-10 + meanDiskDistance(pixels.length)),
  };
}

/** Standard deviations of weighted pixels along their main axes, the longer one first. */
function deviations(xs: readonly number[], ys: readonly number[], weights: Float32Array): [number, number] {
  let sum = 0, meanX = 0, meanY = 0;
  for (let i = 0; i < xs.length; i++) {
    sum += weights[i];
    meanX += weights[i] * xs[i];
    meanY += weights[i] * ys[i];
  }
  meanX /= sum;
  meanY /= sum;
  let xx = 0, yy = 0, xy = 0;
  for (let i = 0; i < xs.length; i++) {
    const dx = xs[i] - meanX, dy = ys[i] - meanY, weight = weights[i] / sum;
    xx += weight * dx * dx;
    yy += weight * dy * dy;
    xy += weight * dx * dy;
  }
  // Eigenvalues of the 2×2 covariance.
  const half = (xx + yy) / 2, root = Math.hypot((xx - yy) / 2, xy);
  return [Math.sqrt(half + root), Math.sqrt(Math.max(0, half - root))];
}

/** Mean distance from the middle pixel of the `count` pixels nearest to it. */
function meanDiskDistance(count: number): number {
  const reach = Math.ceil(Math.sqrt(count / Math.PI)) + 1, distances: number[] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) distances.push(Math.hypot(x, y));
  }
  return mean(distances.sort((a, b) => a - b).slice(0, count));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
