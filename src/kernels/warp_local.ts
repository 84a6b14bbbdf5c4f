import { ParameterError } from "../core/errors.ts";
import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import { clamp, cubicWeights, isOutside } from "./warp.ts";
import code from "../../shaders/warp_local.wgsl" with { type: "text" };

/** Where the nodes of a grid of displacements lie: at (x + i·stepX, y + j·stepY), pixels. */
export interface NodeGrid {
  /** Nodes per row, at least 1. */
  readonly columns: number;
  /** Rows of nodes, at least 1. */
  readonly rows: number;
  /** Place of the first node. */
  readonly x: number;
  /** Place of the first node. */
  readonly y: number;
  /** Distance of the columns, above 0. */
  readonly stepX: number;
  /** Distance of the rows, above 0. */
  readonly stepY: number;
}

/** Moves every pixel on its own. One item per block of four pixels of a run of frames. */
export const warpLocalProgram = program({
  name: "warp_local",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), nodes: read("f32"), fill: read("f32"), moved: write("vec4f") },
  params: {
    frames: "u32",
    run: "u32",
    width: "u32",
    height: "u32",
    row_blocks: "u32",
    node_columns: "u32",
    node_rows: "u32",
    first_x: "f32",
    first_y: "f32",
    step_x: "f32",
    step_y: "f32",
    is_filled: "u32",
  },
  twin({ stack, nodes, fill, moved }, p, begin, end) {
    const size = p.row_blocks * p.height,
      pitch = p.row_blocks * 4,
      alongX = new Float64Array(4),
      alongY = new Float64Array(4);
    /** The node before a place, the distance to the next one (0 at the end), and how far towards it the place lies. */
    const between = (place: number, first: number, step: number, count: number): [number, number, number] => {
      const f = Math.fround, distance = f(f(place - f(first)) / f(step));
      const at = Math.min(Math.max(distance, 0), count - 1), node = Math.floor(at);
      return [node, node + 1 < count ? 1 : 0, at - node];
    };
    for (let item = begin; item < end; item++) {
      const block = item % size, y = Math.floor(block / p.row_blocks), firstX = block % p.row_blocks * 4;
      const firstFrame = Math.floor(item / size) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      const [nodeRow, nextRow, partDown] = between(y, p.first_y, p.step_y, p.node_rows);
      for (let x = firstX; x < firstX + 4; x++) {
        const [nodeColumn, nextColumn, partAcross] = between(x, p.first_x, p.step_x, p.node_columns);
        for (let frame = firstFrame; frame < lastFrame; frame++) {
          const to = (frame * size + block) * 4 + x - firstX;
          if (x >= p.width) {
            moved[to] = 0;
            continue;
          }
          const node = 2 * ((frame * p.node_rows + nodeRow) * p.node_columns + nodeColumn);
          /** A coordinate of the displacement, rounded as shaders do. */
          const displacement = (coordinate: number) => {
            const f = Math.fround, at = node + coordinate, below = at + 2 * nextRow * p.node_columns;
            const along = (a: number, b: number, part: number) => f(a + f(b - a) * part);
            const upper = along(nodes[at], nodes[at + 2 * nextColumn], partAcross);
            return along(upper, along(nodes[below], nodes[below + 2 * nextColumn], partAcross), partDown);
          };
          const dx = displacement(0), dy = displacement(1), wholeX = Math.floor(dx), wholeY = Math.floor(dy);
          const isOutsideX = isOutside(x + dx, p.width), isOutsideY = isOutside(y + dy, p.height);
          if (p.is_filled === 1 && (isOutsideX || isOutsideY)) {
            moved[to] = fill[frame];
            continue;
          }
          cubicWeights(isOutsideX ? 0 : Math.fround(dx - wholeX), alongX);
          cubicWeights(isOutsideY ? 0 : Math.fround(dy - wholeY), alongY);
          let sum = 0;
          for (let j = 0; j < 4; j++) {
            const row = (frame * p.height + clamp(y + wholeY + j - 1, p.height)) * pitch;
            for (let i = 0; i < 4; i++) sum += alongY[j] * alongX[i] * stack[row + clamp(x + wholeX + i - 1, p.width)];
          }
          moved[to] = sum;
        }
      }
    }
  },
});

/**
 * Moves every pixel of every frame of a stack: moved(p) = frame(p + d(p)), between samples by bicubic interpolation
 * (Keys 1981). Whole-number displacements give the samples themselves. d is linear along each axis between the nodes of
 * a grid, and beyond the outermost nodes what it is there.
 * @param moved stack of the same shape, another buffer
 * @param nodes [frames][grid.rows][grid.columns][2] float32: d = (x, y) at the nodes, pixels
 * @param fill [frames] float32: what a pixel becomes whose p + d lies outside [0, width − 1] × [0, height − 1], in each
 * frame. Default: the nearest place inside
 * @throws ParameterError for a grid without nodes, or whose steps are not above 0
 */
export function warpLocal(
  compute: Compute,
  stack: DeviceBuffer,
  moved: DeviceBuffer,
  shape: StackShape,
  nodes: DeviceBuffer,
  grid: NodeGrid,
  fill?: DeviceBuffer,
): void {
  if (!(grid.columns >= 1 && grid.rows >= 1 && grid.stepX > 0 && grid.stepY > 0)) {
    throw new ParameterError(
      `A grid of ${grid.columns}x${grid.rows} nodes ${grid.stepX} and ${grid.stepY} pixels apart cannot hold displacements: ` +
        `it needs at least one node, and steps above 0`,
    );
  }
  const row_blocks = pitchOf(shape.width) / 4;
  // A kernel's bindings are never empty: without a fill it gets a buffer that it does not use.
  compute.run(warpLocalProgram, { stack, nodes, fill: fill ?? nodes, moved }, {
    frames: shape.frames,
    run: FRAME_RUN,
    width: shape.width,
    height: shape.height,
    row_blocks,
    node_columns: grid.columns,
    node_rows: grid.rows,
    first_x: grid.x,
    first_y: grid.y,
    step_x: grid.stepX,
    step_y: grid.stepY,
    is_filled: fill ? 1 : 0,
  }, Math.ceil(shape.frames / FRAME_RUN) * shape.height * row_blocks);
}
