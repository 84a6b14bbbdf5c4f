import { ParameterError } from "./errors.ts";
import { bytesPerSample, type MovieHeader } from "./movie.ts";

/** What the plan needs of the parameters. */
export interface PlanParameters {
  readonly gSig: number;
  readonly gSiz: number;
  readonly tsub: number;
  readonly ring_size_factor: number;
  readonly background_downsampling_factor: number;
}

/** How a movie is cut so that a memory ceiling is kept. */
export interface ChunkPlan {
  /** The ceiling, bytes. */
  readonly memoryBytes: number;
  /** Frames streamed at a time; a multiple of `tsub` and of `bin`. */
  readonly chunkFrames: number;
  /** Frames averaged into one for the ring fit and the spatial update. */
  readonly bin: number;
  /** Frames per block of the search for cells; a multiple of `tsub`. */
  readonly blockFrames: number;
  /** Blocks of frames the search goes through. */
  readonly blocks: number;
  /** Columns of tiles of the search. */
  readonly tilesAcross: number;
  /** Rows of tiles of the search. */
  readonly tilesDown: number;
  /** Pixels each tile's window reaches over its core, each way. */
  readonly halo: number;
  /** What the plan is expected to need at most, bytes, without the program itself. */
  readonly plannedBytes: number;
}

/** Averaged frames a block of the search holds at most. More would only cost memory: blocks are searched one after the other. */
const BLOCK_FRAMES = 750;
/** Averaged frames in one buffer of a tile: bounds the buffer, never the result, so it is the same on every device. */
export const SEGMENT_FRAMES = 256;
/** Bytes per pixel of a tile's images. */
const IMAGES = 25 * 4;
/** Frames per unknown of the ring fit that are enough (CNMF_E uses the same). */
const FRAMES_PER_UNKNOWN = 100;
/** Most frames averaged into one for the ring fit: a chunk holds at least so many, and chunks must not grow with the movie. */
const MOST_AVERAGED = 16;
/** Largest buffer WebGPU promises to bind. */
const BINDING_BYTES = 2 ** 27;
/** A chunk's stack is not made larger than this: more does not make it faster. */
const CHUNK_BYTES = 2 ** 24;
/** A tile's stacks are not made larger than this: more memory would only save part of the halos' work. */
const TILE_BYTES = 2 ** 28;
/** The halo of a tile, in cell diameters. */
const HALO_DIAMETERS = 3;

/** Pixels of a stack's frame: rows are padded to multiples of four. */
function padded(width: number, height: number): number {
  return Math.ceil(width / 4) * 4 * height;
}

/**
 * Plans the chunks of an extraction from a memory ceiling (algorithm.md sections 2 and 3). Only the traces grow with the movie's
 * length, and they are not part of the plan.
 * @param memoryBytes ceiling for the arrays of the extraction, bytes
 * @throws ParameterError when the ceiling is too low for this field of view
 */
export function planChunks(
  header: Pick<MovieHeader, "width" | "height" | "frames" | "sampleType">,
  parameters: PlanParameters,
  memoryBytes: number,
): ChunkPlan {
  const { width, height, frames } = header, { tsub, gSiz, background_downsampling_factor: s } = parameters;
  const field = padded(width, height), low = padded(Math.ceil(width / s), Math.ceil(height / s));
  const radius = Math.max(1, Math.round(parameters.ring_size_factor * gSiz / s)),
    ring = Math.ceil(2 * Math.PI * (radius + 0.5));
  // Gram, its residual, ring weights (device and host), the solver's scratch, and a few images.
  const gramRows = Math.ceil(1.15 * Math.PI / 2 * (2 * radius + 2) ** 2);
  const fixed = low * 4 * (2 * gramRows + 3 * ring) + 40 * field * 4 + 4096 * ring * (ring + 1) * 2;
  const bin = Math.min(MOST_AVERAGED, Math.max(1, Math.ceil(frames / (FRAMES_PER_UNKNOWN * ring))));
  const step = leastCommonMultiple(bin, tsub);
  // A chunk: samples twice on the host and once or twice on the device, the stack, and its averaged and downsampled copies.
  const perFrame = width * height * bytesPerSample(header.sampleType) * 4 + field * 4 * (bin > 1 || tsub > 1 ? 2 : 1) +
    low * 12;
  const forChunk = Math.min(CHUNK_BYTES, BINDING_BYTES) / (field * 4);
  const left = memoryBytes - fixed;
  const chunkFrames = Math.min(
    Math.ceil(frames / step) * step,
    Math.max(step, Math.floor(Math.min(forChunk, left * 0.3 / perFrame) / step) * step),
  );
  const binnedFrames = Math.ceil(frames / tsub), blocks = Math.ceil(binnedFrames / BLOCK_FRAMES);
  const blockFrames = Math.ceil(binnedFrames / blocks) * tsub;
  const halo = HALO_DIAMETERS * gSiz;
  const tileBytes = left - chunkFrames * perFrame, perPixel = Math.ceil(blockFrames / tsub) * 8 + IMAGES;
  const fits = (across: number, down: number) => {
    const w = Math.min(width, Math.ceil(width / across) + (across > 2 ? 2 : across - 1) * halo);
    const h = Math.min(height, Math.ceil(height / down) + (down > 2 ? 2 : down - 1) * halo);
    return padded(w, h) * perPixel <= Math.min(tileBytes, TILE_BYTES + padded(w, h) * IMAGES) &&
        padded(w, h) * SEGMENT_FRAMES * 4 <= BINDING_BYTES
      ? padded(w, h)
      : 0;
  };
  let best: { across: number; down: number; cost: number; pixels: number } | undefined;
  for (let across = 1; across <= Math.max(1, Math.ceil(width / gSiz)); across++) {
    for (let down = 1; down <= Math.max(1, Math.ceil(height / gSiz)); down++) {
      const pixels = fits(across, down);
      if (pixels > 0 && (!best || pixels * across * down < best.cost)) {
        best = { across, down, cost: pixels * across * down, pixels };
      }
    }
  }
  const smallest = padded(Math.min(width, gSiz + 2 * halo), Math.min(height, gSiz + 2 * halo)) * perPixel;
  if (!best) {
    const needed = Math.ceil((fixed + Math.max(step * perFrame / 0.3, smallest / 0.7)) / 1e6);
    throw new ParameterError(
      `A memory ceiling of ${
        Math.floor(memoryBytes / 1e6)
      } MB is too low for ${width}×${height} pixels: give at least ${needed} MB with --memory`,
    );
  }
  return {
    memoryBytes,
    chunkFrames,
    bin,
    blockFrames,
    blocks,
    tilesAcross: best.across,
    tilesDown: best.down,
    halo,
    plannedBytes: fixed + chunkFrames * perFrame + best.pixels * perPixel,
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return a / x * b;
}
