import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN } from "./stack.ts";
import code from "../../shaders/correlate_planes.wgsl" with { type: "text" };

/** Planes times conjugate templates. One item per frequency of a run of planes. */
export const correlatePlanesProgram = program({
  name: "correlate_planes",
  module: import.meta.url,
  code,
  bindings: { templates: read("f32"), planes: write("f32") },
  params: { run: "u32", planes: "u32", patches: "u32", plane_size: "u32" },
  twin({ templates, planes }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const first = Math.floor(item / p.plane_size) * p.run, last = Math.min(first + p.run, p.planes);
      const at = item % p.plane_size;
      for (let plane = first; plane < last; plane++) {
        const i = 2 * (plane * p.plane_size + at), t = 2 * (plane % p.patches * p.plane_size + at);
        const re = planes[i], im = planes[i + 1];
        planes[i] = re * templates[t] + im * templates[t + 1];
        planes[i + 1] = im * templates[t] - re * templates[t + 1];
      }
    }
  },
});

/**
 * planes[k, patch] ← planes[k, patch] · conj(templates[patch]), number by number: the transform of the
 * cross-correlation of what was transformed.
 * @param templates [patches][plane_size][2] float32
 * @param planes [planes][plane_size][2] float32, the patch running fastest; in place
 */
export function correlatePlanes(
  compute: Compute,
  templates: DeviceBuffer,
  planes: DeviceBuffer,
  shape: { readonly planes: number; readonly patches: number; readonly plane_size: number },
): void {
  const items = Math.ceil(shape.planes / FRAME_RUN) * shape.plane_size;
  compute.run(correlatePlanesProgram, { templates, planes }, { run: FRAME_RUN, ...shape }, items);
}
