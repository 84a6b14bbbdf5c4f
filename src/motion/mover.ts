import type { MotionParameters } from "../core/motion_parameters.ts";
import type { Shifts } from "../core/shifts.ts";
import { ParameterError } from "../core/errors.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import type { StackShape } from "../kernels/stack.ts";
import { shiftFft } from "../kernels/shift_fft.ts";
import { warp } from "../kernels/warp.ts";
import { type NodeGrid, warpLocal } from "../kernels/warp_local.ts";
import { axisOf, refine } from "./grid.ts";

/** The parameters that say how pixels are moved. */
export type MovingParameters = Pick<MotionParameters, "upsample_factor_grid" | "shifts_interpolation">;

/** Moves frames of a stack in full resolution back to where the template has them. */
export class FrameMover {
  /** @throws ParameterError for local displacements with Fourier interpolation, which moves whole frames only */
  constructor(readonly compute: Compute, readonly shifts: Shifts, readonly parameters: MovingParameters) {
    if (shifts.local && parameters.shifts_interpolation === "fft") {
      throw new ParameterError(
        "shifts_interpolation fft moves whole frames only, and these displacements differ over the field: use bicubic",
      );
    }
  }

  /**
   * Queues moved(p) = frame(p + displacement).
   * @param start number of the stack's first frame
   * @param fill [frames] float32: what pixels from outside the frame become; default the nearest pixel
   */
  move(stack: DeviceBuffer, moved: DeviceBuffer, shape: StackShape, start: number, fill?: DeviceBuffer): void {
    const { compute } = this, { nodes, grid } = this.nodes(start, shape.frames);
    if (this.shifts.local) warpLocal(compute, stack, moved, shape, nodes, grid, fill);
    else {
      const shift = this.parameters.shifts_interpolation === "fft" ? shiftFft : warp;
      shift(compute, stack, moved, shape, nodes, fill);
    }
    nodes.release();
  }

  /**
   * The displacements of a run of frames on the grid frames are moved on, to be released by the caller: a single node
   * where they are rigid.
   */
  nodes(start: number, frames: number): { readonly nodes: DeviceBuffer; readonly grid: NodeGrid } {
    const { compute, shifts } = this, { rigid, local } = shifts;
    if (!local) {
      const nodes = compute.upload("displacements", rigid.slice(2 * start, 2 * (start + frames)));
      return { nodes, grid: { columns: 1, rows: 1, x: 0, y: 0, stepX: 1, stepY: 1 } };
    }
    const x = fineAxis(local.x, this.parameters.upsample_factor_grid),
      y = fineAxis(local.y, this.parameters.upsample_factor_grid);
    const numbers = 2 * local.x.length * local.y.length, length = 2 * x.fine.length * y.fine.length;
    const finer = new Float32Array(frames * length);
    for (let f = 0; f < frames; f++) refine(x, y, local.values, (start + f) * numbers, finer, f * length);
    return {
      nodes: compute.upload("displacements", finer),
      grid: {
        columns: x.fine.length,
        rows: y.fine.length,
        x: local.x[0],
        y: local.y[0],
        stepX: x.step,
        stepY: y.step,
      },
    };
  }
}

/** The finer grid between given nodes, which are evenly spaced. */
function fineAxis(nodes: Float32Array, finer: number) {
  const last = nodes.length - 1, span = nodes[last] - nodes[0];
  const axis = axisOf(span + 1, span / last * 1.000001, finer);
  return { ...axis, step: span / (axis.fine.length - 1) };
}
