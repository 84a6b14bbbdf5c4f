import { cropImage } from "./crop.ts";
import { fluctuation } from "./fluctuation.ts";
import { Random } from "./random.ts";

/** What the background of a simulated movie looks like. */
export interface BackgroundOptions {
  /** Pixels per row of the field. */
  readonly width: number;
  /** Rows of the field. */
  readonly height: number;
  /** Pixels of tissue beyond the field on each side. All images are of this larger scene. */
  readonly margin: number;
  /** Whether vignetting is kept apart from the tissue, which can then move under it. */
  readonly apart: boolean;
  /** Frames. */
  readonly frames: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Diameter of a cell, pixels: sets the scale of what counts as broad. */
  readonly diameter: number;
  /** Constant light, counts at the centre of the field. */
  readonly baseline: number;
  /** Mean light of the fluctuating sources, counts, averaged over the scene before vignetting. */
  readonly level: number;
  /** Their standard deviation over time, counts, averaged over the field as recorded. */
  readonly amplitude: number;
  /** Share of the light lost from the first frame to the last. */
  readonly bleaching: number;
  /** Number of vessels. */
  readonly vessels: number;
}

/** A background that can be evaluated at any frame. */
export interface Background {
  /** Share of the light that vessels let through, and vignetting unless it is kept apart, row-major. */
  readonly transmission: Float32Array;
  /** Share of the light that vignetting lets through, where it is kept apart, row-major: the middle of the field is 1. */
  readonly vignetting?: Float32Array;
  /** Mean over all frames as recorded of tissue at rest, row-major, counts. */
  readonly mean: Float64Array;
  /** Largest value of the mean over the field plus five standard deviations: what a sensor must hold. */
  readonly brightest: number;
  /** Writes the background of one frame, row-major, counts; before vignetting where that is kept apart. */
  frame(t: number, into: Float32Array): void;
}

/** Broad sources are smooth: they are summed on a grid this much coarser than the pixels, then interpolated. */
const GRID = 4;
/** Time constants of the sources' slow and fast fluctuations, seconds, and the share of the variance that is fast. */
const SLOW = 3, FAST = 0.6, FAST_SHARE = 0.3;
/** Share of the variance that all sources have in common. */
const COMMON_SHARE = 0.35;

function slowAndFast(frames: number, frameRate: number, random: Random): Float32Array {
  const slow = fluctuation(frames, SLOW * frameRate * random.uniform(0.7, 1.4), random);
  const fast = fluctuation(frames, FAST * frameRate * random.uniform(0.7, 1.4), random);
  const a = Math.sqrt(1 - FAST_SHARE), b = Math.sqrt(FAST_SHARE);
  return slow.map((value, t) => a * value + b * fast[t]);
}

/** Vignetting of the field (a broad dome off centre), row-major over the scene. */
function vignettingImage(options: BackgroundOptions, random: Random): Float32Array {
  const { width, height, margin } = options, pitch = width + 2 * margin, rows = height + 2 * margin;
  const image = new Float32Array(pitch * rows);
  const x0 = width * random.uniform(0.45, 0.55), y0 = height * random.uniform(0.45, 0.55);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < pitch; x++) {
      const r2 = ((x - margin - x0) / (0.5 * width)) ** 2 + ((y - margin - y0) / (0.5 * height)) ** 2;
      image[y * pitch + x] = 0.4 + 0.6 * Math.exp(-0.5 * r2);
    }
  }
  return image;
}

/** Multiplies an image of the scene by what vessels (dark curved lines) let through. */
function drawVessels(image: Float32Array, options: BackgroundOptions, random: Random): void {
  const { margin, diameter } = options, width = options.width + 2 * margin, height = options.height + 2 * margin;
  for (let vessel = 0; vessel < options.vessels; vessel++) {
    const angle = random.uniform(0, Math.PI), cosine = Math.cos(angle), sine = Math.sin(angle);
    const px = width * random.uniform(0.15, 0.85), py = height * random.uniform(0.15, 0.85);
    const bend = random.uniform(-1, 1) * 0.3 / Math.max(width, height);
    const radius = diameter * random.uniform(0.12, 0.25), depth = random.uniform(0.15, 0.3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const along = (x - px) * cosine + (y - py) * sine;
        const slope = 2 * bend * along;
        // Distance from the parabola, by its slope: exact on the line, and good where the line is still dark.
        const across = ((y - py) * cosine - (x - px) * sine - bend * along * along) / Math.sqrt(1 + slope * slope);
        image[y * width + x] *= 1 - depth * Math.exp(-0.5 * (across / radius) ** 2);
      }
    }
  }
}

/** Fine structure of resting tissue: white noise smoothed by three box passes each way, zero mean, unit variance. */
function texture(width: number, height: number, radius: number, random: Random): Float32Array {
  let image = Float32Array.from({ length: width * height }, () => random.normal());
  const smooth = (count: number, length: number, step: number, stride: number) => {
    const next = new Float32Array(image.length);
    for (let line = 0; line < count; line++) {
      for (let i = 0; i < length; i++) {
        let sum = 0, used = 0;
        for (let j = Math.max(0, i - radius); j <= Math.min(length - 1, i + radius); j++, used++) {
          sum += image[line * stride + j * step];
        }
        next[line * stride + i * step] = sum / used;
      }
    }
    image = next;
  };
  for (let pass = 0; pass < 3; pass++) {
    smooth(height, width, 1, width);
    smooth(width, height, width, 1);
  }
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  const variance = image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length;
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  return image.map((value) => (value - mean) * scale);
}

/** Two neighbouring grid points of each pixel and the weight of the second. */
function interpolation(length: number, points: number): { first: Int32Array; weight: Float32Array } {
  const first = new Int32Array(length), weight = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    first[i] = Math.min(Math.max(0, points - 2), Math.floor(i / GRID));
    weight[i] = points > 1 ? i / GRID - first[i] : 0;
  }
  return { first, weight };
}

/**
 * Background of a one-photon movie: B(p, t) = bleach(t) · transmission(p) · (rest(p) + Σ_j s_j(p) f_j(t)), with broad overlapping
 * sources s_j (s.d. 1.8 to 5 cell diameters, about one for every twelve squared diameters) whose light f_j(t) fluctuates slowly and
 * fast, a third of it in common. The sum over sources is taken on a grid four times coarser than the pixels.
 *
 * With a margin all of this is made for a scene that is larger than the field by the margin on each side; only the dome of the
 * vignetting belongs to the field.
 */
export function simulateBackground(options: BackgroundOptions, seed: number): Background {
  const { frames, frameRate, diameter, margin } = options;
  const width = options.width + 2 * margin, height = options.height + 2 * margin;
  const pixels = width * height;
  const random = new Random(seed, 1);
  const vignetting = vignettingImage(options, random);
  const transmission = options.apart ? new Float32Array(pixels).fill(1) : vignetting;
  drawVessels(transmission, options, random);
  const recorded = options.apart ? transmission.map((share, p) => share * vignetting[p]) : transmission;
  const grain = texture(width, height, Math.max(1, Math.round(diameter / 8)), random);
  const rest = grain.map((value) => options.baseline * Math.max(0, 1 + 0.05 * value));

  const columns = Math.floor((width - 1) / GRID) + 2, rows = Math.floor((height - 1) / GRID) + 2;
  const points = columns * rows;
  const sources = Math.max(6, Math.round(pixels / (12 * diameter * diameter)));
  const common = slowAndFast(frames, frameRate, random);
  const shapes: Float32Array[] = [], lights: Float32Array[] = [];
  for (let j = 0; j < sources; j++) {
    const x0 = random.uniform(-0.1, 1.1) * width, y0 = random.uniform(-0.1, 1.1) * height;
    const sigma = diameter * random.uniform(1.8, 5), height0 = random.uniform(0.5, 1.5);
    shapes.push(Float32Array.from({ length: points }, (_, i) => {
      const dx = (i % columns) * GRID - x0, dy = Math.floor(i / columns) * GRID - y0;
      return height0 * Math.exp(-0.5 * (dx * dx + dy * dy) / (sigma * sigma));
    }));
    const own = slowAndFast(frames, frameRate, random);
    const a = Math.sqrt(COMMON_SHARE), b = Math.sqrt(1 - COMMON_SHARE);
    lights.push(own.map((value, t) => a * common[t] + b * value));
  }
  // Zero mean within the movie, so that the mean background is what `level` says.
  for (const light of lights) {
    const mean = light.reduce((sum, value) => sum + value, 0) / frames;
    for (let t = 0; t < frames; t++) light[t] -= mean;
  }
  const steady = new Float32Array(points);
  for (const shape of shapes) for (let i = 0; i < points; i++) steady[i] += shape[i];
  const steadyMean = steady.reduce((sum, value) => sum + value, 0) / points;
  for (let i = 0; i < points; i++) steady[i] *= options.level / steadyMean;

  const xs = interpolation(width, columns), ys = interpolation(height, rows);
  const line = new Float32Array(columns);
  /** Writes share · (constant + interpolated grid) · gain. */
  const spread = (
    grid: Float32Array,
    constant: Float32Array | null,
    gain: number,
    share: Float32Array,
    into: Float32Array,
  ) => {
    for (let y = 0; y < height; y++) {
      const top = ys.first[y] * columns, below = top + columns, wy = ys.weight[y];
      for (let x = 0; x < columns; x++) line[x] = grid[top + x] + wy * (grid[below + x] - grid[top + x]);
      for (let x = 0, p = y * width; x < width; x++, p++) {
        const left = xs.first[x];
        const value = line[left] + xs.weight[x] * (line[left + 1] - line[left]);
        into[p] = gain * share[p] * (value + (constant === null ? 0 : constant[p]));
      }
    }
  };

  // Scale the fluctuations so that their standard deviation, averaged over the field, is the amplitude asked for.
  const deviation = new Float32Array(points);
  for (let j = 0; j < sources; j++) {
    for (let k = 0; k <= j; k++) {
      let covariance = 0;
      for (let t = 0; t < frames; t++) covariance += lights[j][t] * lights[k][t];
      covariance *= (j === k ? 1 : 2) / frames;
      for (let i = 0; i < points; i++) deviation[i] += covariance * shapes[j][i] * shapes[k][i];
    }
  }
  for (let i = 0; i < points; i++) deviation[i] = Math.sqrt(Math.max(0, deviation[i]));
  const field = new Float32Array(pixels);
  spread(deviation, null, 1, recorded, field);
  const seen = cropImage(field, options.width, options.height, margin);
  const meanDeviation = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  const scale = meanDeviation > 0 ? options.amplitude / meanDeviation : 0;
  for (const light of lights) for (let t = 0; t < frames; t++) light[t] *= scale;

  const bleach = (t: number) => frames > 1 ? Math.pow(1 - options.bleaching, t / (frames - 1)) : 1;
  const grid = new Float32Array(points);
  const combine = (light: (j: number) => number) => {
    grid.set(steady);
    for (let j = 0; j < sources; j++) {
      const weight = light(j), shape = shapes[j];
      for (let i = 0; i < points; i++) grid[i] += weight * shape[i];
    }
    // Light is never negative, however deep a fluctuation.
    for (let i = 0; i < points; i++) if (grid[i] < 0) grid[i] = 0;
  };

  // The mean over frames, bleaching included (clipping at 0 is left out: it is rare at any sensible amplitude).
  const meanBleach = Array.from({ length: frames }, (_, t) => bleach(t)).reduce((sum, value) => sum + value) / frames;
  combine((j) => {
    let sum = 0;
    for (let t = 0; t < frames; t++) sum += bleach(t) * lights[j][t];
    return sum / frames / meanBleach;
  });
  const meanImage = new Float32Array(pixels);
  spread(grid, rest, meanBleach, recorded, meanImage);
  let brightest = 0;
  for (let p = 0; p < pixels; p++) brightest = Math.max(brightest, meanImage[p] + 5 * scale * field[p]);
  return {
    transmission,
    ...(options.apart ? { vignetting } : {}),
    mean: Float64Array.from(meanImage),
    brightest,
    frame(t, into) {
      combine((j) => lights[j][t]);
      spread(grid, rest, bleach(t), transmission, into);
    },
  };
}
