import type { Border, MotionQuality, OutlierFrame } from "../core/motion.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { Shifts } from "../core/shifts.ts";
import { binTime } from "../kernels/bin_time.ts";
import { coveredSums } from "../kernels/covered_sums.ts";
import { moments, momentsState } from "../kernels/moments.ts";
import { pitchOf, stackBytes, unpad } from "../kernels/stack.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { ComparedRegion } from "./compared_region.ts";
import { CoarseFrames } from "./coarse_frames.ts";
import { LocalFit } from "./local_fit.ts";
import { edgeBlocks } from "./edges.ts";
import type { LocalGrid } from "./local_grid.ts";
import { FrameMover } from "./mover.ts";
import type { Scale } from "./scale.ts";
import { binsOf } from "./template.ts";

/** A displacement this near to the largest one counts as being at the limit, pixels. */
const AT_LIMIT = 0.25;
/** A correlation this many robust standard deviations below the median is too low, and at least so far below. */
const LOW = 8, LOW_AT_LEAST = 0.1;
/** Share of the frames that must have a sample of a pixel for cells to be looked for there. */
const LEAST_COVERAGE = 0.5;
/** Limit of differences from the template while residual flow is measured, standard deviations. */
const FLOW_LIMIT = 6;
/** Standard deviations of a Gaussian per median absolute deviation. */
const GAUSSIAN = 1.4826;

/**
 * Streams the movie once more and measures how well it was registered: likeness of every frame to the template before
 * and after, mean images, and what local displacement is left between the template and the means of consecutive
 * corrected frames.
 * @param template coarse and filtered, row-major
 * @param noise standard deviation of registered frames from the template, counts
 */
export async function motionQuality(
  stream: ChunkStream,
  scale: Scale,
  grid: LocalGrid,
  parameters: MotionParameters,
  template: Float32Array,
  noise: number,
  shifts: Shifts,
  progress?: (fraction: number) => void,
): Promise<MotionQuality> {
  const { compute, chunkFrames, source } = stream, { width, height, frames } = source.header;
  const most = Math.min(chunkFrames, frames), size = { width: scale.width, height: scale.height };
  const field = pitchOf(width) * height, flowBin = binsOf(frames).frames;
  const region = new ComparedRegion(compute, scale, template);
  const coarse = new CoarseFrames(compute, scale, most),
    fit = new LocalFit(
      compute,
      scale,
      grid,
      template,
      noise / Math.sqrt(flowBin),
    );
  const mover = new FrameMover(compute, shifts, parameters);
  const moved = compute.allocate("corrected frames", stackBytes({ frames: most, width, height }));
  const averages = compute.allocate(
    "averages of corrected frames",
    stackBytes({ frames: Math.ceil(most / flowBin), ...size }),
  );
  const blocks = edgeBlocks(shifts), blockBuffer = compute.upload("blocks along the edges", blocks);
  const edgeSums = compute.allocate("sums along the edges", blocks.length * 32);
  const likenesses = [0, 1].map(() => compute.allocate("likeness", most * size.height * 16));
  const states = ["before", "after"].map((when) => momentsState(compute, `moments ${when}`, field));
  const correlations = [new Float32Array(frames), new Float32Array(frames)];
  const residualFlow = new Float32Array(Math.ceil(frames / flowBin)), still = new Float64Array(2 * grid.nodes);
  try {
    await stream.each({ checked: true }, async (chunk) => {
      const full = { frames: chunk.frames, width, height }, shape = { frames: chunk.frames, ...size };
      const placed = mover.place(chunk.start, chunk.frames), { nodes, grid: fine } = placed;
      mover.move(chunk.stack, moved, full, placed);
      coveredSums(compute, { moved, nodes, blocks: blockBuffer, sums: edgeSums }, full, fine, blocks.length);
      nodes.release();
      [chunk.stack, moved].forEach((stack, i) => {
        moments(compute, stack, states[i], full, 0);
        region.compare(coarse.make(stack, full), likenesses[i], shape);
      });
      // The coarse frames are now the corrected ones.
      binTime(compute, coarse.stack, averages, shape, flowBin, 0);
      const bins = Math.ceil(chunk.frames / flowBin), sums = fit.sums(averages, { frames: bins, ...size }, FLOW_LIMIT);
      const [before, after, flow] = (await compute.read(...likenesses, sums)).map((data) => new Float32Array(data));
      sums.release();
      [before, after].forEach((rows, i) => {
        for (let f = 0; f < chunk.frames; f++) {
          correlations[i][chunk.start + f] = region.likeness(rows, f).correlation;
        }
      });
      for (let bin = 0; bin < bins; bin++) {
        const error = fit.error(flow, bin * grid.nodes * 4, still);
        const squares = error.reduce((sum, value) => sum + value * value, 0);
        residualFlow[chunk.start / flowBin + bin] = scale.factor * Math.sqrt(squares / grid.nodes);
      }
      progress?.((chunk.start + chunk.frames) / frames);
    });
    const coverage = new Float32Array(width * height).fill(1);
    const [meanBefore, meanAfter] = (await compute.read(...states)).map((data) => {
      const sums = new Float32Array(data);
      const mean = sums.subarray(0, field).map((sum, i) => (sum + sums[field + i]) / frames);
      return unpad(mean, width, height).map((value, i) => value + stream.centre[i]);
    });
    const edges = new Float32Array((await compute.read(edgeSums))[0]);
    blocks.forEach((block, i) => {
      const x = block % (pitchOf(width) / 4) * 4, y = Math.floor(block / (pitchOf(width) / 4));
      for (let c = 0; c < 4 && x + c < width; c++) {
        const pixel = y * width + x + c, count = edges[8 * i + 4 + c];
        coverage[pixel] = count / frames;
        if (count > 0) meanAfter[pixel] = edges[8 * i + c] / count + stream.centre[pixel];
      }
    });
    const outliers = outlierFrames(shifts, parameters.max_shifts, correlations[1]);
    const border = coveredBorder(coverage, width, height);
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
    for (const one of [coarse, fit, region, blockBuffer, edgeSums, moved, averages, ...likenesses, ...states]) {
      one.release();
    }
  }
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

/**
 * Edges to leave out: columns and rows, from each side, in whose middle half some pixel lacks samples in too many
 * frames.
 * @param coverage share of the frames that have a sample of each pixel, row-major
 */
function coveredBorder(coverage: Float32Array, width: number, height: number): Border {
  const isCovered = (length: number, at: (k: number) => number) => {
    for (let k = length >> 2; k < length - (length >> 2); k++) if (coverage[at(k)] < LEAST_COVERAGE) return false;
    return true;
  };
  const column = (x: number) => isCovered(height, (y) => y * width + x);
  const row = (y: number) => isCovered(width, (x) => y * width + x);
  const until = (count: number, isGood: (k: number) => boolean) => {
    let k = 0;
    while (k < count && !isGood(k)) k++;
    return k;
  };
  return {
    left: until(width, column),
    top: until(height, row),
    right: until(width, (k) => column(width - 1 - k)),
    bottom: until(height, (k) => row(height - 1 - k)),
  };
}
