import { ParameterError } from "../core/errors.ts";
import type { Footprint } from "../core/footprints.ts";
import { Random } from "./random.ts";

/** A cell's centre, pixels; pixel (x, y) is centred at whole numbers. */
export interface Centre {
  /** Column. */
  readonly x: number;
  /** Row. */
  readonly y: number;
}

/** Where cells may lie. */
export interface Placement {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** How many. */
  readonly cells: number;
  /** Least distance to the outermost pixels, pixels. */
  readonly margin: number;
  /** Least distance between the centres of cells that are not meant to be close, pixels. */
  readonly distance: number;
  /** Share of the cells that have a neighbour nearer than `distance`, 0..1 (rounded to whole pairs). */
  readonly fractionClose: number;
  /** Least distance within such a pair, pixels. */
  readonly closeDistance: number;
  /** Whether a cell may lie at a centre. Default: everywhere. */
  readonly allowed?: (centre: Centre) => boolean;
}

/** Tries before a field counts as full. Random sequential placement jams long before this many misses in a row. */
const TRIES = 20000;

/**
 * Random centres. Cells meant to be close come in pairs: the second at a distance uniform in [`closeDistance`, `distance`) from the
 * first and at least `distance` from all others, so the share of cells with a near neighbour is what was asked, not more.
 * Throws `ParameterError` when the field is too small for that many cells.
 */
export function placeCells(placement: Placement, random: Random): Centre[] {
  const { width, height, cells, margin, distance, fractionClose, closeDistance } = placement;
  const inside = ({ x, y }: Centre) =>
    x >= margin && y >= margin && x <= width - 1 - margin && y <= height - 1 - margin;
  const centres: Centre[] = [];
  const clear = (centre: Centre, partner = -1) =>
    inside(centre) && (placement.allowed?.(centre) ?? true) &&
    centres.every(({ x, y }, k) => k === partner || Math.hypot(x - centre.x, y - centre.y) >= distance);
  const place = (propose: () => { centre: Centre; partner: number }) => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const { centre, partner } = propose();
      if (clear(centre, partner)) return centres.push(centre);
    }
    throw new ParameterError(
      `Only ${centres.length} of ${cells} cells find room in ${width}×${height} pixels at least ${
        distance.toFixed(1)
      } pixels apart; use fewer cells, a smaller min_distance or a larger field`,
    );
  };
  const pairs = Math.min(Math.floor(cells / 2), Math.round(cells * fractionClose / 2));
  const singles = cells - pairs;
  for (let k = 0; k < singles; k++) {
    place(() => ({
      centre: { x: random.uniform(margin, width - 1 - margin), y: random.uniform(margin, height - 1 - margin) },
      partner: -1,
    }));
  }
  const paired = new Set<number>();
  for (let k = 0; k < pairs; k++) {
    let chosen = -1;
    place(() => {
      do chosen = random.index(singles); while (paired.has(chosen));
      const angle = random.uniform(0, 2 * Math.PI), radius = random.uniform(closeDistance, distance);
      const { x, y } = centres[chosen];
      return { centre: { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) }, partner: chosen };
    });
    paired.add(chosen);
  }
  return centres;
}

/** Footprints are cut where they fall below this share of their peak: fainter pixels drown in the noise of any recording. */
const CUT = 0.1;

/**
 * An irregular cell: an ellipse with a Gaussian profile (s.d. `sigma` ± 20 %, axes up to 1.5 : 1), an outline that waves with the
 * angle, and lumps of uneven brightness. Largest value 1; pixels below a tenth of it are cut. Pixels outside the field are lost.
 */
export function cellFootprint(
  width: number,
  height: number,
  centre: Centre,
  sigma: number,
  random: Random,
): Footprint {
  const size = sigma * random.uniform(0.8, 1.2);
  const ratio = Math.sqrt(random.uniform(1, 1.5));
  const angle = random.uniform(0, Math.PI);
  const waves = [2, 3, 4].map((order) => ({
    order,
    height: random.uniform(0, 0.24 / order),
    phase: random.uniform(0, 2 * Math.PI),
  }));
  const lumps = Array.from({ length: 4 }, () => ({
    x: random.uniform(-1.2, 1.2),
    y: random.uniform(-1.2, 1.2),
    height: random.uniform(-0.3, 0.5),
    width: random.uniform(0.4, 0.8),
  }));
  const profile = (dx: number, dy: number) => {
    const u = (dx * Math.cos(angle) + dy * Math.sin(angle)) / (size * ratio);
    const v = (dy * Math.cos(angle) - dx * Math.sin(angle)) / (size / ratio);
    const theta = Math.atan2(v, u);
    const outline = waves.reduce((sum, wave) => sum + wave.height * Math.cos(wave.order * theta + wave.phase), 1);
    const brightness = lumps.reduce(
      (sum, lump) => sum + lump.height * Math.exp(-((u - lump.x) ** 2 + (v - lump.y) ** 2) / (2 * lump.width ** 2)),
      1,
    );
    return brightness * Math.exp(-0.5 * (u * u + v * v) / (outline * outline));
  };
  const reach = Math.ceil(5 * sigma);
  const x0 = Math.max(0, Math.ceil(centre.x - reach)), x1 = Math.min(width - 1, Math.floor(centre.x + reach));
  const y0 = Math.max(0, Math.ceil(centre.y - reach)), y1 = Math.min(height - 1, Math.floor(centre.y + reach));
  const entries: { pixel: number; value: number }[] = [];
  let peak = 0;
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const value = profile(x - centre.x, y - centre.y);
      peak = Math.max(peak, value);
      entries.push({ pixel: y * width + x, value });
    }
  }
  const kept = entries.filter(({ value }) => value >= CUT * peak);
  return {
    pixels: Uint32Array.from(kept, ({ pixel }) => pixel),
    values: Float32Array.from(kept, ({ value }) => value / peak),
  };
}

/** The pixel where a footprint is largest (the first one, should two be equal). */
export function peakPixel(footprint: Footprint): number {
  let best = 0;
  for (let i = 1; i < footprint.values.length; i++) if (footprint.values[i] > footprint.values[best]) best = i;
  return footprint.pixels[best];
}
