import type { Footprint } from "../core/footprints.ts";
import type { Seed } from "../core/extraction.ts";
import { deconvolve } from "../deconvolution/deconvolve.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { cellFrame, packRows } from "../kernels/cell_frame.ts";
import { diskKernel } from "../kernels/filter.ts";
import { peel } from "../kernels/peel.ts";
import { type SeedBoxes, seedBoxes } from "../kernels/seed_boxes.ts";
import { seedProducts, seedProductsBytes } from "../kernels/seed_products.ts";
import { pitchOf } from "../kernels/stack.ts";
import { circularConstraint, connectedTo, type Patch } from "./patch.ts";
import type { SeedImageMaker, TileSegment } from "./seed_images.ts";
import { findSeeds, independentSeeds, seedThresholds } from "./seeds.ts";

/** A tile of the field with its frames on the device. */
export interface Tile {
  readonly width: number;
  readonly height: number;
  readonly segments: readonly TileSegment[];
  /** Pixels no cell may hold: 1 where excluded, row-major over the tile. Default: none. */
  readonly excluded?: Uint8Array;
}

/** What the initialiser needs of the parameters. */
export interface InitialiseParameters {
  readonly gSig: number;
  readonly gSiz: number;
  readonly min_corr: number;
  readonly min_pnr: number;
  readonly min_pixel: number;
}

/** A cell as the initialiser found it. */
export interface FoundCell {
  /** Where it started, tile coordinates. */
  readonly seed: Seed;
  /** Footprint, tile coordinates, in counts per unit of `trace`. */
  readonly footprint: Footprint;
  /** Denoised trace over the tile's frames. */
  readonly trace: Float32Array;
}

/** Pixels whose filtered trace correlates above this with the seed's belong to the cell. */
const NEURON_CORRELATION = 0.9;
/** Pixels whose filtered trace correlates below this with the seed's give the background trace. */
const BACKGROUND_CORRELATION = 0.3;

/**
 * Greedy initialisation of one tile: correlation × PNR seeds, rank-1 cells, peeling, in batches of seeds that do not touch
 * (Zhou et al. 2018, eLife 7:e28728, "initialization"; algorithm.md section 3). The tile's segments are changed: found cells are
 * subtracted from them.
 * @param images the tile's seed images, up to date
 * @param report called after each batch with the number of cells found so far and of candidates left
 * @param most seeds of a batch at most; the cells do not depend on it, only their order does
 */
export async function initialiseTile(
  compute: Compute,
  tile: Tile,
  parameters: InitialiseParameters,
  images: SeedImageMaker,
  report?: (found: number, left: number) => void,
  most = Infinity,
): Promise<FoundCell[]> {
  const { width, height } = tile;
  const search = new TileSearch(compute, tile, parameters);
  const found: FoundCell[] = [], tried = tile.excluded?.slice() ?? new Uint8Array(width * height);
  const thresholds = seedThresholds(parameters);
  for (;;) {
    const current = await images.read();
    const candidates = findSeeds(current, thresholds, tried);
    if (candidates.length === 0) break;
    const batch = independentSeeds(candidates, search.conflictDistance).slice(0, most);
    for (const { x, y } of batch) tried[y * width + x] = 1;
    const cells = await search.extract(batch, current.mean);
    const changed = search.peel(cells);
    if (changed) images.update(changed);
    found.push(...cells);
    report?.(found.length, candidates.length - batch.length);
  }
  return found;
}

/**
 * The cell that starts at one seed, whatever its correlation and PNR; undefined when there is none. The tile is not changed.
 * @param mean mean of the filtered movie (`SeedImageMaker.read`)
 */
export async function cellAtSeed(
  compute: Compute,
  tile: Tile,
  parameters: InitialiseParameters,
  seed: Seed,
  mean: Float32Array,
): Promise<FoundCell | undefined> {
  return (await new TileSearch(compute, tile, parameters).extract([seed], mean))[0];
}

/** One batch at a time: from seeds to cells, and the subtraction of cells. */
class TileSearch {
  readonly #frames: number;
  readonly #footprintRadius: number;
  readonly #kernel: { radius: number; weights: Float32Array };
  /** Seeds further apart than this on either axis do not influence one another, and their boxes are disjoint. */
  readonly conflictDistance: number;

  constructor(
    private readonly compute: Compute,
    private readonly tile: Tile,
    private readonly parameters: InitialiseParameters,
  ) {
    this.#frames = tile.segments.reduce((sum, segment) => sum + segment.frames, 0);
    this.#kernel = diskKernel(parameters.gSig);
    this.#footprintRadius = Math.ceil(0.75 * parameters.gSiz);
    this.conflictDistance = Math.max(
      2 * (this.#footprintRadius + this.#kernel.radius) + 4,
      parameters.gSiz + this.#footprintRadius + this.#kernel.radius,
    );
  }

  async extract(seeds: readonly Seed[], mean: Float32Array): Promise<FoundCell[]> {
    const { compute, tile } = this, { gSiz, min_pixel } = this.parameters, T = this.#frames, width = tile.width;
    const layout = seedBoxes(seeds, gSiz);
    const boxes = { ...layout, buffer: compute.upload("seed boxes", layout.origins) };

    // Correlation of every pixel of the box with its seed, on the filtered movie.
    const seedTraces = this.#weightedTraces(
      "filtered",
      seeds.map((s) => ({ pixels: Uint32Array.of(s.y * width + s.x), values: Float32Array.of(1) })),
    );
    const withSeed = await this.#products("filtered", boxes, seedTraces, seedTraces);
    seedTraces.release();
    const regions = seeds.map((seed, k) => this.#regions(seed, k, layout, withSeed, mean));

    // Trace of the cell (mean of unit-norm filtered traces) and of the background around it (mean of raw traces).
    const cellTraces = this.#weightedTraces("filtered", regions.map((r) => r.cell));
    const backgroundTraces = this.#weightedTraces("raw", regions.map((r) => r.background));
    const [cellData, backgroundData] = (await compute.read(cellTraces, backgroundTraces)).map((b) =>
      new Float32Array(b)
    );
    const withTraces = await this.#products("raw", boxes, cellTraces, backgroundTraces);
    for (const buffer of [cellTraces, backgroundTraces, boxes.buffer]) buffer.release();

    const stride = this.#stride, cells: FoundCell[] = [];
    seeds.forEach((seed, k) => {
      const c = cellData.subarray(k * stride, k * stride + T), b = backgroundData.subarray(k * stride, k * stride + T);
      const patch = regress(withTraces, layout, k, c, b, T);
      const footprint = this.#shape(seed, layout, k, patch);
      if (!footprint || footprint.pixels.length < min_pixel) return;
      const { denoised, spikes } = deconvolve(c, { p: 1 });
      if (!spikes.some((s) => s > 0)) return;
      cells.push({ seed, footprint, trace: denoised });
    });
    return cells;
  }

  /** Subtracts cells from both stacks; returns a flag per block of the filtered stack that changed, or undefined for no cells. */
  peel(cells: readonly FoundCell[]): Uint8Array | undefined {
    if (cells.length === 0) return undefined;
    const { compute, tile } = this, stride = this.#stride, { width, height } = tile;
    const packed = new Float32Array(cells.length * stride);
    cells.forEach((cell, k) => packed.set(cell.trace, k * stride));
    const traces = compute.upload("peel traces", packed);
    const changed = new Uint8Array(pitchOf(width) / 4 * height), columns = pitchOf(width) / 4;
    const apply = (
      which: "raw" | "filtered",
      radius: number,
      image: (cell: FoundCell, x: number, y: number) => number,
    ) => {
      const layout = seedBoxes(cells.map((cell) => cell.seed), radius);
      const boxes = { ...layout, buffer: compute.upload("peel boxes", layout.origins) };
      const images = new Float32Array(cells.length * layout.rows * layout.blocks * 4);
      cells.forEach((cell, k) => {
        const x0 = layout.origins[2 * k] * 4, y0 = layout.origins[2 * k + 1];
        for (let v = Math.max(0, y0); v < Math.min(height, y0 + layout.rows); v++) {
          for (let u = Math.max(0, x0); u < Math.min(width, x0 + layout.blocks * 4); u++) {
            const weight = image(cell, u, v);
            if (weight === 0) continue;
            images[((k * layout.rows + v - y0) * layout.blocks) * 4 + u - x0] = weight;
            if (which === "filtered") changed[v * columns + (u >> 2)] = 1;
          }
        }
      });
      const device = compute.upload("peel images", images);
      let offset = 0;
      for (const segment of tile.segments) {
        peel(compute, segment[which], device, { buffer: traces, stride, offset }, boxes, {
          frames: segment.frames,
          width,
          height,
        });
        offset += segment.frames;
      }
      device.release();
      boxes.buffer.release();
    };
    const dense = new Map(
      cells.map((cell) => [cell, new Map(Array.from(cell.footprint.pixels, (p, i) => [p, cell.footprint.values[i]]))]),
    );
    apply("raw", this.#footprintRadius, (cell, x, y) => dense.get(cell)!.get(y * width + x) ?? 0);
    const reach = this.#footprintRadius + this.#kernel.radius;
    const filteredImages = new Map(
      cells.map((cell) => [cell, filterFootprint(cell, reach, this.#kernel, width, height)]),
    );
    apply("filtered", reach, (cell, x, y) => {
      const u = x - cell.seed.x + reach, v = y - cell.seed.y + reach, side = 2 * reach + 1;
      return u < 0 || v < 0 || u >= side || v >= side ? 0 : filteredImages.get(cell)![v * side + u];
    });
    traces.release();
    return changed;
  }

  get #stride(): number {
    return Math.ceil(this.#frames / 4) * 4;
  }

  /** Weighted sums of pixels per frame, one row of `#stride` frames per seed. */
  #weightedTraces(which: "raw" | "filtered", rows: { pixels: Uint32Array; values: Float32Array }[]): DeviceBuffer {
    const { compute, tile } = this, { width, height } = tile, stride = this.#stride;
    const packed = packRows(width, height, rows);
    const buffers = {
      starts: compute.upload("weighted traces: starts", packed.starts),
      blocks: compute.upload("weighted traces: blocks", packed.blocks),
      weights: compute.upload("weighted traces: weights", packed.weights),
    };
    const out = compute.allocate("weighted traces", rows.length * stride * 4);
    let offset = 0;
    for (const segment of tile.segments) {
      const shape = { frames: segment.frames, width, height };
      cellFrame(compute, segment[which], buffers, out, shape, stride, offset, rows.length);
      offset += segment.frames;
    }
    for (const buffer of Object.values(buffers)) buffer.release();
    return out;
  }

  async #products(
    which: "raw" | "filtered",
    boxes: SeedBoxes & { buffer: DeviceBuffer },
    first: DeviceBuffer,
    second: DeviceBuffer,
  ): Promise<Float32Array> {
    const { compute, tile } = this, { width, height } = tile;
    const products = compute.allocate("seed products", seedProductsBytes(boxes));
    let offset = 0;
    for (const segment of tile.segments) {
      seedProducts(compute, segment[which], { first, second, stride: this.#stride, offset }, boxes, products, {
        frames: segment.frames,
        width,
        height,
      });
      offset += segment.frames;
    }
    const [data] = await compute.read(products);
    products.release();
    return new Float32Array(data);
  }

  /** The pixels that follow the seed, as weights that give the mean unit-norm trace, and the background pixels, as a mean. */
  #regions(seed: Seed, k: number, layout: SeedBoxes, products: Float32Array, mean: Float32Array) {
    const { width, height } = this.tile, { gSiz } = this.parameters, T = this.#frames;
    const side = 2 * gSiz + 1,
      correlation = new Float32Array(side * side).fill(NaN),
      norm = new Float32Array(side * side);
    const boxValue = boxReader(products, layout, k);
    const seedSquare = boxValue(3, seed.x, seed.y) - T * mean[seed.y * width + seed.x] ** 2;
    for (let v = 0; v < side; v++) {
      for (let u = 0; u < side; u++) {
        const x = seed.x - gSiz + u, y = seed.y - gSiz + v;
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const m = mean[y * width + x];
        const square = boxValue(3, x, y) - T * m * m;
        const cross = boxValue(0, x, y) - T * m * mean[seed.y * width + seed.x];
        norm[v * side + u] = square > 0 ? Math.sqrt(square) : 0;
        correlation[v * side + u] = square > 0 && seedSquare > 0 ? cross / Math.sqrt(square * seedSquare) : 0;
      }
    }
    const centre = gSiz * side + gSiz;
    correlation[centre] = 1;
    const mask = connectedTo(side, side, centre, (i) => correlation[i] > NEURON_CORRELATION, 8);
    const pick = (inside: (i: number) => boolean, weight: (i: number) => number) => {
      const pixels: number[] = [], values: number[] = [];
      for (let i = 0; i < correlation.length; i++) {
        if (!inside(i)) continue;
        pixels.push((seed.y - gSiz + Math.floor(i / side)) * width + seed.x - gSiz + i % side);
        values.push(weight(i));
      }
      const total = pixels.length || 1;
      return { pixels: Uint32Array.from(pixels), values: Float32Array.from(values, (w) => w / total) };
    };
    return {
      cell: pick((i) => mask[i] === 1, (i) => norm[i] > 0 ? 1 / norm[i] : 0),
      background: pick((i) => correlation[i] < BACKGROUND_CORRELATION, () => 1),
    };
  }

  /** Clips, limits the reach and applies the circular constraint; undefined when nothing is left at the seed. */
  #shape(seed: Seed, layout: SeedBoxes, k: number, values: Float32Array): Footprint | undefined {
    const { width, height, excluded } = this.tile, R = this.#footprintRadius, side = 2 * R + 1;
    const patch: Patch = { width: side, height: side, values: new Float32Array(side * side) };
    const x0 = layout.origins[2 * k] * 4, y0 = layout.origins[2 * k + 1];
    for (let v = 0; v < side; v++) {
      for (let u = 0; u < side; u++) {
        const x = seed.x - R + u, y = seed.y - R + v;
        if (x < 0 || y < 0 || x >= width || y >= height || excluded?.[y * width + x]) continue;
        patch.values[v * side + u] = Math.max(0, values[(y - y0) * layout.blocks * 4 + x - x0]);
      }
    }
    // The peak is looked for close to the seed: a brighter neighbour in the box is another cell.
    const near = Math.max(1, Math.round(this.parameters.gSiz / 6));
    let peak = R * side + R;
    for (let v = R - near; v <= R + near; v++) {
      for (let u = R - near; u <= R + near; u++) {
        if (patch.values[v * side + u] > patch.values[peak]) peak = v * side + u;
      }
    }
    if (patch.values[peak] <= 0) return undefined;
    circularConstraint(patch, peak);
    const pixels: number[] = [], weights: number[] = [];
    for (let v = 0; v < side; v++) {
      for (let u = 0; u < side; u++) {
        const weight = patch.values[v * side + u];
        if (weight <= 0) continue;
        pixels.push((seed.y - R + v) * width + seed.x - R + u);
        weights.push(weight);
      }
    }
    return { pixels: Uint32Array.from(pixels), values: Float32Array.from(weights) };
  }
}

/** Reads plane values of one seed's box by field coordinates. */
function boxReader(
  products: Float32Array,
  layout: SeedBoxes,
  k: number,
): (plane: number, x: number, y: number) => number {
  const x0 = layout.origins[2 * k] * 4, y0 = layout.origins[2 * k + 1], base = k * layout.rows * layout.blocks;
  return (plane, x, y) => {
    const u = x - x0;
    return products[((base + (y - y0) * layout.blocks + (u >> 2)) * 4 + plane) * 4 + (u & 3)];
  };
}

/** Per box pixel: the coefficient of c in the least-squares fit y ≈ α c + β b + γ. */
function regress(
  products: Float32Array,
  layout: SeedBoxes,
  k: number,
  c: Float32Array,
  b: Float32Array,
  T: number,
): Float32Array {
  let sc = 0, sb = 0, cc = 0, bb = 0, cb = 0;
  for (let t = 0; t < T; t++) {
    sc += c[t];
    sb += b[t];
  }
  for (let t = 0; t < T; t++) {
    const u = c[t] - sc / T, v = b[t] - sb / T;
    cc += u * u;
    bb += v * v;
    cb += u * v;
  }
  const determinant = cc * bb - cb * cb, alone = !(determinant > 1e-9 * cc * bb);
  const boxPixels = layout.rows * layout.blocks * 4, out = new Float32Array(boxPixels);
  for (let i = 0; i < boxPixels; i++) {
    const at = ((k * layout.rows * layout.blocks + (i >> 2)) * 4) * 4 + (i & 3);
    const sum = products[at + 8];
    const yc = products[at] - sum * sc / T, yb = products[at + 4] - sum * sb / T;
    out[i] = alone ? (cc > 0 ? yc / cc : 0) : (yc * bb - yb * cb) / determinant;
  }
  return out;
}

/** The footprint as the zero-mean disk filter sees it, on a square of ±reach around the seed (0 outside the field). */
function filterFootprint(
  cell: FoundCell,
  reach: number,
  kernel: { radius: number; weights: Float32Array },
  width: number,
  height: number,
): Float32Array {
  const side = 2 * reach + 1, out = new Float32Array(side * side), r = kernel.radius, kernelSide = 2 * r + 1;
  const values = new Map(Array.from(cell.footprint.pixels, (p, i) => [p, cell.footprint.values[i]]));
  const dense = new Float32Array(side * side);
  for (const [p, value] of values) {
    dense[(Math.floor(p / width) - cell.seed.y + reach) * side + p % width - cell.seed.x + reach] = value;
  }
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      const x = cell.seed.x - reach + u, y = cell.seed.y - reach + v;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      let sum = 0;
      for (let dy = -r; dy <= r; dy++) {
        const yy = Math.min(height - 1, Math.max(0, y + dy)) - cell.seed.y + reach;
        if (yy < 0 || yy >= side) continue;
        for (let dx = -r; dx <= r; dx++) {
          const xx = Math.min(width - 1, Math.max(0, x + dx)) - cell.seed.x + reach;
          if (xx < 0 || xx >= side) continue;
          sum += kernel.weights[(dy + r) * kernelSide + dx + r] * dense[yy * side + xx];
        }
      }
      out[v * side + u] = sum;
    }
  }
  return out;
}
