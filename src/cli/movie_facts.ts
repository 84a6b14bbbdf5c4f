import { bytesPerSample, type MovieHeader } from "../core/movie.ts";
import { timestampHealth } from "../core/timestamps.ts";

/** "63 frames of 108×123 pixels, float32, 10 Hz". */
export function shapeText({ width, height, frames, sampleType, frameRate }: MovieHeader): string {
  const many = frames === 1 ? "1 frame" : `${frames} frames`;
  return `${many} of ${width}×${height} pixels, ${sampleType}${
    frameRate === undefined ? "" : `, ${digits(frameRate)} Hz`
  }`;
}

/** Bytes of all samples of a movie. */
export function movieBytes({ width, height, frames, sampleType }: MovieHeader): number {
  return width * height * frames * bytesPerSample(sampleType);
}

/** Seconds from the first frame to the end of the last one; undefined when neither timestamps nor a rate say it. */
export function movieSeconds({ frames, frameRate, timestamps }: MovieHeader): number | undefined {
  if (timestamps && frames > 1) return timestamps[frames - 1] - timestamps[0] + timestampHealth(timestamps).interval;
  return frameRate === undefined ? undefined : frames / frameRate;
}

/** A number with at most six digits. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
}
