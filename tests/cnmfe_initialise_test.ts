import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { initialiseTile, type Tile } from "../src/cnmfe/initialise.ts";
import { ChunkStream } from "../src/stream/chunks.ts";
import { mergeCells } from "../src/cnmfe/merge.ts";
import { firstBackground } from "../src/cnmfe/first_background.ts";
import { ringRadius } from "../src/cnmfe/ring.ts";
import { movieStatistics } from "../src/cnmfe/statistics.ts";
import { searchCells } from "../src/cnmfe/search.ts";
import { SeedImageMaker } from "../src/cnmfe/seed_images.ts";
import { type Footprint, unpackFootprints } from "../src/core/footprints.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import { type ChunkPlan, planChunks, SEGMENT_FRAMES } from "../src/core/plan.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { diskKernel, filter } from "../src/kernels/filter.ts";
import { pad } from "../src/kernels/stack.ts";
import { openMovie } from "../src/movie/open.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { loadTruth } from "../src/results/truth.ts";
import { backends, backendTest } from "./backends.ts";
import { cosine, simulated } from "./cnmfe_setting.ts";

/** A movie without its mean as a tile on the device, and its filtered counterpart. */
function tileOf(
  compute: Compute,
  samples: Uint16Array,
  width: number,
  height: number,
  frames: number,
  gSig: number,
): Tile {
  const pixels = width * height, mean = new Float64Array(pixels), kernel = diskKernel(gSig);
  for (let t = 0; t < frames; t++) for (let p = 0; p < pixels; p++) mean[p] += samples[t * pixels + p] / frames;
  const weights = compute.upload("disk filter", kernel.weights), segments: Tile["segments"][number][] = [];
  for (let from = 0; from < frames; from += SEGMENT_FRAMES) {
    const count = Math.min(SEGMENT_FRAMES, frames - from), shape = { frames: count, width, height };
    const images = Array.from(
      { length: count },
      (_, f) => pad(Float32Array.from(mean, (value, p) => samples[(from + f) * pixels + p] - value), width, height),
    );
    const packed = new Float32Array(count * images[0].length);
    images.forEach((image, f) => packed.set(image, f * image.length));
    const raw = compute.upload("raw", packed), filtered = compute.allocate("filtered", packed.byteLength);
    filter(compute, raw, filtered, shape, weights, kernel.radius);
    segments.push({ raw, filtered, frames: count });
  }
  weights.release();
  return { width, height, segments };
}

backendTest("cells found in batches are the cells found one by one", async () => {
  const width = 118, height = 49, frames = 200, gSig = 2, gSiz = 9;
  const { samples, truth } = await simulated({
    width,
    height,
    frames,
    cells: 32,
    seed: 12,
    gSig,
    background_amplitude: 15,
  });
  const parameters = { gSig, gSiz, min_corr: 0.6, min_pnr: 5, min_pixel: 3 };
  for (const compute of await backends()) {
    const search = async (most: number) => {
      const tile = tileOf(compute, samples, width, height, frames, gSig);
      const images = new SeedImageMaker(compute, width, height, tile.segments);
      images.updateAll();
      let batches = 0;
      const cells = await initialiseTile(compute, tile, parameters, images, () => batches++, most);
      images.release();
      for (const { raw, filtered } of tile.segments) for (const buffer of [raw, filtered]) buffer.release();
      cells.sort((a, b) => a.seed.y - b.seed.y || a.seed.x - b.seed.x);
      return { cells, batches };
    };
    const together = await search(Infinity), single = await search(1);
    assert.ok(together.batches < 0.7 * single.batches, `${together.batches} batches instead of ${single.batches}`);
    assert.ok(together.cells.length >= 0.8 * truth.footprints.count, `${together.cells.length} cells`);
    // To the last bit: a batch's boxes are disjoint, so each cell sees the same movie.
    assert.deepEqual(together.cells, single.cells);
  }
});

Deno.test({
  name: "the same cells are found whatever the tiles, and block by block of frames",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const compute = (await backends()).at(-1)!;
    const { source, truth } = await simulated({
      width: 90,
      height: 82,
      frames: 400,
      cells: 30,
      seed: 4,
      gSig: 2,
      background_amplitude: 30,
      snr: 12,
    });
    const { header } = source,
      parameters = resolveParameters({ gSig: 2 }, header),
      plan = planChunks(header, parameters, 2e9);
    const stream = await ChunkStream.open(compute, source, 200);
    const radius = ringRadius(parameters), factor = parameters.background_downsampling_factor;
    const statistics = await movieStatistics(stream, { factor, radius, bin: 1 });
    const background = await firstBackground(stream, statistics, radius);
    const search = async (changes: Partial<ChunkPlan>) =>
      (await searchCells(stream, { ...plan, ...changes }, parameters, background)).cells;
    const whole = await search({});
    assert.ok(whole.length > 0.7 * truth.footprints.count, `${whole.length} cells`);
    for (const [tilesAcross, tilesDown] of [[3, 2]]) {
      const tiled = await search({ tilesAcross, tilesDown });
      assert.equal(tiled.length, whole.length, `${tilesAcross}×${tilesDown} tiles`);
      for (const cell of tiled) {
        const same = whole.find((other) => cosine(cell.footprint, other.footprint) > 0.999);
        assert.ok(same, `${tilesAcross}×${tilesDown} tiles: a cell that the whole field does not have`);
        assert.ok(cell.trace.every((value, t) => Math.abs(value - same.trace[t]) < 1e-3 * Math.max(...same.trace)));
      }
    }
    // In blocks of frames a cell is found where it is active, and is one cell with a trace over all blocks.
    const blocks = await search({ blocks: 2, blockFrames: 200 });
    background.ring.weights.release();
    statistics.release();
    stream.release();
    const both = whole.filter((cell) => blocks.some((other) => cosine(cell.footprint, other.footprint) > 0.8)).length;
    assert.ok(both > 0.9 * whole.length, `${both} of ${whole.length} cells are found in blocks, too`);
    const merged = [whole, blocks].map((cells) => mergeCells(cells, header.width, 0.8).cells.length);
    assert.ok(Math.abs(merged[1] - merged[0]) <= 0.1 * merged[0], `${merged[1]} cells in blocks, ${merged[0]} at once`);
    const active = blocks.filter((cell) =>
      [0, 200].every((from) => cell.trace.subarray(from, from + 200).some((value) => value > 0))
    );
    assert.ok(active.length > 0.5 * whole.length, `${active.length} traces go on over the blocks`);
  },
});

const SHARED = new URL("../../shared/", import.meta.url).pathname;

backendTest("most cells CaImAn's initialiser finds in sim_small are found alike, and no fewer true ones", async () => {
  if (!existsSync(`${SHARED}reference/caiman_sim_small.h5`)) return;
  const compute = (await backends()).at(-1)!, movie = await openMovie(`${SHARED}data/sim_small.tif`);
  const { width, height, frames } = movie.header, samples = new Uint16Array(width * height * frames);
  await movie.read(0, frames, samples);
  movie.close();
  // As CaImAn's: on the movie as it is, without averaging.
  const tile = tileOf(compute, samples, width, height, frames, 3);
  const images = new SeedImageMaker(compute, width, height, tile.segments);
  images.updateAll();
  const cells = await initialiseTile(
    compute,
    tile,
    { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 10, min_pixel: 3 },
    images,
  );
  images.release();
  for (const { raw, filtered } of tile.segments) for (const buffer of [raw, filtered]) buffer.release();
  const reference = await Hdf5Reader.open(`${SHARED}reference/caiman_sim_small.h5`);
  const dense = reference.numbers("init/A", "float32", [-1, height, width]).data, size = width * height;
  reference.close();
  const theirs = Array.from({ length: dense.length / size }, (_, k) => {
    const image = dense.subarray(k * size, (k + 1) * size),
      pixels = Uint32Array.from(image.keys()).filter((p) => image[p] > 0);
    return { pixels, values: Float32Array.from(pixels, (p) => image[p]) };
  });
  const truth = unpackFootprints((await loadTruth(`${SHARED}data/sim_small.truth.h5`)).footprints);
  const best = (footprint: Footprint) => Math.max(...cells.map((cell) => cosine(cell.footprint, footprint)));
  const alike = theirs.filter((footprint) => best(footprint) >= 0.8).length;
  const right = truth.filter((footprint) => best(footprint) >= 0.7).length;
  const theirRight = truth.filter((footprint) => theirs.some((other) => cosine(other, footprint) >= 0.7)).length;
  // Measured: 50 of 50, and 50 true cells by both.
  assert.ok(alike >= 0.9 * theirs.length, `${alike} of CaImAn's ${theirs.length} cells are found with a cosine of 0.8`);
  assert.ok(right >= theirRight, `${right} true cells are found, by CaImAn ${theirRight}`);
});
