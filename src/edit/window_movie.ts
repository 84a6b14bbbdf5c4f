import { type MovieSource, type SampleArray, sampleArray } from "../core/movie.ts";
import type { Window } from "../kernels/crop.ts";

/** Whole frames are read this many bytes at a time, whatever is asked for: a long chunk of a window is a short one of the field. */
const READ_BYTES = 2 ** 24;
/** Frames of the window are kept up to this many bytes, so that a short movie is read from its file once; of the others each pass reads again. */
const KEPT_BYTES = 2 ** 26;

/** A part of a movie as a movie. It does not close the movie it is a part of. */
export function windowMovie(source: MovieSource, window: Window): MovieSource {
  const { header } = source, { sampleType } = header, pixels = window.width * window.height;
  const field = header.width * header.height, bytes = sampleArray(sampleType, 1).BYTES_PER_ELEMENT;
  const most = Math.max(1, Math.floor(READ_BYTES / (field * bytes)));
  const keep = Math.min(header.frames, Math.floor(KEPT_BYTES / (pixels * bytes)));
  let frames: SampleArray | undefined, kept: SampleArray | undefined, filled = 0;
  const readFrom = async (start: number, count: number, into: SampleArray) => {
    frames ??= sampleArray(sampleType, Math.min(most, header.frames) * field);
    for (let done = 0; done < count;) {
      const run = Math.min(most, count - done), part = frames.subarray(0, run * field) as SampleArray;
      await source.read(start + done, run, part);
      for (let f = 0; f < run; f++) {
        for (let y = 0; y < window.height; y++) {
          const from = f * field + (window.y + y) * header.width + window.x;
          into.set(part.subarray(from, from + window.width), (done + f) * pixels + y * window.width);
        }
      }
      done += run;
    }
  };
  // Reads come one after the other: a chunk is asked for when the one before is there.
  const read = async (start: number, count: number, into: SampleArray) => {
    kept ??= sampleArray(sampleType, keep * pixels);
    const known = Math.max(0, Math.min(count, filled - start));
    into.set(kept.subarray(start * pixels, (start + known) * pixels));
    if (known === count) return;
    const rest = into.subarray(known * pixels) as SampleArray, from = start + known;
    await readFrom(from, count - known, rest);
    if (from !== filled) return;
    const more = Math.min(count - known, keep - filled);
    kept.set(rest.subarray(0, more * pixels), filled * pixels);
    filled += more;
  };
  let last: Promise<void> = Promise.resolve();
  return {
    header: { ...header, width: window.width, height: window.height },
    read(start, count, into) {
      const result = last.then(() => read(start, count, into));
      last = result.catch(() => {});
      return result;
    },
    close() {},
  };
}
