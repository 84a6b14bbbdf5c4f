import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import type { GramBand } from "./gram_bands.ts";
import type { GramTable } from "./gram_table.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/ring_solve.wgsl" with { type: "text" };

/** Most scratch memory of a batch of pixels, bytes. */
const SCRATCH_BYTES = 32 * 2 ** 20;
/** Offset of the places that fill the ring up to whole blocks of four: outside every field. */
const NOWHERE = 1 << 20;

/**
 * The ring of radius r: (dy, dx) pairs of disk(r + 1) without disk(r), disk(r) = {dy² + dx² ≤ r²}; row by row.
 * @param radius whole pixels of the downsampled grid, ≥ 0. Throws `RangeError` otherwise.
 */
export function ringOffsets(radius: number): Int32Array {
  if (!(Number.isInteger(radius) && radius >= 0)) {
    throw new RangeError(`The ring's radius is ${radius}; it must be a whole number of pixels ≥ 0`);
  }
  const offsets: number[] = [], outer = radius + 1;
  for (let dy = -outer; dy <= outer; dy++) {
    for (let dx = -outer; dx <= outer; dx++) {
      const squared = dy * dy + dx * dx;
      if (squared > radius * radius && squared <= outer * outer) offsets.push(dy, dx);
    }
  }
  return Int32Array.from(offsets);
}

/** Ring fits: one item solves one pixel's normal equations. `scratch` is used by the kernel only, not by its twin. */
export const ringSolveProgram = program({
  name: "ring_solve",
  module: import.meta.url,
  code,
  bindings: {
    residual: read("f32"),
    offsets: read("i32"),
    pairs: read("vec4u"),
    crosses: read("vec4u"),
    scratch: write("vec4f"),
    weights: write("f32"),
  },
  params: {
    first_pixel: "u32",
    width: "u32",
    height: "u32",
    pitch: "u32",
    solve_first: "u32",
    solve_rows: "u32",
    hold_first: "u32",
    count: "u32",
    blocks: "u32",
    ridge: "f32",
  },
  twin({ residual, offsets, pairs, crosses, weights }, p, begin, end) {
    const plane = p.solve_rows * p.pitch, m = p.count;
    const inside = new Int32Array(m), factor = new Float64Array(m * (m + 1) / 2), solution = new Float64Array(m);
    for (let pixel = p.first_pixel + begin; pixel < p.first_pixel + end; pixel++) {
      const x = pixel % p.pitch, y = p.solve_first + Math.floor(pixel / p.pitch);
      const held = (y - p.hold_first) * p.pitch + x;
      let n = 0, trace = 0;
      for (let j = 0; j < m; j++) {
        weights[j * plane + pixel] = 0;
        const v = y + offsets[j * 2], u = x + offsets[j * 2 + 1];
        if (x >= p.width || v < 0 || v >= p.height || u < 0 || u >= p.width) continue;
        inside[n++] = j;
        trace += residual[(v - p.hold_first) * p.pitch + u];
      }
      if (!(trace > 0)) continue;
      // Cholesky factor of M + ridge·trace(M)·I, row by row, and the forward substitution of c along with it.
      const ridge = p.ridge * trace, floor = 1e-7 * trace;
      for (let i = 0; i < n; i++) {
        const rowAt = i * (i + 1) / 2, ring = inside[i], block = ring >> 2;
        const pairsAt = block * (block + 1) / 2 * 16 + (ring & 3);
        let right = residual[held + (crosses[ring] | 0)];
        for (let j = 0; j < i; j++) {
          let sum = residual[held + (pairs[pairsAt + inside[j] * 4] | 0)];
          const columnAt = j * (j + 1) / 2;
          for (let k = 0; k < j; k++) sum -= factor[rowAt + k] * factor[columnAt + k];
          sum /= factor[columnAt + j];
          factor[rowAt + j] = sum;
          right -= sum * solution[j];
        }
        let pivot = residual[held + (pairs[pairsAt + ring * 4] | 0)] + ridge;
        for (let k = 0; k < i; k++) pivot -= factor[rowAt + k] * factor[rowAt + k];
        pivot = Math.sqrt(Math.max(pivot, floor));
        factor[rowAt + i] = pivot;
        solution[i] = right / pivot;
      }
      for (let i = n - 1; i >= 0; i--) {
        const rowAt = i * (i + 1) / 2, value = solution[i] / factor[rowAt + i];
        for (let k = 0; k < i; k++) solution[k] -= factor[rowAt + k] * value;
        weights[inside[i] * plane + pixel] = value;
      }
    }
  },
});

/**
 * Where the products of ring pixels stand in the Gram, relative to the pixel the ring surrounds: for blocks (I, J ≤ I) of 4×4 pairs,
 * column by column, and for the pairs of the centre and each ring pixel. Negative distances are stored as two's complement.
 */
function gramAddresses(offsets: Int32Array, pitch: number, plane: number, table: GramTable) {
  const m = offsets.length / 2, blocks = Math.ceil(m / 4);
  /** Address of the product of the pixels at (ay, ax) and (by, bx) from the centre. */
  const address = (ay: number, ax: number, by: number, bx: number) => {
    const forward = by > ay || (by === ay && bx >= ax);
    return forward
      ? table.row(by - ay, bx - ax) * plane + ay * pitch + ax
      : table.row(ay - by, ax - bx) * plane + by * pitch + bx;
  };
  const pairs = new Uint32Array(blocks * (blocks + 1) / 2 * 16), crosses = new Uint32Array(blocks * 4);
  let at = 0;
  for (let i = 0; i < blocks; i++) {
    for (let j = 0; j <= i; j++) {
      for (let c = 0; c < 4; c++) {
        for (let r = 0; r < 4; r++, at++) {
          const a = i * 4 + r, b = j * 4 + c;
          if (a >= m || b >= m) continue;
          pairs[at] = address(offsets[a * 2], offsets[a * 2 + 1], offsets[b * 2], offsets[b * 2 + 1]);
        }
      }
    }
  }
  for (let j = 0; j < m; j++) crosses[j] = address(0, 0, offsets[j * 2], offsets[j * 2 + 1]);
  return { blocks, pairs, crosses };
}

/**
 * Fits the ring weights of every pixel (`algorithm.md` section 4; Zhou et al. 2018, CaImAn's `compute_W`): over the ring pixels inside
 * the field, (M + ridge · trace(M) · I) w = c with M and c read from the residual's Gram. Weights of ring pixels outside the field,
 * and of systems without any energy, are 0.
 * @param buffers `residual`: Gram of the residual, [table.rows][height][pitch]; `weights`: receives [m][height][pitch]
 * @param offsets (dy, dx) pairs, m of them
 * @param table must reach every pair of ring pixels, i.e. 2·(radius + 1); throws `RangeError` otherwise
 * @param band one of `gramBands`, whose Gram `residual` holds; `weights` is then [m][solve.rows][pitch]. Default: the whole field
 */
export function ringSolve(
  compute: Compute,
  buffers: { readonly residual: DeviceBuffer; readonly weights: DeviceBuffer },
  offsets: Int32Array,
  shape: Pick<StackShape, "width" | "height">,
  table: GramTable,
  ridge = 1e-5,
  band: GramBand = { solve: { first: 0, rows: shape.height }, hold: { first: 0, rows: shape.height } },
): void {
  const pitch = pitchOf(shape.width), plane = band.solve.rows * pitch, m = offsets.length / 2;
  if (m === 0) return;
  const { blocks, pairs, crosses } = gramAddresses(offsets, pitch, band.hold.rows * pitch, table);
  const padded = new Int32Array(blocks * 8).fill(NOWHERE);
  padded.set(offsets);
  // Four columns per 4×4 block of the factor, and one vector per block of the right-hand side.
  const pixelBytes = (blocks * (blocks + 1) / 2 * 4 + blocks) * 16;
  const batch = Math.min(Math.ceil(plane / 64), Math.max(1, Math.floor(SCRATCH_BYTES / (pixelBytes * 64)))) * 64;
  const scratch = compute.allocate("ring_solve scratch", batch * pixelBytes);
  const offsetBuffer = compute.upload("ring offsets", padded);
  const pairBuffer = compute.upload("ring pairs", pairs), crossBuffer = compute.upload("ring crosses", crosses);
  for (let first_pixel = 0; first_pixel < plane; first_pixel += batch) {
    compute.run(
      ringSolveProgram,
      {
        residual: buffers.residual,
        offsets: offsetBuffer,
        pairs: pairBuffer,
        crosses: crossBuffer,
        scratch,
        weights: buffers.weights,
      },
      {
        first_pixel,
        width: shape.width,
        height: shape.height,
        pitch,
        solve_first: band.solve.first,
        solve_rows: band.solve.rows,
        hold_first: band.hold.first,
        count: m,
        blocks,
        ridge,
      },
      Math.min(batch, plane - first_pixel),
    );
  }
  for (const buffer of [scratch, offsetBuffer, pairBuffer, crossBuffer]) buffer.release();
}
