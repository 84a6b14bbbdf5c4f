import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { fft2d, goodSize, planesBytes } from "./fft.ts";
import { packPairs, type PairsShape } from "./pack_pairs.ts";
import { phaseShift } from "./phase_shift.ts";
import type { StackShape } from "./stack.ts";
import { unpackPairs } from "./unpack_pairs.ts";

/**
 * Pixels at least that a plane is wider and higher than a frame: the way from the frame's last pixel back to its first.
 */
const MARGIN = 16;
/** Most memory of one of the two buffers of planes, bytes. */
const PLANES_BYTES = 32 * 2 ** 20;

/** Size of the planes that frames are moved in: numbers per row, and rows. */
export function shiftPlanes(shape: Pick<StackShape, "width" | "height">): { width: number; height: number } {
  return { width: goodSize(shape.width + MARGIN), height: goodSize(shape.height + MARGIN) };
}

/**
 * Moves every frame of a stack as a whole by its Fourier transform: moved(p) = frame(p + d), between samples by
 * trigonometric interpolation, which keeps all frequencies. The frame is made larger, leading from its last pixels back
 * to its first, before it is taken to be periodic. Whole-number displacements give the samples up to rounding.
 * @param moved stack of the same shape; may be `stack` itself
 * @param displacements [frames][2] float32: d = (x, y) of each frame, pixels
 * @param fill [frames] float32: what a pixel becomes whose p + d lies outside of the frame, in each frame. Default: the
 * nearest pixel for which it lies inside
 */
export function shiftFft(
  compute: Compute,
  stack: DeviceBuffer,
  moved: DeviceBuffer,
  shape: StackShape,
  displacements: DeviceBuffer,
  fill?: DeviceBuffer,
): void {
  const { width, height } = shiftPlanes(shape), planeBytes = planesBytes({ batch: 1, width, height });
  const most = Math.max(1, Math.floor(PLANES_BYTES / planeBytes)), batch = Math.min(most, Math.ceil(shape.frames / 2));
  if (batch < 1) return;
  const one = compute.allocate("planes", batch * planeBytes), other = compute.allocate("planes", batch * planeBytes);
  for (let first = 0; first < shape.frames; first += 2 * batch) {
    const count = Math.min(2 * batch, shape.frames - first);
    const pairs: PairsShape = { frame: shape, width, height, first, count };
    const planes = { batch: Math.ceil(count / 2), width, height };
    packPairs(compute, stack, one, pairs);
    const spectra = fft2d(compute, one, other, planes, "forward"), free = spectra === one ? other : one;
    phaseShift(compute, spectra, free, displacements, pairs);
    unpackPairs(compute, fft2d(compute, free, spectra, planes, "inverse"), moved, displacements, pairs, fill);
  }
  one.release();
  other.release();
}
