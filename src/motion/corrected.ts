import { ParameterError } from "../core/errors.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { MovieSource, SampleArray } from "../core/movie.ts";
import type { Shifts } from "../core/shifts.ts";
import type { Compute } from "../gpu/compute.ts";
import { convert } from "../kernels/convert.ts";
import { levelEdges } from "../kernels/level_edges.ts";
import { pad, pitchOf, stackBytes } from "../kernels/stack.ts";
import { pieceFrames, Scratch } from "../preprocess/pieces.ts";
import { makeView, type View } from "../preprocess/view.ts";
import { edgeBlocks } from "./edges.ts";
import { FrameMover, type MovingParameters } from "./mover.ts";

/** Stands for "outside the frame" on the device, which does not promise to keep NaN. */
const OUTSIDE = Math.fround(3.4e38);

/** What a corrected movie is read with. */
export interface CorrectedMovieOptions {
  /** The device. */
  readonly compute: Compute;
  /** Memory to plan with, bytes; the view takes less than a tenth of it. */
  readonly memoryBytes: number;
  /**
   * Mean of the corrected movie, row-major, counts (`quality.meanAfter`): what the border "level" is made with.
   * Default: none, and then "level" is "copy".
   */
  readonly mean?: Float32Array;
}

/**
 * A movie with its motion taken out: a view, corrected as it is read, float32, in counts. Nothing is written, and any
 * range of frames can be read.
 * @param shifts displacements of each of the movie's frames
 * @param parameters how samples between pixels are made, and what comes from outside the frame
 * @param options device, memory, and the mean for the border
 * @throws ParameterError when the displacements belong to a movie of another size or length
 */
export function correctedMovie(
  source: MovieSource,
  shifts: Shifts,
  parameters: MovingParameters & Pick<MotionParameters, "border_nan">,
  options: CorrectedMovieOptions,
): View {
  const { compute } = options, { width, height, frames, sampleType, name } = source.header;
  if (shifts.width !== width || shifts.height !== height || shifts.frames !== frames) {
    throw new ParameterError(
      `The displacements are of ${shifts.frames} frames of ${shifts.width}×${shifts.height} pixels, but "${name}" has ${frames} ` +
        `frames of ${width}×${height}: they belong to another movie`,
    );
  }
  const mover = new FrameMover(compute, shifts, parameters), { border_nan } = parameters;
  const piece = pieceFrames(source.header, options.memoryBytes), size = width * height, pitch = pitchOf(width);
  const scratch = new Scratch(sampleType),
    { mean } = options,
    isLevelled = border_nan === "level" && mean !== undefined;
  const blocks = isLevelled ? edgeBlocks(shifts) : undefined;
  return makeView({
    source,
    changes: { sampleType: "float32" },
    done: `Motion corrected (${shifts.local ? "piecewise" : "rigid"}, ${parameters.shifts_interpolation}, border ${
      border_nan === "level" && !isLevelled ? "copy" : border_nan
    })`,
    async read(start, count, into) {
      const movie = { width, height, type: sampleType }, window = { x: 0, y: 0, width, height };
      const centre = compute.allocate("no centre", pitch * height * 4);
      const levels = blocks && {
        mean: compute.upload("mean", pad(mean!, width, height)),
        blocks: compute.upload("blocks along the edges", blocks),
      };
      const bytes = stackBytes({ frames: Math.min(piece, count), width, height });
      const stack = compute.allocate("frames", bytes), moved = compute.allocate("corrected frames", bytes);
      try {
        for (let first = 0; first < count; first += piece) {
          const some = Math.min(piece, count - first), shape = { frames: some, width, height };
          const samples = scratch.take(some * size);
          await source.read(start + first, some, samples);
          const packed = compute.upload("samples", samples);
          convert(compute, packed, centre, stack, movie, window, some);
          const fill = border_nan === "min"
            ? compute.upload("border", leastOf(samples, size))
            : border_nan === "nan"
            ? compute.upload("border", outside(some))
            : undefined;
          const placed = mover.place(start + first, some), { nodes, grid } = placed;
          mover.move(stack, moved, shape, placed, fill);
          if (levels) levelEdges(compute, { ...levels, nodes, moved }, shape, grid, blocks!.length);
          nodes.release();
          packed.release();
          fill?.release();
          const rows = new Float32Array((await compute.read(moved))[0]);
          for (let row = 0; row < some * height; row++) {
            into.set(rows.subarray(row * pitch, row * pitch + width), first * size + row * width);
          }
        }
      } finally {
        for (const buffer of [centre, stack, moved, levels?.mean, levels?.blocks]) buffer?.release();
      }
      if (border_nan === "nan") { for (let i = 0; i < count * size; i++) if (into[i] === OUTSIDE) into[i] = NaN; }
    },
  });
}

function outside(frames: number): Float32Array {
  return new Float32Array(frames).fill(OUTSIDE);
}

/** The least sample of each frame. */
function leastOf(samples: SampleArray, size: number): Float32Array {
  return Float32Array.from({ length: samples.length / size }, (_, frame) => {
    let least = Infinity;
    for (let i = frame * size; i < (frame + 1) * size; i++) if (samples[i] < least) least = samples[i];
    return least;
  });
}
