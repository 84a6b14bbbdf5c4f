import type { Extraction } from "../core/extraction.ts";
import type { Footprint } from "../core/footprints.ts";
import { uploadWeights } from "../cnmfe/known.ts";
import { ResidualMaker } from "../cnmfe/residual.ts";
import { cellFrame, packRows } from "../kernels/cell_frame.ts";
import type { CellState } from "./cell_state.ts";
import { cellsIn, type EditWindow } from "./window.ts";
import { type MovieEditOptions, withWindow } from "./with_window.ts";

/** The movie without background and cells at some pixels, averaged over frames: one row of `length` values per pixel. */
export interface PixelSeries {
  readonly rows: readonly Float32Array[];
  readonly length: number;
}

/**
 * Reads Z − A C at some pixels of a window.
 * @param pixels the pixels, in the field
 * @param cells the cells that are taken off
 * @param average frames averaged into one
 */
export async function residualSeries(
  extraction: Extraction,
  place: EditWindow,
  pixels: Uint32Array,
  cells: readonly CellState[],
  average: number,
  options: MovieEditOptions,
): Promise<PixelSeries> {
  const { window, grid, operator, radius } = place, length = Math.ceil(options.source.header.frames / average);
  return await withWindow(place, options, average, async (stream) => {
    const { compute } = stream, stride = Math.ceil(length / 4) * 4;
    const inside = place.enter({ pixels, values: new Float32Array(pixels.length).fill(1) } satisfies Footprint);
    const packed = packRows(
      window.width,
      window.height,
      Array.from(inside.pixels, (pixel) => ({ pixels: Uint32Array.of(pixel), values: Float32Array.of(1) })),
    );
    const rows = {
      starts: compute.upload("pixel rows: starts", packed.starts),
      blocks: compute.upload("pixel rows: blocks", packed.blocks),
      weights: compute.upload("pixel rows: weights", packed.weights),
    };
    const out = compute.allocate("pixel series", pixels.length * stride * 4),
      weights = uploadWeights(compute, operator);
    const known = { grid, ring: { radius, operator, weights }, cells: cellsIn(place, extraction, cells) };
    const residual = new ResidualMaker(stream, known, average);
    await stream.each({}, (chunk) => {
      const frames = Math.ceil(chunk.frames / average), shape = { ...window, frames };
      cellFrame(compute, residual.make(chunk), rows, out, shape, stride, chunk.start / average, pixels.length);
    });
    const all = new Float32Array((await compute.read(out))[0]);
    residual.release();
    for (const buffer of [out, weights, ...Object.values(rows)]) buffer.release();
    return { rows: Array.from(pixels, (_, i) => all.slice(i * stride, i * stride + length)), length };
  });
}
