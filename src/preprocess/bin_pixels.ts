import { ParameterError } from "../core/errors.ts";
import { type MovieSource, recordingOf, type SampleArray } from "../core/movie.ts";
import { pieceFrames, Scratch } from "./pieces.ts";
import { makeView, type View } from "./view.ts";

/**
 * Every frame averaged over blocks of factor×factor pixels, as float32. Blocks at the right and lower edge that are not full are left
 * out, so that all pixels have the same noise. (The ring model's own downsampling keeps them.)
 * @param factor side of the blocks, pixels, ≥ 1
 * @param memoryBytes memory to plan with
 * @throws ParameterError when not one block is full
 */
export function binPixels(source: MovieSource, factor: number, memoryBytes: number): View {
  const { width: fullWidth, height: fullHeight, sampleType, pixelSize } = source.header;
  const width = Math.floor(fullWidth / factor), height = Math.floor(fullHeight / factor);
  if (width < 1 || height < 1) {
    throw new ParameterError(
      `Parameter spatial_downsampling_factor is ${factor}, but the frame has ${fullWidth}×${fullHeight} pixels: ` +
        `it can be ${Math.min(fullWidth, fullHeight)} at most`,
    );
  }
  const full = fullWidth * fullHeight, piece = pieceFrames(source.header, memoryBytes);
  const scratch = new Scratch(sampleType), sums = new Float64Array(width), recording = recordingOf(source.header);
  const lost = [...left(fullWidth % factor, "column"), ...left(fullHeight % factor, "row")];
  return makeView({
    source,
    changes: {
      width,
      height,
      sampleType: "float32",
      recording: { ...recording, binning: recording.binning * factor },
      ...(pixelSize ? { pixelSize: { x: pixelSize.x * factor, y: pixelSize.y * factor } } : {}),
    },
    done: `Blocks of ${factor}×${factor} pixels averaged: ${width}×${height} of ${fullWidth}×${fullHeight} pixels` +
      (lost.length > 0 ? ` (left out: ${lost.join(" and ")} at the end)` : ""),
    async read(start, count, into) {
      for (let at = 0; at < count; at += piece) {
        const frames = Math.min(piece, count - at), samples = scratch.take(frames * full);
        await source.read(start + at, frames, samples);
        for (let row = 0; row < frames * height; row++) {
          const from = Math.floor(row / height) * full + row % height * factor * fullWidth;
          sumBlocks(samples, from, fullWidth, factor, sums);
          const to = at * height * width + row * width;
          for (let x = 0; x < width; x++) into[to + x] = sums[x] / (factor * factor);
        }
      }
    },
  });
}

/** Sums of the blocks of one row of blocks. */
function sumBlocks(samples: SampleArray, from: number, pitch: number, factor: number, sums: Float64Array): void {
  sums.fill(0);
  for (let v = 0; v < factor; v++) {
    let i = from + v * pitch;
    for (let x = 0; x < sums.length; x++) {
      let sum = 0;
      for (let u = 0; u < factor; u++) sum += samples[i++];
      sums[x] += sum;
    }
  }
}

function left(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`];
}
