import { pitchOf } from "../kernels/stack.ts";
import { warp } from "../kernels/warp.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { CoarseFrames } from "./coarse_frames.ts";
import { ComparedRegion } from "./compared_region.ts";
import { DisplacementFinder } from "./displacement_finder.ts";
import type { Scale } from "./scale.ts";
import { TemplateMaker } from "./template.ts";

/** What a pass over a movie gives. */
export interface RigidPass {
  /** Displacements, T×2, pixels of the movie. */
  readonly rigid: Float32Array;
  /** The template made of the frames as they were registered in this pass: coarse, filtered, row-major. */
  readonly template: Float32Array;
  /**
   * Standard deviation of the registered frames from the template they were registered to: the root of the median over
   * frames; 0 without one.
   */
  readonly noise: number;
}

/**
 * Registers every frame as a whole: the displacement where its cross-correlation with the template is largest, between
 * pixels by interpolation. Without a template nothing is moved, and only the template of the frames as they are is
 * made.
 * @param template coarse and filtered, row-major
 * @param centre what is taken from the displacements while the next template is made, (x, y), pixels: it then lies
 * there
 */
export async function rigidPass(
  stream: ChunkStream,
  scale: Scale,
  template: Float32Array | undefined,
  centre: readonly [number, number],
  progress?: (fraction: number) => void,
): Promise<RigidPass> {
  const { compute, chunkFrames, source } = stream, { width, height, frames } = source.header;
  const { factor } = scale;
  const most = Math.min(chunkFrames, frames), size = { width: scale.width, height: scale.height };
  const coarse = new CoarseFrames(compute, scale, most);
  const region = template && new ComparedRegion(compute, scale, template);
  const rows = compute.allocate("likeness", most * size.height * 16), rests = new Float32Array(frames);
  const finder = template && await DisplacementFinder.open(compute, scale, template, region!.image, most);
  const maker = new TemplateMaker(compute, size, frames, chunkFrames);
  const moved = compute.allocate("registered frames", most * size.height * pitchOf(size.width) * 4);
  const rigid = new Float32Array(2 * frames);
  try {
    await stream.each({ checked: true }, async (chunk) => {
      const shape = { frames: chunk.frames, ...size };
      const stack = coarse.make(chunk.stack, { frames: chunk.frames, width, height });
      if (finder) {
        const found = await finder.find(stack, shape);
        rigid.set(found.map((value) => value * factor), 2 * chunk.start);
        const centred = found.map((value, i) => value - centre[i % 2] / factor);
        const displacements = compute.upload("displacements", centred);
        warp(compute, stack, moved, shape, displacements);
        displacements.release();
        region!.compare(moved, rows, shape);
      }
      maker.add(finder ? moved : stack, chunk.start, chunk.frames);
      if (region) {
        const read = new Float32Array((await compute.read(rows))[0]);
        for (let f = 0; f < chunk.frames; f++) rests[chunk.start + f] = region.likeness(read, f).rest;
      }
      progress?.((chunk.start + chunk.frames) / frames);
    });
    return { rigid, template: await maker.finish(), noise: Math.sqrt(rests.sort()[frames >> 1]) };
  } finally {
    coarse.release();
    finder?.release();
    region?.release();
    rows.release();
    maker.release();
    moved.release();
  }
}
