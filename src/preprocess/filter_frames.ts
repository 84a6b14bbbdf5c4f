import type { MovieSource, SampleArray, SampleType } from "../core/movie.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { convert } from "../kernels/convert.ts";
import { pitchOf, stackBytes, type StackShape } from "../kernels/stack.ts";
import { requireFinite } from "./finite.ts";
import type { PreprocessOptions } from "./pass.ts";
import { pieceFrames, Scratch } from "./pieces.ts";
import { makeView, type View } from "./view.ts";

/** Something that is done to every frame on its own, on the device. */
export interface FrameFilter {
  /** What it does, for people. */
  readonly done: string;
  /** What has to be known before the first frame; called before every piece. */
  readonly prepare?: () => Promise<void>;
  /** Queues the work from one stack to another. */
  readonly apply: (compute: Compute, stack: DeviceBuffer, out: DeviceBuffer, shape: StackShape) => void;
}

/**
 * A movie whose frames go through filters on the device, one after the other, as float32. Frames are uploaded and read back in pieces,
 * once for all filters; nothing stays on the device between pieces.
 * @param filters at least one
 * @throws MovieError, while it is read, for samples that are not finite numbers
 */
export function filterFrames(source: MovieSource, filters: readonly FrameFilter[], options: PreprocessOptions): View {
  const { width, height, sampleType } = source.header, size = width * height, pitch = pitchOf(width);
  const piece = pieceFrames(source.header, options.memoryBytes), scratch = new Scratch(sampleType);
  return makeView({
    source,
    changes: { sampleType: "float32" },
    done: filters.map(({ done }) => done).join("; "),
    async read(start, count, into) {
      for (const { prepare } of filters) await prepare?.();
      for (let at = 0; at < count; at += piece) {
        const shape = { frames: Math.min(piece, count - at), width, height };
        const samples = scratch.take(shape.frames * size);
        await source.read(start + at, shape.frames, samples);
        requireFinite(samples, start + at, source.header, "filtering");
        const filtered = await filterPiece(options.compute, filters, samples, shape, sampleType);
        for (let row = 0; row < shape.frames * height; row++) {
          into.set(filtered.subarray(row * pitch, row * pitch + width), at * size + row * width);
        }
      }
    },
  });
}

/** Takes packed samples through the filters; returns a stack with padded rows. */
async function filterPiece(
  compute: Compute,
  filters: readonly FrameFilter[],
  samples: SampleArray,
  shape: StackShape,
  type: SampleType,
): Promise<Float32Array> {
  const { width, height, frames } = shape, bytes = stackBytes(shape), held: DeviceBuffer[] = [];
  const allocate = (label: string, bytes: number): DeviceBuffer => {
    held.push(compute.allocate(label, bytes));
    return held[held.length - 1];
  };
  try {
    // Room for the words that the conversion reads ahead.
    const packed = allocate("samples to filter", samples.byteLength + 20);
    const zero = allocate("no centre", stackBytes({ frames: 1, width, height }));
    let stack = allocate("frames to filter", bytes), out = allocate("filtered frames", bytes);
    compute.write(packed, samples);
    convert(compute, packed, zero, stack, { width, height, type }, { x: 0, y: 0, width, height }, frames);
    for (const { apply } of filters) {
      apply(compute, stack, out, shape);
      [stack, out] = [out, stack];
    }
    const [filtered] = await compute.read(stack);
    return new Float32Array(filtered, 0, bytes / 4);
  } finally {
    for (const buffer of held) buffer.release();
  }
}
