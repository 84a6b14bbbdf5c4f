import type { Extraction } from "../src/core/extraction.ts";
import { type Footprint, packFootprints } from "../src/core/footprints.ts";

/** Size of a fake extraction. */
export interface FakeOptions {
  /** Pixels per row. Default 48. */
  readonly width?: number;
  /** Rows. Default 40. */
  readonly height?: number;
  /** Frames. Default 120. */
  readonly frames?: number;
  /** Cells. Default 6. */
  readonly cells?: number;
  /** Order of the autoregressive model. Default 1. */
  readonly arOrder?: 0 | 1 | 2;
  /** Seed of the generator. Default 1. */
  readonly seed?: number;
}

/** A small deterministic generator of numbers in [0, 1): xorshift on 32 bits. */
export function seededRandom(seed: number): () => number {
  let state = (seed * 2654435761 >>> 0) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** An extraction that no movie ever gave, but of the right shapes and plausible values: Gaussian cells, decaying transients, noise. */
export function fakeExtraction(options: FakeOptions = {}): Extraction {
  const { width = 48, height = 40, frames = 120, cells = 6, arOrder = 1, seed = 1 } = options;
  const random = seededRandom(seed);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const footprints = packFootprints(
    width,
    height,
    Array.from({ length: cells }, () => fakeFootprint(width, height, random() * width, random() * height)),
  );
  const image = (of: (x: number, y: number) => number) =>
    Float32Array.from({ length: width * height }, (_, i) => of(i % width, Math.floor(i / width)));
  const raw = new Float32Array(cells * frames), denoised = new Float32Array(cells * frames);
  const spikes = new Float32Array(cells * frames);
  for (let k = 0; k < cells; k++) {
    let calcium = 0;
    for (let t = 0; t < frames; t++) {
      const spike = random() < 0.04 ? 20 + 30 * random() : 0;
      calcium = 0.85 * calcium + spike;
      spikes[k * frames + t] = spike;
      denoised[k * frames + t] = calcium;
      raw[k * frames + t] = calcium + 3 * gaussian();
    }
  }
  const ringWidth = Math.ceil(width / 2), ringHeight = Math.ceil(height / 2);
  const offsets = Int32Array.of(-3, 0, 0, -3, 0, 3, 3, 0);
  return {
    movie: {
      width,
      height,
      frames,
      sampleType: "uint16",
      name: "fake µ movie.tif",
      files: [{ path: "fake µ movie.tif", bytes: 12345, modified: "2024-01-02T03:04:05.000Z", frames }],
    },
    frameRate: 9.99,
    footprints,
    traces: {
      raw,
      denoised,
      spikes,
      baseline: Float32Array.from({ length: cells }, gaussian),
      noise: new Float32Array(cells).fill(3),
      ar: Float32Array.from({ length: cells * arOrder }, (_, i) => arOrder === 1 ? 0.85 : i % 2 === 0 ? 1.4 : -0.45),
    },
    units: "dF",
    arOrder,
    b0: image((x, y) => 700 + x - y),
    ring: {
      factor: 2,
      width: ringWidth,
      height: ringHeight,
      radius: 3,
      offsets,
      weights: Float32Array.from({ length: 4 * ringWidth * ringHeight }, () => 0.25 + 0.01 * gaussian()),
    },
    summary: {
      mean: image((x, y) => 800 + x + y),
      max: image((x, y) => 1000 + x * y),
      noise: image(() => 5 + random()),
      correlation: image((x, y) => 0.5 + 0.4 * Math.sin(x / 3) * Math.sin(y / 4)),
      pnr: image((x, y) => 6 + 5 * Math.sin(x / 3) * Math.sin(y / 4)),
    },
    parameters: {
      gSig: 3,
      gSiz: 13,
      min_corr: 0.8,
      units: "dF",
      refine: true,
      border: [1, 2],
      nothing: null,
      far: Infinity,
    },
    software: { version: "0.1.0", backend: "cpu", adapter: "none" },
    plan: { chunk_frames: 64, memory_bytes: 1e9 },
    timings: [{ stage: "noise", seconds: 0.125 }, { stage: "ring", seconds: 1.5 }],
    notes: ["Cell 7 was dropped: its footprint had 2 pixels", "Cells 1 and 2 were merged"],
  };
}

function fakeFootprint(width: number, height: number, x: number, y: number): Footprint {
  const pixels: number[] = [], values: number[] = [];
  for (let pixel = 0; pixel < width * height; pixel++) {
    const dx = pixel % width - x, dy = Math.floor(pixel / width) - y;
    const value = Math.exp(-(dx * dx + dy * dy) / 18);
    if (value > 0.1) pixels.push(pixel), values.push(value);
  }
  const norm = Math.hypot(...values);
  return { pixels: Uint32Array.from(pixels), values: Float32Array.from(values, (value) => value / norm) };
}
