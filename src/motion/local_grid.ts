import type { MotionParameters } from "../core/motion_parameters.ts";
import type { MovieHeader } from "../core/movie.ts";
import type { NodeGrid } from "../kernels/warp_local.ts";
import { type Axis, axisOf } from "./grid.ts";
import type { Scale } from "./scale.ts";

/** The grid local displacements are known on, and the patches they are first measured in. */
export interface LocalGrid {
  /** Nodes along x, from the first column of pixels to the last. */
  readonly x: Axis;
  /** Nodes along y. */
  readonly y: Axis;
  /** Nodes. */
  readonly nodes: number;
  /** Displacements of one frame on the finer grid: numbers. */
  readonly fineLength: number;
  /** Pixels of a patch's sides. */
  readonly patchWidth: number;
  /** Rows of a patch. */
  readonly patchHeight: number;
  /** First column of each column of patches, pixels. */
  readonly patchX: readonly number[];
  /** First row of each row of patches, pixels. */
  readonly patchY: readonly number[];
}

/** The grid for a field: nodes and patches at most `strides` apart, spread evenly. */
export function localGrid(
  { width, height }: Pick<MovieHeader, "width" | "height">,
  parameters: MotionParameters,
): LocalGrid {
  const { strides, overlaps, upsample_factor_grid } = parameters;
  const x = axisOf(width, strides, upsample_factor_grid), y = axisOf(height, strides, upsample_factor_grid);
  const patchWidth = Math.min(width, strides + overlaps), patchHeight = Math.min(height, strides + overlaps);
  return {
    x,
    y,
    nodes: x.nodes.length * y.nodes.length,
    fineLength: 2 * x.fine.length * y.fine.length,
    patchWidth,
    patchHeight,
    patchX: startsOf(width, patchWidth, strides),
    patchY: startsOf(height, patchHeight, strides),
  };
}

/** Where patches begin: at most `stride` apart, the first at the first pixel and the last at the end. */
function startsOf(length: number, size: number, stride: number): number[] {
  const count = Math.ceil((length - size) / stride) + 1;
  return Array.from({ length: count }, (_, i) => count === 1 ? 0 : Math.round((length - size) * i / (count - 1)));
}

/** The finer grid as kernels see it, in pixels of the field or, with a scale, in blocks of the coarse grid. */
export function fineGrid({ x, y }: Pick<LocalGrid, "x" | "y">, scale?: Scale): NodeGrid {
  const factor = scale?.factor ?? 1;
  const step = ({ nodes, fine }: Axis) => (nodes[nodes.length - 1] - nodes[0]) / (fine.length - 1) / factor;
  return {
    columns: x.fine.length,
    rows: y.fine.length,
    x: coarsePlace(x.nodes[0], factor),
    y: coarsePlace(y.nodes[0], factor),
    stepX: step(x),
    stepY: step(y),
  };
}

/** Where a pixel of the field lies on a grid of blocks: block 0 is centred on the middle of its pixels. */
export function coarsePlace(pixel: number, factor: number): number {
  return (pixel - (factor - 1) / 2) / factor;
}
