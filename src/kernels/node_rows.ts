import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/node_rows.wgsl" with { type: "text" };

/** Row sums of differences from an image times images times shares. One item per row of a frame and column of nodes. */
export const nodeRowsProgram = program({
  name: "node_rows",
  module: import.meta.url,
  code,
  bindings: {
    stack: read("vec4f"),
    images: read("vec4f"),
    shares: read("vec4f"),
    spans: read("u32"),
    sums: write("vec4f"),
  },
  params: { height: "u32", row_blocks: "u32", nodes: "u32", size: "u32", limit: "f32" },
  twin({ stack, images, shares, spans, sums }, p, begin, end) {
    const pitch = p.row_blocks * 4, size = p.size * 4;
    for (let item = begin; item < end; item++) {
      const row = Math.floor(item / p.nodes), node = item % p.nodes, y = row % p.height;
      let a = 0, b = 0, c = 0;
      for (let x = spans[2 * node] * 4; x < spans[2 * node + 1] * 4; x++) {
        const at = y * pitch + x, image = images[at + 2 * size];
        const more = Math.min(Math.max(stack[row * pitch + x] - image, -p.limit), p.limit);
        const value = more * shares[node * pitch + x];
        a += value * images[at];
        b += value * images[at + size];
        c += value * image;
      }
      sums[4 * item] = a;
      sums[4 * item + 1] = b;
      sums[4 * item + 2] = c;
      sums[4 * item + 3] = 0;
    }
  },
});

/**
 * sums[f][y][j][c] = Σ_x limited(stack[f][y][x] − images[2][y][x]) · images[c][y][x] · shares[j][x], for three images
 * c.
 * @param images [3][height][pitch] float32
 * @param shares [nodes][pitch] float32: what share each column of nodes has in a column of pixels
 * @param spans [nodes][2] uint32: first block of four pixels in which a node has a share, and the one after the last
 * @param sums receives [frames][height][nodes][4] float32; the fourth number is 0
 * @param limit to which differences are limited, both ways
 */
export function nodeRows(
  compute: Compute,
  buffers: {
    readonly stack: DeviceBuffer;
    readonly images: DeviceBuffer;
    readonly shares: DeviceBuffer;
    readonly spans: DeviceBuffer;
    readonly sums: DeviceBuffer;
  },
  shape: StackShape,
  nodes: number,
  limit: number,
): void {
  const row_blocks = pitchOf(shape.width) / 4;
  compute.run(
    nodeRowsProgram,
    buffers,
    { height: shape.height, row_blocks, nodes, size: row_blocks * shape.height, limit },
    shape.frames * shape.height * nodes,
  );
}
