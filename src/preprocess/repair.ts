import { MovieError } from "../core/errors.ts";
import type { MovieSource, SampleArray } from "../core/movie.ts";
import { type BadPixels, eachNeighbour, findBadPixels, isBlank, medianOf } from "./find_bad_pixels.ts";
import { allFinite } from "./finite.ts";
import { once, type PreprocessOptions } from "./pass.ts";
import { pieceFrames, Scratch } from "./pieces.ts";
import { RepairLog } from "./repair_log.ts";
import { makeView, type View } from "./view.ts";

/**
 * A movie without bad samples, in its own sample type.
 *
 * - A blank frame (all samples the same, or none finite) becomes the last frame before it that is not blank.
 * - Dead and stuck pixels (`findBadPixels`) become the median of the nearest good pixels of the same frame.
 * - A sample that is NaN or infinite becomes the median of its finite neighbours among the eight in the same frame; without any, the
 *   pixel's sample in the frame before; where that is not finite either, the median of the frame's finite samples.
 *
 * Each frame is made of itself and frames before it alone, as they are in the movie below, so that frames come out the same in any order.
 * What was repaired is counted as frames are read; `report` tells it.
 * @throws MovieError, while it is read, for a blank frame that no good one goes before
 */
export function repairSamples(source: MovieSource, options: PreprocessOptions): View {
  const { width, height, sampleType, frames: total } = source.header, size = width * height;
  const piece = pieceFrames(source.header, options.memoryBytes), scratch = new Scratch(sampleType);
  const earlier = new Scratch(sampleType), log = new RepairLog(total);
  let bad: BadPixels = { dead: [], stuck: [] };
  const repairs = once(async () => {
    bad = await findBadPixels(source, options);
    return planRepairs([...bad.dead, ...bad.stuck], width, height);
  });
  return makeView({
    source,
    changes: {},
    done: "Dead and stuck pixels, samples that are not finite and blank frames replaced",
    report: () => log.sentences(bad, width),
    async read(start, count, into) {
      const plan = await repairs();
      for (let at = 0; at < count; at += piece) {
        const frames = Math.min(piece, count - at), samples = scratch.take(frames * size);
        await source.read(start + at, frames, samples);
        for (let i = 0; i < frames; i++) {
          const frame = samples.subarray(i * size, (i + 1) * size) as SampleArray, number = start + at + i;
          const wasBlank = isBlank(frame, 0, size);
          const origin = wasBlank ? await copyLastGood(source, number, frame) : number;
          repairPixels(frame, plan);
          const replaced = await repairNumbers(source, origin, frame, earlier);
          log.note(number, wasBlank, replaced);
        }
        into.set(samples, at * size);
      }
    },
  });
}

/** A bad pixel and the good ones it is made of. */
interface Repair {
  readonly pixel: number;
  readonly from: readonly number[];
}

/** For each bad pixel the good ones nearest to it, in the smallest square around it that holds any. */
function planRepairs(bad: readonly number[], width: number, height: number): Repair[] {
  const isBad = new Set(bad), most = Math.max(width, height);
  return bad.map((pixel) => {
    const from: number[] = [];
    for (let reach = 1; from.length === 0 && reach < most; reach++) {
      eachNeighbour(pixel, reach, width, height, (other) => {
        if (!isBad.has(other)) from.push(other);
      });
    }
    return { pixel, from };
  });
}

/** Replaces a blank frame by the last one before it that is not; returns that one's number. */
async function copyLastGood(source: MovieSource, number: number, frame: SampleArray): Promise<number> {
  const first = frame[0];
  for (let at = number - 1; at >= 0; at--) {
    await source.read(at, 1, frame);
    if (!isBlank(frame, 0, frame.length)) return at;
  }
  throw new MovieError(
    `Frame ${number} of "${source.header.name}" is blank (${
      Number.isFinite(first) ? `every sample is ${first}` : "it has no finite sample"
    }), and no good frame goes before it to take its place: leave it out with drop_frames`,
  );
}

/** Replaces bad pixels; what has no finite neighbour to be made of becomes NaN. */
function repairPixels(frame: SampleArray, plan: readonly Repair[]): void {
  for (const { pixel, from } of plan) {
    const near = Float64Array.from(from, (other) => frame[other]).filter(Number.isFinite);
    frame[pixel] = near.length === 0 ? NaN : inType(medianOf(near, near.length), frame);
  }
}

/** Replaces what is not finite in a frame of a movie; returns how many samples that were. */
async function repairNumbers(
  source: MovieSource,
  number: number,
  frame: SampleArray,
  scratch: Scratch,
): Promise<number> {
  if (allFinite(frame)) return 0;
  const { width, height } = source.header, broken: number[] = [], near = new Float64Array(8);
  frame.forEach((value, pixel) => {
    if (!Number.isFinite(value)) broken.push(pixel);
  });
  const earlier = scratch.take(frame.length).fill(NaN);
  if (number > 0) await source.read(number - 1, 1, earlier);
  let middle: number | undefined;
  const made = broken.map((pixel) => {
    let count = 0;
    eachNeighbour(pixel, 1, width, height, (other) => {
      if (Number.isFinite(frame[other])) near[count++] = frame[other];
    });
    if (count > 0) return medianOf(near, count);
    if (Number.isFinite(earlier[pixel])) return earlier[pixel];
    return middle ??= medianOfFinite(frame);
  });
  broken.forEach((pixel, i) => frame[pixel] = made[i]);
  return broken.length;
}

function medianOfFinite(frame: SampleArray): number {
  const finite = Float64Array.from(frame).filter(Number.isFinite);
  return medianOf(finite, finite.length);
}

/** A value as the sample type of an array can hold it. */
function inType(value: number, samples: SampleArray): number {
  return samples instanceof Float32Array ? value : Math.round(value);
}
