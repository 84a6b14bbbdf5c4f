import type { MotionParameters } from "../core/motion_parameters.ts";
import type { Shifts } from "../core/shifts.ts";
import { ParameterError } from "../core/errors.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import type { StackShape } from "../kernels/stack.ts";
import { shiftFft } from "../kernels/shift_fft.ts";
import { warp } from "../kernels/warp.ts";
import { type NodeGrid, warpLocal } from "../kernels/warp_local.ts";
import { type Axis, finerAxis, refine } from "./grid.ts";
import { fineGrid } from "./local_grid.ts";

/** The parameters that say how pixels are moved. */
export type MovingParameters = Pick<MotionParameters, "upsample_factor_grid" | "shifts_interpolation">;

/** Displacements of a run of frames on the device, on the grid frames are moved on: a single node where they are rigid. */
export interface PlacedFrames {
  /** [frames][grid.rows][grid.columns][2] float32, to be released by the caller. */
  readonly nodes: DeviceBuffer;
  /** Where the nodes lie. */
  readonly grid: NodeGrid;
}

/** The grid of displacements of frames as wholes. */
const ONE_NODE: NodeGrid = { columns: 1, rows: 1, x: 0, y: 0, stepX: 1, stepY: 1 };

/** Moves frames of a stack in full resolution back to where the template has them. */
export class FrameMover {
  readonly #axes: { readonly x: Axis; readonly y: Axis } | undefined;

  /** @throws ParameterError for local displacements with Fourier interpolation, which moves whole frames only */
  constructor(readonly compute: Compute, readonly shifts: Shifts, readonly parameters: MovingParameters) {
    const { local } = shifts, { upsample_factor_grid: finer, shifts_interpolation } = parameters;
    if (local && shifts_interpolation === "fft") {
      throw new ParameterError(
        "shifts_interpolation fft moves whole frames only, and these displacements differ over the field: use bicubic",
      );
    }
    this.#axes = local && { x: finerAxis(local.x, finer), y: finerAxis(local.y, finer) };
  }

  /** The displacements of frames `start`, …, `start + frames − 1`. */
  place(start: number, frames: number): PlacedFrames {
    const { compute, shifts: { rigid, local } } = this, axes = this.#axes;
    if (!local || !axes) {
      const nodes = compute.upload("displacements", rigid.slice(2 * start, 2 * (start + frames)));
      return { nodes, grid: ONE_NODE };
    }
    const { x, y } = axes, numbers = 2 * local.x.length * local.y.length, length = 2 * x.fine.length * y.fine.length;
    const finer = new Float32Array(frames * length);
    for (let f = 0; f < frames; f++) refine(x, y, local.values, (start + f) * numbers, finer, f * length);
    return { nodes: compute.upload("displacements", finer), grid: fineGrid(axes) };
  }

  /**
   * Queues moved(p) = frame(p + displacement).
   * @param placed the displacements of the stack's frames
   * @param fill [frames] float32: what pixels from outside the frame become; default the nearest pixel
   */
  move(
    stack: DeviceBuffer,
    moved: DeviceBuffer,
    shape: StackShape,
    { nodes, grid }: PlacedFrames,
    fill?: DeviceBuffer,
  ): void {
    if (this.shifts.local) return warpLocal(this.compute, stack, moved, shape, nodes, grid, fill);
    const shift = this.parameters.shifts_interpolation === "fft" ? shiftFft : warp;
    shift(this.compute, stack, moved, shape, nodes, fill);
  }
}
