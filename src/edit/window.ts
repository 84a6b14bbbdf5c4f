import type { Extraction } from "../core/extraction.ts";
import type { Footprint } from "../core/footprints.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import { boundingBox, type Cell } from "../cnmfe/cells.ts";
import { excludedIn, excludedPixels } from "../cnmfe/excluded.ts";
import { LowGrid } from "../cnmfe/low_grid.ts";
import { SUPPORT_MARGIN } from "../cnmfe/products.ts";
import { ringRadius } from "../cnmfe/ring.ts";
import { RingOperator } from "../cnmfe/ring_operator.ts";
import type { Window } from "../kernels/crop.ts";
import type { CellState } from "./cell_state.ts";
import { asCell } from "./made_cell.ts";

/** Updates of a footprint that a window leaves room for: each lets it grow by `SUPPORT_MARGIN`. */
const GROWTHS = 2;

/** The part of the field in which cells are updated, with the part of the background model that lies in it. */
export interface EditWindow {
  readonly window: Window;
  /** The downsampled grid of the window: its blocks are blocks of the field. */
  readonly grid: LowGrid;
  /** The ring background of the results there. */
  readonly operator: RingOperator;
  /** Ring radius on the downsampled grid. */
  readonly radius: number;
  /** Pixels of the window no cell may hold; absent when there are none. */
  readonly excluded?: Uint8Array;
  /** A footprint of the field in the window's pixels; what lies outside is cut off. */
  enter(footprint: Footprint): Footprint;
  /** A footprint of the window in the field's pixels. */
  leave(footprint: Footprint): Footprint;
}

/**
 * The window around footprints that holds everything their update looks at: the rings of the pixels they may grow to, and the filters' pixels.
 * It begins on a multiple of two blocks, so that filters take the pixels they would take on the whole field.
 * @param margin pixels around the footprints that are looked at, where they are more than footprints may grow by
 */
export function windowAround(
  extraction: Extraction,
  parameters: Parameters,
  footprints: readonly Footprint[],
  margin = 0,
): EditWindow {
  const { ring, footprints: { width, height }, preparation } = extraction, { factor } = ring;
  const radius = ring.offsets.length > 0 ? ring.radius : ringRadius(parameters);
  const reach = Math.max(margin, GROWTHS * SUPPORT_MARGIN) + (radius + 2) * factor;
  let x0 = width, y0 = height, x1 = 0, y1 = 0;
  for (const { pixels } of footprints) {
    const box = boundingBox(pixels, width, reach);
    [x0, y0, x1, y1] = [Math.min(x0, box.x0), Math.min(y0, box.y0), Math.max(x1, box.x1), Math.max(y1, box.y1)];
  }
  const step = 2 * factor, down = (value: number) => Math.max(0, Math.floor(value / step) * step);
  const x = down(x0), y = down(y0);
  const window = {
    x,
    y,
    width: Math.min(width, Math.ceil(x1 / step) * step) - x,
    height: Math.min(height, Math.ceil(y1 / step) * step) - y,
  };
  const grid = new LowGrid(window.width, window.height, factor);
  const excluded = excludedIn(excludedPixels(width, height, preparation?.motion?.border), width, window);
  const move = ({ pixels, values }: Footprint, isOut: boolean): Footprint => {
    const kept: number[] = [],
      moved: number[] = [],
      from = isOut ? window.width : width,
      to = isOut ? width : window.width;
    pixels.forEach((pixel, i) => {
      const u = pixel % from + (isOut ? window.x : -window.x),
        v = Math.floor(pixel / from) + (isOut ? window.y : -window.y);
      if (!isOut && (u < 0 || v < 0 || u >= window.width || v >= window.height)) return;
      kept.push(i);
      moved.push(v * to + u);
    });
    return { pixels: Uint32Array.from(moved), values: Float32Array.from(kept, (i) => values[i]) };
  };
  return {
    window,
    grid,
    operator: new RingOperator(grid, ring.offsets, weightsIn(extraction, window, grid)),
    radius,
    ...(excluded ? { excluded } : {}),
    enter: (footprint) => move(footprint, false),
    leave: (footprint) => move(footprint, true),
  };
}

/** The ring weights of a window's blocks. */
function weightsIn({ ring }: Extraction, window: Window, { width, height }: LowGrid): Float32Array {
  const m = ring.offsets.length / 2, x = window.x / ring.factor, y = window.y / ring.factor;
  const weights = new Float32Array(m * width * height);
  for (let j = 0; j < m; j++) {
    for (let v = 0; v < height; v++) {
      const from = (j * ring.height + y + v) * ring.width + x;
      weights.set(ring.weights.subarray(from, from + width), (j * height + v) * width);
    }
  }
  return weights;
}

/** Cells of the results as far as they lie in a window, in its pixels and dF; those with traces that are no numbers are left out. */
export function cellsIn(place: EditWindow, extraction: Extraction, cells: readonly CellState[]): Cell[] {
  return cells.flatMap((state) => {
    const footprint = place.enter(state.footprint);
    return footprint.pixels.length > 0 && hasNumbers(state)
      ? [{ footprint, trace: asCell(state, extraction).trace }]
      : [];
  });
}

/** Whether a cell's trace is made of finite numbers. */
export function hasNumbers({ denoised }: CellState): boolean {
  return denoised.every(Number.isFinite);
}
