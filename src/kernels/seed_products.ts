import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { eachBoxBlock, groupsPerSeed, type SeedBoxes, seedBoxParams, type SeedTraces } from "./seed_boxes.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/seed_products.wgsl" with { type: "text" };

/** Planes of the result of `seedProducts`, in order. */
export const seedProductPlanes = 4;

/** Σ y·u, Σ y·v, Σ y, Σ y² over frames for the pixels of each seed's box. One item per block of four box pixels. */
export const seedProductsProgram = program({
  name: "seed_products",
  module: import.meta.url,
  code,
  bindings: {
    stack: read("vec4f"),
    first: read("f32"),
    second: read("f32"),
    boxes: read("i32"),
    products: write("vec4f"),
  },
  params: seedBoxParams,
  twin({ stack, first, second, boxes, products }, p, begin, end) {
    const frameSize = p.height * p.row_blocks * 4;
    eachBoxBlock(p, boxes, begin, end, (seed, block, at) => {
      const trace = seed * p.trace_stride + p.frame_offset;
      const out = (seed * p.box_rows * p.box_blocks + block) * 16;
      for (let lane = 0; lane < 4; lane++) {
        let withFirst = 0, withSecond = 0, sum = 0, square = 0;
        for (let frame = 0, i = at * 4 + lane; frame < p.frames; frame++, i += frameSize) {
          const y = stack[i];
          withFirst += y * first[trace + frame];
          withSecond += y * second[trace + frame];
          sum += y;
          square += y * y;
        }
        products[out + lane] += withFirst;
        products[out + 4 + lane] += withSecond;
        products[out + 8 + lane] += sum;
        products[out + 12 + lane] += square;
      }
    });
  },
});

/** Bytes of the result for these boxes. */
export function seedProductsBytes(boxes: SeedBoxes): number {
  return boxes.count * boxes.rows * boxes.blocks * 4 * seedProductPlanes * 4;
}

/**
 * Adds the sums over the frames of a stack to `products`: seed-major, then box rows, box blocks, then four planes of four pixels.
 * @param first,second traces u and v of each seed (may be the same buffer)
 */
export function seedProducts(
  compute: Compute,
  stack: DeviceBuffer,
  traces: { readonly first: DeviceBuffer; readonly second: DeviceBuffer } & Pick<SeedTraces, "stride" | "offset">,
  boxes: SeedBoxes & { readonly buffer: DeviceBuffer },
  products: DeviceBuffer,
  shape: StackShape,
): void {
  const groups_per_seed = groupsPerSeed(boxes);
  compute.run(seedProductsProgram, {
    stack,
    first: traces.first,
    second: traces.second,
    boxes: boxes.buffer,
    products,
  }, {
    frames: shape.frames,
    height: shape.height,
    row_blocks: pitchOf(shape.width) / 4,
    box_rows: boxes.rows,
    box_blocks: boxes.blocks,
    groups_per_seed,
    trace_stride: traces.stride,
    frame_offset: traces.offset,
  }, boxes.count * groups_per_seed * 64);
}
