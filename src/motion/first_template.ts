import type { MovieSource } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";
import { selectFrames } from "../preprocess/select_frames.ts";
import { ChunkStream } from "../stream/chunks.ts";
import { type RigidPass, rigidPass } from "./rigid_pass.ts";
import type { Scale } from "./scale.ts";
import { binsOf } from "./template.ts";

/** Frames the first template is made of at most, spread over the movie. */
const MOST_FRAMES = 200;
/** Rounds over those frames: one that only makes a template, and those that sharpen it. */
export const FIRST_ROUNDS = 4;

/** How many frames of a movie the first template is made of. */
export function firstFrames(frames: number): number {
  return Math.min(frames, MOST_FRAMES);
}

/**
 * The template of frames spread over the movie, registered to each other, and their displacements. It lies where the
 * tissue mostly is: what does not move is not moved later. `unmoved` is the template of the same frames as they are.
 */
export async function firstTemplate(
  source: MovieSource,
  scale: Scale,
  chunkFrames: number,
  { compute, signal }: { readonly compute: Compute; readonly signal?: AbortSignal },
  progress?: (fraction: number) => void,
): Promise<RigidPass & { readonly unmoved: Float32Array }> {
  const { frames } = source.header, count = firstFrames(frames);
  const list = Array.from({ length: count }, (_, i) => Math.floor((i + 0.5) * frames / count));
  const some = count === frames ? source : selectFrames(source, { frames: list, drop_frames: null });
  const step = binsOf(count).frames, chunk = Math.max(step, Math.floor(Math.min(chunkFrames, count) / step) * step);
  const stream = await ChunkStream.open(compute, some, chunk, signal, true);
  try {
    let pass: RigidPass | undefined, unmoved: Float32Array | undefined, centre: [number, number] = [0, 0];
    for (let round = 0; round < FIRST_ROUNDS; round++) {
      pass = await rigidPass(
        stream,
        scale,
        pass?.template,
        centre,
        (fraction) => progress?.((round + fraction) / FIRST_ROUNDS),
      );
      unmoved ??= pass.template;
      centre = medianDisplacement(pass.rigid);
    }
    return { ...pass!, unmoved: unmoved! };
  } finally {
    stream.release();
  }
}

/** Where the tissue mostly is: the median displacement along each axis, (x, y). */
export function medianDisplacement(rigid: Float32Array): [number, number] {
  const median = (axis: number) => {
    const sorted = rigid.filter((_, i) => i % 2 === axis).sort();
    return sorted[sorted.length >> 1];
  };
  return [median(0), median(1)];
}
