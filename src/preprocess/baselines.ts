import type { MovieSource } from "../core/movie.ts";
import { quantile } from "../kernels/quantile.ts";
import { pitchOf, stackBytes, type StackShape } from "../kernels/stack.ts";
import { requireFinite } from "./finite.ts";
import type { FrameRun } from "./frame_list.ts";
import type { PreprocessOptions } from "./pass.ts";
import { pieceFrames, Scratch } from "./pieces.ts";

/** Share of the memory that images of the baseline may take. */
const CACHE_SHARE = 1 / 16;
/** Share of the memory a window of frames may take on the device. */
const WINDOW_SHARE = 1 / 6;
/** Largest buffer every WebGPU device can bind, bytes. */
const BINDING_BYTES = 2 ** 27;

/** A percentile of every pixel in consecutive windows of a movie. */
export interface Baselines {
  /** The windows, in order. */
  readonly windows: readonly FrameRun[];
  /** The percentile in window k, row-major; not to be changed. */
  readonly image: (k: number) => Promise<Float32Array>;
}

/** Windows of a number of frames, one after the other; the last one also has what is left over at the end. */
export function consecutiveWindows(frames: number, length: number): FrameRun[] {
  const count = Math.floor(frames / length);
  return Array.from({ length: count }, (_, k) => ({ from: k * length, to: k + 1 < count ? (k + 1) * length : frames }));
}

/**
 * Percentiles of consecutive windows, each exact, made when they are asked for. As many as fit into their share of the memory are kept, at
 * least two. A window that does not fit on the device is read once for each of the tiles it is cut into.
 * @param length frames of a window, at most as many as the movie has
 * @param percentile from 0 to 100, between samples linearly, as numpy.percentile does
 */
export function runningBaselines(
  source: MovieSource,
  length: number,
  percentile: number,
  options: PreprocessOptions,
): Baselines {
  const { width, height, frames, sampleType } = source.header, windows = consecutiveWindows(frames, length);
  const kept = Math.max(2, Math.floor(options.memoryBytes * CACHE_SHARE / (width * height * 4)));
  /** The images in the order they were last asked for. */
  const images = new Map<number, Float32Array>();
  const scratch = new Scratch(sampleType);
  return {
    windows,
    async image(k) {
      const known = images.get(k);
      images.delete(k);
      const image = known ?? await windowPercentile(source, windows[k], percentile / 100, options, scratch);
      images.set(k, image);
      for (const old of images.keys()) {
        if (images.size <= kept) break;
        images.delete(old);
      }
      return image;
    },
  };
}

/** A part of the field. */
interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The field in bands of rows, or parts of rows where not even a row has room. */
function tilesOf(width: number, height: number, pixels: number): Tile[] {
  const across = Math.min(width, Math.max(4, 4 * Math.floor(pixels / 4)));
  const down = Math.min(height, Math.max(1, Math.floor(pixels / pitchOf(across))));
  const tiles: Tile[] = [];
  for (let y = 0; y < height; y += down) {
    for (let x = 0; x < width; x += across) {
      tiles.push({ x, y, width: Math.min(across, width - x), height: Math.min(down, height - y) });
    }
  }
  return tiles;
}

async function windowPercentile(
  source: MovieSource,
  window: FrameRun,
  q: number,
  options: PreprocessOptions,
  scratch: Scratch,
): Promise<Float32Array> {
  const { width, height } = source.header, image = new Float32Array(width * height), frames = window.to - window.from;
  const { compute, memoryBytes } = options;
  const room = Math.min(BINDING_BYTES, compute.limits.maxBindingBytes, memoryBytes * WINDOW_SHARE);
  for (const tile of tilesOf(width, height, Math.floor(room / (4 * frames)))) {
    const shape = { frames, width: tile.width, height: tile.height };
    const stack = compute.allocate("window of the baseline", stackBytes(shape));
    const percentiles = compute.allocate("baseline", stackBytes({ ...shape, frames: 1 }));
    try {
      await uploadTile(
        source,
        window,
        tile,
        options,
        scratch,
        (values, offset) => compute.write(stack, values, offset),
      );
      quantile(compute, stack, percentiles, shape, q);
      const [bytes] = await compute.read(percentiles), found = new Float32Array(bytes), pitch = pitchOf(tile.width);
      for (let y = 0; y < tile.height; y++) {
        image.set(found.subarray(y * pitch, y * pitch + tile.width), (tile.y + y) * width + tile.x);
      }
    } finally {
      stack.release();
      percentiles.release();
    }
  }
  return image;
}

/** Reads a window of frames in pieces and hands on one tile of them, padded, with its place in the stack in bytes. */
async function uploadTile(
  source: MovieSource,
  window: FrameRun,
  tile: Tile,
  { memoryBytes, signal }: PreprocessOptions,
  scratch: Scratch,
  upload: (values: Float32Array, offset: number) => void,
): Promise<void> {
  const { width, height } = source.header, size = width * height, piece = pieceFrames(source.header, memoryBytes);
  const shape: StackShape = { frames: 1, width: tile.width, height: tile.height }, frameBytes = stackBytes(shape);
  const pitch = pitchOf(tile.width);
  for (let at = window.from; at < window.to; at += piece) {
    signal?.throwIfAborted();
    const count = Math.min(piece, window.to - at), samples = scratch.take(count * size);
    await source.read(at, count, samples);
    requireFinite(samples, at, source.header, "a running baseline");
    const values = new Float32Array(count * frameBytes / 4);
    for (let row = 0; row < count * tile.height; row++) {
      const frame = Math.floor(row / tile.height), y = tile.y + row % tile.height;
      const from = frame * size + y * width + tile.x;
      values.set(samples.subarray(from, from + tile.width), row * pitch);
    }
    upload(values, (at - window.from) * frameBytes);
  }
}
