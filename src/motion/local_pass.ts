import type { MotionParameters } from "../core/motion_parameters.ts";
import { pitchOf } from "../kernels/stack.ts";
import { warpLocal } from "../kernels/warp_local.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { CoarseFrames } from "./coarse_frames.ts";
import { refine } from "./grid.ts";
import { LocalFit } from "./local_fit.ts";
import { fineGrid, type LocalGrid } from "./local_grid.ts";
import { PatchFit } from "./patch_fit.ts";
import type { Scale } from "./scale.ts";
import { TemplateMaker } from "./template.ts";

/**
 * Gauss–Newton steps of each frame in a pass, by the limit of differences from the template (standard deviations): wide
 * while the guess is far off.
 */
const LIMITS = [10, 5, 2, 2];
/** Longest step at a node along an axis, blocks: the linear model holds no further. */
const LONGEST = 1;

/** What a pass over a movie gives. */
export interface LocalPass {
  /** Displacements at the nodes, T×nodes×2, pixels of the movie. */
  readonly values: Float32Array;
  /** The template made of the frames as they were registered in this pass: coarse, filtered, row-major. */
  readonly template: Float32Array;
}

/**
 * Registers every frame piecewise: displacements of the patches by cross-correlation around the frame's, made a smooth
 * field, and refined by Gauss–Newton steps of the whole field towards the template.
 * @param template coarse and filtered, row-major
 * @param noise standard deviation of registered frames from the template, counts
 * @param rigid displacements of the frames as wholes, T×2, pixels
 * @param before displacements of an earlier pass, to start from instead of the patches
 */
export async function localPass(
  stream: ChunkStream,
  scale: Scale,
  grid: LocalGrid,
  parameters: MotionParameters,
  template: Float32Array,
  noise: number,
  rigid: Float32Array,
  before: Float32Array | undefined,
  progress?: (fraction: number) => void,
): Promise<LocalPass> {
  const { compute, chunkFrames, source } = stream, { width, height, frames } = source.header, { factor } = scale;
  const most = Math.min(chunkFrames, frames), size = { width: scale.width, height: scale.height };
  const coarse = new CoarseFrames(compute, scale, most);
  const fit = new LocalFit(compute, scale, grid, template, noise);
  const largest = parameters.max_deviation_rigid / factor;
  const patches = before ? undefined : new PatchFit(
    compute,
    scale,
    grid,
    template,
    parameters.max_deviation_rigid,
    most,
  );
  const maker = new TemplateMaker(compute, size, frames, chunkFrames);
  const moved = compute.allocate("registered frames", most * size.height * pitchOf(size.width) * 4);
  const fine = fineGrid(grid, scale), numbers = 2 * grid.nodes;
  const values = new Float32Array(frames * numbers), finer = new Float32Array(most * grid.fineLength);
  try {
    await stream.each({ checked: true }, async (chunk) => {
      const shape = { frames: chunk.frames, ...size };
      const stack = coarse.make(chunk.stack, { frames: chunk.frames, width, height });
      const whole = rigid.slice(2 * chunk.start, 2 * (chunk.start + chunk.frames)).map((value) => value / factor);
      let fields: Float64Array[];
      if (patches) {
        const correlations = patches.correlate(stack, shape, whole);
        const read = new Float32Array((await compute.read(correlations))[0]);
        correlations.release();
        fields = patches.fields(read, chunk.frames, whole);
      } else {
        fields = Array.from({ length: chunk.frames }, (_, f) => {
          const from = (chunk.start + f) * numbers;
          return Float64Array.from(before!.subarray(from, from + numbers), (value) => value / factor);
        });
      }
      const move = () => {
        fields.forEach((field, f) => refine(grid.x, grid.y, Float32Array.from(field), 0, finer, f * grid.fineLength));
        const nodes = compute.upload("displacements", finer.subarray(0, chunk.frames * grid.fineLength));
        warpLocal(compute, stack, moved, shape, nodes, fine);
        nodes.release();
      };
      for (const limit of LIMITS) {
        move();
        const sums = fit.sums(moved, shape, limit);
        const read = new Float32Array((await compute.read(sums))[0]);
        sums.release();
        fields.forEach((field, f) => {
          const error = fit.error(read, f * grid.nodes * 4, field);
          for (let i = 0; i < numbers; i++) {
            const middle = whole[2 * f + i % 2];
            const next = field[i] - Math.min(Math.max(error[i], -LONGEST), LONGEST);
            field[i] = Math.min(Math.max(next, middle - largest), middle + largest);
          }
        });
      }
      move();
      maker.add(moved, chunk.start, chunk.frames);
      fields.forEach((field, f) => values.set(field.map((value) => value * factor), (chunk.start + f) * numbers));
      progress?.((chunk.start + chunk.frames) / frames);
    });
    return { values, template: await maker.finish() };
  } finally {
    for (const one of [coarse, fit, patches, maker]) one?.release();
    moved.release();
  }
}
