import type { Seed } from "../core/extraction.ts";
import { median3 } from "./patch.ts";

/** Images the seeds are read from, each row-major width×height. */
export interface SeedImages {
  readonly width: number;
  readonly height: number;
  /** Local correlation of the filtered movie. */
  readonly correlation: Float32Array;
  /** Peak-to-noise ratio of the filtered movie. */
  readonly pnr: Float32Array;
  /** Largest rise from one frame to the next over the s.d. of these differences. */
  readonly rise: Float32Array;
}

/** What a seed must show. */
export interface SeedThresholds {
  readonly min_corr: number;
  readonly min_pnr: number;
  /** Half side of the square in which a seed must be the maximum, pixels. */
  readonly radius: number;
}

/** What a seed must show, from the parameters: it is the maximum of a square of about a quarter of a cell's diameter. */
export function seedThresholds(
  { min_corr, min_pnr, gSiz }: { readonly min_corr: number; readonly min_pnr: number; readonly gSiz: number },
): SeedThresholds {
  return { min_corr, min_pnr, radius: Math.max(1, Math.round(gSiz / 8)) };
}

/** A seed needs a rise of three s.d. of its frame-to-frame differences: something must start there. */
const MIN_RISE = 3;

/**
 * Candidate seeds, strongest first: local maxima of the 3×3 median of correlation × PNR among pixels that reach both thresholds
 * (Zhou et al. 2018; algorithm.md section 3). Ties go to the lower pixel index.
 * @param excluded pixels that are not considered (already tried), or undefined
 */
export function findSeeds(
  images: SeedImages,
  thresholds: SeedThresholds,
  excluded?: Uint8Array,
): (Seed & { strength: number })[] {
  const { width, height, correlation, pnr, rise } = images, { min_corr, min_pnr, radius } = thresholds;
  const product = new Float32Array(width * height);
  for (let i = 0; i < product.length; i++) {
    if (correlation[i] >= min_corr && pnr[i] >= min_pnr && !excluded?.[i]) product[i] = correlation[i] * pnr[i];
  }
  const smooth = median3(product, width, height);
  const seeds: (Seed & { strength: number })[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x, value = smooth[i];
      if (value <= 0 || product[i] <= 0 || rise[i] < MIN_RISE) continue;
      let highest = true;
      for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius) && highest; v++) {
        for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
          const j = v * width + u;
          if (smooth[j] > value || (smooth[j] === value && j < i && product[j] > 0 && rise[j] >= MIN_RISE)) {
            highest = false;
            break;
          }
        }
      }
      if (highest) seeds.push({ x, y, correlation: correlation[i], pnr: pnr[i], strength: value });
    }
  }
  return seeds.sort((a, b) => b.strength - a.strength || a.y - b.y || a.x - b.x);
}

/**
 * The seeds that can be worked on together with the same answer as one after the other: each is stronger than every other candidate
 * within `distance` pixels (both axes). Depends on the neighbourhood only, so tiles choose the same seeds as the whole field.
 */
export function independentSeeds<S extends { readonly x: number; readonly y: number }>(
  strongestFirst: readonly S[],
  distance: number,
): S[] {
  const chosen: S[] = [];
  strongestFirst.forEach((seed, rank) => {
    for (let k = 0; k < rank; k++) {
      const other = strongestFirst[k];
      if (Math.abs(other.x - seed.x) <= distance && Math.abs(other.y - seed.y) <= distance) return;
    }
    chosen.push(seed);
  });
  return chosen;
}
