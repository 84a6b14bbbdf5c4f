import { ParameterError } from "../core/errors.ts";
import { type MovieSource, recordingOf } from "../core/movie.ts";
import { pieceFrames, Scratch } from "./pieces.ts";
import { makeView, type View } from "./view.ts";

/**
 * A rectangle of every frame; samples and their type stay.
 * @param rectangle x0, y0, x1, y1, pixels, without column x1 and row y1
 * @param memoryBytes memory to plan with
 * @throws ParameterError when it is empty or reaches outside the frame
 */
export function cropMovie(source: MovieSource, rectangle: readonly number[], memoryBytes: number): View {
  const { width: fullWidth, height: fullHeight, sampleType } = source.header;
  const [x0, y0, x1, y1] = rectangle, width = x1 - x0, height = y1 - y0;
  if (!rectangle.every(Number.isInteger) || !(width > 0 && height > 0)) {
    throw new ParameterError(
      `Parameter crop is ${rectangle.join(",")}, which holds no pixels: x1 has to be above x0, and y1 above y0`,
    );
  }
  if (x0 < 0 || y0 < 0 || x1 > fullWidth || y1 > fullHeight) {
    throw new ParameterError(
      `Parameter crop is ${rectangle.join(",")}, but the frame has ${fullWidth}×${fullHeight} pixels: ` +
        `x1 is ${fullWidth} at most, and y1 ${fullHeight}`,
    );
  }
  const full = fullWidth * fullHeight, piece = pieceFrames(source.header, memoryBytes);
  const scratch = new Scratch(sampleType), recording = recordingOf(source.header), { left, top, binning } = recording;
  return makeView({
    source,
    changes: { width, height, recording: { ...recording, left: left + x0 * binning, top: top + y0 * binning } },
    done: `Cropped to x ${x0} to ${x1 - 1}, y ${y0} to ${
      y1 - 1
    }: ${width}×${height} of ${fullWidth}×${fullHeight} pixels`,
    async read(start, count, into) {
      for (let at = 0; at < count; at += piece) {
        const frames = Math.min(piece, count - at), samples = scratch.take(frames * full);
        await source.read(start + at, frames, samples);
        for (let frame = 0; frame < frames; frame++) {
          for (let y = 0; y < height; y++) {
            const from = frame * full + (y0 + y) * fullWidth + x0;
            into.set(samples.subarray(from, from + width), ((at + frame) * height + y) * width);
          }
        }
      }
    },
  });
}
