import type { Footprint } from "../core/footprints.ts";
import { type ChunkPlan, SEGMENT_FRAMES } from "../core/plan.ts";
import { crop, type Window } from "../kernels/crop.ts";
import { diskKernel, filter } from "../kernels/filter.ts";
import { stackBytes } from "../kernels/stack.ts";
import { boundingBox, boxesTouch, type Cell, newCell, sparseDot } from "./cells.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { excludedIn } from "./excluded.ts";
import type { Known } from "./known.ts";
import { ResidualMaker } from "./residual.ts";
import { type FoundCell, type InitialiseParameters, initialiseTile, type Tile } from "./initialise.ts";
import { SeedImageMaker, type TileSegment } from "./seed_images.ts";
import type { SeedImages } from "./seeds.ts";

/** What the search needs of the parameters. */
export interface SearchParameters extends InitialiseParameters {
  readonly tsub: number;
}

/**
 * Correlation and PNR images over the whole field (the largest value over blocks of frames), as the search sees them at its start. PNR
 * is in the units of `min_pnr`: that of the averaged frames over √tsub, by which averaging raises it.
 */
export type FieldImages = Pick<SeedImages, "correlation" | "pnr" | "rise">;

/** Footprints of two blocks of frames with at least this cosine are the same cell. */
const SAME_CELL = 0.6;

/** A tile with its movie and its images on the device, while it is visited. */
interface VisitedTile {
  readonly tile: Tile;
  readonly maker: SeedImageMaker;
  readonly core: Window;
  readonly window: Window;
  /** First frame of the block. */
  readonly from: number;
  /** One past its last frame. */
  readonly to: number;
}

/**
 * Goes through the residual, block of frames by block of frames and tile by tile (algorithm.md section 3), and hands each tile
 * over with its images made.
 * @returns the images of the whole field as they are before anything is found
 */
async function visitTiles(
  stream: ChunkStream,
  plan: ChunkPlan,
  parameters: SearchParameters,
  known: Known,
  visit: (visited: VisitedTile, report: (fraction: number) => void) => Promise<void>,
  progress: (fraction: number) => void,
): Promise<FieldImages> {
  const { width, height, frames } = stream.source.header;
  const images: FieldImages = {
    correlation: new Float32Array(width * height),
    pnr: new Float32Array(width * height),
    rise: new Float32Array(width * height),
  };
  const tiles = tilesOf(width, height, plan), parts = tiles.length * plan.blocks;
  let done = 0;
  for (let from = 0; from < frames; from += plan.blockFrames) {
    const to = Math.min(frames, from + plan.blockFrames);
    for (const { core, window } of tiles) {
      const report = (fraction: number) => progress((done + fraction) / parts);
      const tile = await fillTile(stream, parameters, known, window, from, to, (fraction) => report(0.5 * fraction));
      const maker = new SeedImageMaker(stream.compute, tile.width, tile.height, tile.segments);
      try {
        maker.updateAll();
        copyCore(await maker.read(), window, core, images, width, averagingGain(parameters));
        await visit({ tile, maker, core, window, from, to }, (fraction) => report(0.5 + 0.5 * fraction));
      } finally {
        maker.release();
        for (const segment of tile.segments) {
          segment.raw.release();
          segment.filtered.release();
        }
      }
      done++;
      report(0);
    }
  }
  return images;
}

/** The images the search starts from, without searching: what `summary` shows. */
export async function searchImages(
  stream: ChunkStream,
  plan: ChunkPlan,
  parameters: SearchParameters,
  known: Known,
  progress?: (fraction: number) => void,
): Promise<FieldImages> {
  return await visitTiles(stream, plan, parameters, known, () => Promise.resolve(), (fraction) => progress?.(fraction));
}

/**
 * Searches the residual for cells (algorithm.md section 3).
 * @returns new cells with traces over the whole movie, strongest first, and the images of the start
 */
export async function searchCells(
  stream: ChunkStream,
  plan: ChunkPlan,
  parameters: SearchParameters,
  known: Known,
  progress?: (fraction: number, found: number) => void,
): Promise<{ cells: Cell[]; images: FieldImages }> {
  const { width, frames } = stream.source.header;
  let cells: { footprint: Footprint; trace: Float32Array }[] = [];
  let inBlock: { footprint: Footprint; trace: Float32Array }[] = [];
  let block = 0;
  const images = await visitTiles(
    stream,
    plan,
    parameters,
    known,
    async ({ tile, maker, core, window, from, to }, report) => {
      if (from !== block) {
        cells = uniteBlocks(cells, inBlock, width);
        [block, inBlock] = [from, []];
      }
      const found = await initialiseTile(stream.compute, tile, searchThresholds(parameters), maker, (count, left) => {
        report(count / (count + left + 1));
      });
      for (const cell of found) {
        if (inside(core, cell.seed.x + window.x, cell.seed.y + window.y)) {
          inBlock.push(onField(cell, window, width, from, to, frames, parameters.tsub));
        }
      }
    },
    (fraction) => progress?.(fraction, cells.length + inBlock.length),
  );
  cells = uniteBlocks(cells, inBlock, width);
  const energy = (trace: Float32Array) => trace.reduce((sum, value) => sum + value * value, 0);
  const united = cells.map(({ footprint, trace }) => newCell(footprint, trace));
  const strength = new Map(united.map((cell) => [cell, energy(cell.trace)]));
  united.sort((a, b) => strength.get(b)! - strength.get(a)! || a.footprint.pixels[0] - b.footprint.pixels[0]);
  return { cells: united, images };
}

/** Averaging frames lowers the noise: the threshold is raised alike, in every pass (algorithm.md section 3). */
function searchThresholds(parameters: SearchParameters): InitialiseParameters {
  return { ...parameters, min_pnr: parameters.min_pnr * averagingGain(parameters) };
}

/** How much averaging frames raises the peak-to-noise ratio of a transient longer than the average. */
function averagingGain({ tsub }: SearchParameters): number {
  return Math.sqrt(tsub);
}

/** The tiles of a plan: cores that partition the field and windows with their halo. */
export function tilesOf(width: number, height: number, plan: ChunkPlan): { core: Window; window: Window }[] {
  const tiles: { core: Window; window: Window }[] = [];
  const w = Math.ceil(width / plan.tilesAcross), h = Math.ceil(height / plan.tilesDown);
  for (let y = 0; y < height; y += h) {
    for (let x = 0; x < width; x += w) {
      const core = { x, y, width: Math.min(w, width - x), height: Math.min(h, height - y) };
      // Windows start on a multiple of four pixels, like the blocks of the whole field.
      const x0 = Math.max(0, Math.floor((x - plan.halo) / 4) * 4), y0 = Math.max(0, y - plan.halo);
      const x1 = Math.min(width, x + core.width + plan.halo), y1 = Math.min(height, y + core.height + plan.halo);
      tiles.push({ core, window: { x: x0, y: y0, width: x1 - x0, height: y1 - y0 } });
    }
  }
  return tiles;
}

function inside(window: Window, x: number, y: number): boolean {
  return x >= window.x && y >= window.y && x < window.x + window.width && y < window.y + window.height;
}

/**
 * Puts the averaged and the filtered movie of a window on the device. `from` is the first frame of a chunk, and chunks are whole numbers of
 * averages.
 */
export async function fillTile(
  stream: ChunkStream,
  parameters: SearchParameters,
  known: Known,
  window: Window,
  from: number,
  to: number,
  progress: (fraction: number) => void,
): Promise<Tile> {
  const { compute, source } = stream, { tsub } = parameters, { width, height } = source.header;
  const total = Math.ceil((to - from) / tsub), segments: TileSegment[] = [];
  for (let at = 0; at < total; at += SEGMENT_FRAMES) {
    const shape = { ...window, frames: Math.min(SEGMENT_FRAMES, total - at) };
    segments.push({
      raw: compute.allocate("tile", stackBytes(shape)),
      filtered: compute.allocate("filtered tile", stackBytes(shape)),
      frames: shape.frames,
    });
  }
  const frameBytes = stackBytes({ ...window, frames: 1 }), most = Math.ceil(stream.chunkFrames / tsub);
  const binned = compute.allocate("averaged chunk", most * frameBytes);
  const residual = new ResidualMaker(stream, known, tsub);
  await stream.each({ from, to }, (chunk) => {
    const count = Math.ceil(chunk.frames / tsub);
    crop(compute, residual.make(chunk), binned, { frames: count, width, height }, window);
    const first = (chunk.start - from) / tsub;
    for (let copied = 0; copied < count;) {
      const at = first + copied, segment = segments[Math.floor(at / SEGMENT_FRAMES)];
      const run = Math.min(count - copied, segment.frames - at % SEGMENT_FRAMES);
      compute.copy(binned, copied * frameBytes, segment.raw, at % SEGMENT_FRAMES * frameBytes, run * frameBytes);
      copied += run;
    }
    progress((chunk.start + chunk.frames - from) / (to - from));
  });
  residual.release();
  binned.release();
  const kernel = diskKernel(parameters.gSig), weights = compute.upload("disk filter", kernel.weights);
  for (const segment of segments) {
    filter(compute, segment.raw, segment.filtered, { ...window, frames: segment.frames }, weights, kernel.radius);
  }
  weights.release();
  const excluded = excludedIn(known.excluded, width, window);
  return { width: window.width, height: window.height, segments, excluded };
}

/** Takes a tile's images over into the field's; where blocks of frames come together the larger value stays. */
function copyCore(
  tile: SeedImages,
  window: Window,
  core: Window,
  images: FieldImages,
  width: number,
  gain: number,
): void {
  for (const name of ["correlation", "pnr", "rise"] as const) {
    const scale = name === "pnr" ? 1 / gain : 1;
    for (let y = core.y; y < core.y + core.height; y++) {
      for (let x = core.x; x < core.x + core.width; x++) {
        const value = tile[name][(y - window.y) * tile.width + x - window.x] * scale;
        images[name][y * width + x] = Math.max(images[name][y * width + x], value);
      }
    }
  }
}

/** A tile's cell on the field, its trace spread over the frames of its block and 0 elsewhere. */
function onField(
  cell: FoundCell,
  window: Window,
  width: number,
  from: number,
  to: number,
  frames: number,
  tsub: number,
): { footprint: Footprint; trace: Float32Array } {
  const pixels = cell.footprint.pixels.map((p) =>
    (Math.floor(p / window.width) + window.y) * width + p % window.width + window.x
  );
  const trace = new Float32Array(frames);
  for (let t = from; t < to; t++) trace[t] = cell.trace[Math.floor((t - from) / tsub)];
  return { footprint: { pixels, values: cell.footprint.values }, trace };
}

/** Adds the cells of another block of frames: a cell found before gets its trace there, others are new. */
function uniteBlocks(
  before: { footprint: Footprint; trace: Float32Array }[],
  block: { footprint: Footprint; trace: Float32Array }[],
  width: number,
): { footprint: Footprint; trace: Float32Array }[] {
  const norm = ({ values }: Footprint) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const boxes = before.map((cell) => boundingBox(cell.footprint.pixels, width, 0)),
    norms = before.map((cell) => norm(cell.footprint));
  const united = before.slice(), taken = new Set<number>();
  for (const cell of block) {
    const box = boundingBox(cell.footprint.pixels, width, 0), size = norm(cell.footprint);
    let best = -1, bestCosine = SAME_CELL;
    before.forEach((other, k) => {
      if (taken.has(k) || !boxesTouch(box, boxes[k])) return;
      const cosine = sparseDot(cell.footprint, other.footprint) / (size * norms[k]);
      if (cosine >= bestCosine) [best, bestCosine] = [k, cosine];
    });
    if (best < 0) {
      united.push(cell);
      continue;
    }
    taken.add(best);
    const trace = united[best].trace;
    for (let t = 0; t < trace.length; t++) trace[t] += cell.trace[t] * size / norms[best];
  }
  return united;
}
