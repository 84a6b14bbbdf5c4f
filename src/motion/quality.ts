import type { Border, MotionQuality, OutlierFrame } from "../core/motion.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { Shifts } from "../core/shifts.ts";
import { binTime } from "../kernels/bin_time.ts";
import { likeness } from "../kernels/likeness.ts";
import { moments, momentsState } from "../kernels/moments.ts";
import { pad, pitchOf, stackBytes, unpad } from "../kernels/stack.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { CoarseFrames } from "./coarse_frames.ts";
import { LocalFit } from "./local_fit.ts";
import type { LocalGrid } from "./local_grid.ts";
import { FrameMover } from "./mover.ts";
import type { Scale } from "./scale.ts";
import { binsOf } from "./template.ts";

/** A displacement this near to the largest one counts as being at the limit, pixels. */
const AT_LIMIT = 0.25;
/** A correlation this many robust standard deviations below the median is too low, and at least so far below. */
const LOW = 8, LOW_AT_LEAST = 0.1;
/** So near to the frame, in pixels, the nearest sample does as well as one that is missing. */
const HARMLESS = 0.25;
/** Standard deviations of a Gaussian per median absolute deviation. */
const GAUSSIAN = 1.4826;

/**
 * Streams the movie once more and measures how well it was registered: likeness of every frame to the template before and after, mean images, and
 * what local displacement is left between the template and the means of consecutive corrected frames.
 * @param template coarse and filtered, row-major
 */
export async function motionQuality(
  stream: ChunkStream,
  scale: Scale,
  grid: LocalGrid,
  parameters: MotionParameters,
  template: Float32Array,
  shifts: Shifts,
  progress?: (fraction: number) => void,
): Promise<MotionQuality> {
  const { compute, chunkFrames, source } = stream, { width, height, frames } = source.header;
  const most = Math.min(chunkFrames, frames), size = { width: scale.width, height: scale.height };
  const field = pitchOf(width) * height, flowBin = binsOf(frames).frames;
  const { image, mask, energy, pixels } = comparedRegion(template, scale);
  const templateBuffer = compute.upload("template", pad(image, size.width, size.height));
  const maskBuffer = compute.upload("compared region", pad(mask, size.width, size.height));
  const coarse = new CoarseFrames(compute, scale, most), fit = new LocalFit(compute, scale, grid, template);
  const mover = new FrameMover(compute, shifts, parameters);
  const moved = compute.allocate("corrected frames", stackBytes({ frames: most, width, height }));
  const averages = compute.allocate(
    "averages of corrected frames",
    stackBytes({ frames: Math.ceil(most / flowBin), ...size }),
  );
  const likenesses = [0, 1].map(() => compute.allocate("likeness", most * size.height * 16));
  const states = ["before", "after"].map((when) => momentsState(compute, `moments ${when}`, field));
  const correlations = [new Float32Array(frames), new Float32Array(frames)];
  const residualFlow = new Float32Array(Math.ceil(frames / flowBin)), still = new Float64Array(2 * grid.nodes);
  try {
    await stream.each({ checked: true }, async (chunk) => {
      const full = { frames: chunk.frames, width, height }, shape = { frames: chunk.frames, ...size };
      mover.move(chunk.stack, moved, full, chunk.start);
      [chunk.stack, moved].forEach((stack, i) => {
        moments(compute, stack, states[i], full, 0);
        likeness(compute, coarse.make(stack, full), templateBuffer, maskBuffer, likenesses[i], shape);
      });
      // The coarse frames are now the corrected ones.
      binTime(compute, coarse.stack, averages, shape, flowBin, 0);
      const bins = Math.ceil(chunk.frames / flowBin), sums = fit.sums(averages, { frames: bins, ...size });
      const [before, after, flow] = (await compute.read(...likenesses, sums)).map((data) => new Float32Array(data));
      sums.release();
      [before, after].forEach((rows, i) => {
        for (let f = 0; f < chunk.frames; f++) {
          correlations[i][chunk.start + f] = correlation(rows, f * size.height, size.height, energy, pixels);
        }
      });
      for (let bin = 0; bin < bins; bin++) {
        const error = fit.error(flow, bin * grid.nodes * 4, still);
        const squares = error.reduce((sum, value) => sum + value * value, 0);
        residualFlow[chunk.start / flowBin + bin] = scale.factor * Math.sqrt(squares / grid.nodes);
      }
      progress?.((chunk.start + chunk.frames) / frames);
    });
    const [meanBefore, meanAfter] = (await compute.read(...states)).map((data) => {
      const sums = new Float32Array(data);
      const mean = sums.subarray(0, field).map((sum, i) => (sum + sums[field + i]) / frames);
      return unpad(mean, width, height).map((value, i) => value + stream.centre[i]);
    });
    const outliers = outlierFrames(shifts, parameters.max_shifts, correlations[1]);
    const border = borderOf(shifts, outliers);
    return {
      correlationBefore: correlations[0],
      correlationAfter: correlations[1],
      crispnessBefore: crispness(meanBefore, width, height, border),
      crispnessAfter: crispness(meanAfter, width, height, border),
      residualFlow,
      flowBin,
      outliers,
      border,
      meanBefore,
      meanAfter,
    };
  } finally {
    for (const one of [coarse, fit, templateBuffer, maskBuffer, moved, averages, ...likenesses, ...states]) {
      one.release();
    }
  }
}

/** The template without its mean where frames are compared, and where that is: no displacement within reach leaves the frame there. */
function comparedRegion(template: Float32Array, { width, height, reach }: Scale) {
  const mask = new Float32Array(width * height);
  let sum = 0, pixels = 0, energy = 0;
  for (let y = reach; y < height - reach; y++) {
    for (let x = reach; x < width - reach; x++) {
      mask[y * width + x] = 1;
      sum += template[y * width + x];
      pixels++;
    }
  }
  const image = template.map((value, i) => mask[i] * (value - sum / pixels));
  for (const value of image) energy += value * value;
  return { image, mask, energy, pixels };
}

/** Pearson correlation of a frame with the template from its row sums; 0 for a frame without contrast. */
function correlation(rows: Float32Array, first: number, count: number, energy: number, pixels: number): number {
  let products = 0, values = 0, squares = 0;
  for (let row = first; row < first + count; row++) {
    products += rows[4 * row];
    values += rows[4 * row + 1];
    squares += rows[4 * row + 2];
  }
  const variance = squares - values * values / pixels;
  // What rounding leaves of a frame without contrast is not a variance.
  return variance > 1e-9 * squares && energy > 0 ? products / Math.sqrt(variance * energy) : 0;
}

/** Norm of the gradient of an image inside the border (NoRMCorre's crispness). */
function crispness(image: Float32Array, width: number, height: number, border: Border): number {
  let sum = 0;
  for (let y = border.top + 1; y < height - border.bottom - 1; y++) {
    for (let x = border.left + 1; x < width - border.right - 1; x++) {
      const i = y * width + x;
      sum += ((image[i + 1] - image[i - 1]) / 2) ** 2 + ((image[i + width] - image[i - width]) / 2) ** 2;
    }
  }
  return Math.sqrt(sum);
}

function outlierFrames(shifts: Shifts, limit: number, correlations: Float32Array): OutlierFrame[] {
  const sorted = correlations.toSorted(), median = sorted[sorted.length >> 1];
  const deviations = correlations.map((value) => Math.abs(value - median)).sort();
  const low = median - Math.max(LOW_AT_LEAST, LOW * GAUSSIAN * deviations[deviations.length >> 1]);
  const outliers: OutlierFrame[] = [];
  correlations.forEach((value, frame) => {
    const largest = Math.max(Math.abs(shifts.rigid[2 * frame]), Math.abs(shifts.rigid[2 * frame + 1]));
    if (largest > limit - AT_LIMIT) outliers.push({ frame, reason: "shift at its limit" });
    else if (value < low) outliers.push({ frame, reason: "low correlation" });
  });
  return outliers;
}

/** Edges that some frame, outliers apart, has no sample for. */
export function borderOf(shifts: Shifts, outliers: readonly OutlierFrame[]): Border {
  const wrong = new Set(outliers.map(({ frame }) => frame));
  const { rigid, local } = shifts, values = local?.values ?? rigid, numbers = values.length / shifts.frames;
  let left = 0, top = 0, right = 0, bottom = 0;
  for (let i = 0; i < values.length; i += 2) {
    if (wrong.has(Math.floor(i / numbers))) continue;
    left = Math.max(left, -values[i]);
    right = Math.max(right, values[i]);
    top = Math.max(top, -values[i + 1]);
    bottom = Math.max(bottom, values[i + 1]);
  }
  const pixels = (reach: number) => Math.max(0, Math.ceil(reach - HARMLESS));
  return { left: pixels(left), top: pixels(top), right: pixels(right), bottom: pixels(bottom) };
}
