import type { Extraction } from "../core/extraction.ts";
import { footprintOf } from "../core/footprints.ts";
import type { Compute } from "../gpu/compute.ts";
import { pitchOf } from "../kernels/stack.ts";
import type { Cell } from "./cells.ts";
import { LowGrid } from "./low_grid.ts";
import type { Ring } from "./ring.ts";
import { RingOperator } from "./ring_operator.ts";

/** What is known already: the search goes through the residual Z − A C. */
export interface Known {
  readonly grid: LowGrid;
  readonly ring: Ring;
  readonly cells: readonly Cell[];
  /** Pixels no cell may hold: 1 where excluded, row-major over the field. Default: none. */
  readonly excluded?: Uint8Array;
}

/**
 * The model that an extraction found, on a device: its cells with traces in dF whatever the units of the results, and its ring. With no
 * offsets there is no ring, and its weights are none. The caller releases `ring.weights`.
 */
export function knownModel(compute: Compute, extraction: Extraction): Known {
  const { ring, footprints, traces, units, movie: { frames } } = extraction;
  const grid = new LowGrid(footprints.width, footprints.height, ring.factor);
  const cells = Array.from({ length: footprints.count }, (_, k): Cell => {
    const trace = traces.denoised.subarray(k * frames, (k + 1) * frames), noise = traces.noise[k];
    const scale = units === "dF over noise" && noise > 0 ? noise : 1;
    return { footprint: footprintOf(footprints, k), trace: scale === 1 ? trace : trace.map((value) => value * scale) };
  });
  const operator = new RingOperator(grid, ring.offsets, ring.weights);
  return { grid, ring: { radius: ring.radius, operator, weights: uploadWeights(compute, operator) }, cells };
}

/** Ring weights as the kernels take them: one padded image per offset. */
export function uploadWeights(
  compute: Compute,
  { grid: { width, height }, offsets, weights }: RingOperator,
): Ring["weights"] {
  const m = offsets.length / 2, pitch = pitchOf(width);
  const padded = new Float32Array(Math.max(4, m * pitch * height));
  for (let j = 0; j < m; j++) {
    for (let y = 0; y < height; y++) {
      const from = (j * height + y) * width;
      padded.set(weights.subarray(from, from + width), (j * height + y) * pitch);
    }
  }
  return compute.upload("ring weights", padded);
}
