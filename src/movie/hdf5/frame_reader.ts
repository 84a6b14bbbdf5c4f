import { bytesPerSample, type SampleArray, sampleArray } from "../../core/movie.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { FrameArray } from "./frame_array.ts";
import { scatter, type Three } from "./scatter.ts";
import { samplesOver } from "./stored_numbers.ts";

/** Blocks of about this many bytes go through the library's memory at a time, … */
const BLOCK_BYTES = 2 ** 22;
/** … and more only where a row of chunks is larger. This much at most, and this much is kept of frames that were unpacked with others. */
const WINDOW_BYTES = 2 ** 26;

type Letter = "T" | "Y" | "X";

/** Reads frames of a dataset, whatever the order of its axes and the shape of its chunks. */
export class FrameReader {
  readonly #reader: Hdf5Reader;
  readonly #array: FrameArray;
  /** The letters of the dataset's axes, outermost first. */
  readonly #order: readonly Letter[];
  readonly #extent: Readonly<Record<Letter, number>>;
  readonly #chunk: Readonly<Record<Letter, number>>;
  /** Frames that are unpacked together: a row of chunks, or as much of it as the memory allows; 1 when frames do not share chunks. */
  readonly #window: number;
  #kept: { start: number; samples: SampleArray } | undefined;

  /** Reads nothing yet. The reader stays the caller's. */
  constructor(reader: Hdf5Reader, array: FrameArray) {
    this.#reader = reader;
    this.#array = array;
    const { axes, frames, height, width, chunks } = array;
    const letters = axes.flatMap((axis): Letter[] => axis === "1" ? [] : axis === "P" ? ["X", "Y"] : [axis]);
    this.#order = letters.includes("T") ? letters : ["T", ...letters];
    this.#extent = { T: frames, Y: height, X: width };
    const chunk = { T: 1, Y: 1, X: 1 };
    axes.forEach((axis, i) => {
      if (!chunks || axis === "1") return;
      if (axis === "P") chunk.X = Math.ceil(chunks[i] / height);
      else chunk[axis] = Math.min(chunks[i], this.#extent[axis]);
    });
    // Where frames come last and there are no chunks, every one of them is all over the file: as many as possible are read at a time.
    if (!chunks && this.#order[0] !== "T") chunk.T = Math.max(1, Math.floor(WINDOW_BYTES / this.#frameBytes));
    this.#chunk = chunk;
    this.#window = Math.max(1, Math.min(chunk.T, Math.floor(WINDOW_BYTES / this.#frameBytes)));
  }

  /** Reads frames into an array of the movie's sample type. */
  read(start: number, count: number, into: SampleArray): void {
    const { width, height, frames } = this.#array, size = width * height, end = start + count;
    if (this.#window === 1) {
      // Frames that lie one after another go through a small buffer, others through one that makes the runs long.
      const bytes = this.#order[0] === "T" ? BLOCK_BYTES : WINDOW_BYTES;
      const step = Math.max(1, Math.floor(bytes / this.#frameBytes));
      for (let t = start; t < end; t += step) {
        this.#readFrames(t, Math.min(step, end - t), into.subarray((t - start) * size));
      }
      return;
    }
    for (let t = start; t < end;) {
      const row = t - t % this.#chunk.T, from = t - (t - row) % this.#window;
      const to = Math.min(from + this.#window, row + this.#chunk.T, frames), upTo = Math.min(to, end);
      const target = into.subarray((t - start) * size, (upTo - start) * size);
      if (t === from && upTo === to) this.#readFrames(from, to - from, target);
      else target.set(this.#windowAt(from, to).subarray((t - from) * size, (upTo - from) * size));
      t = upTo;
    }
  }

  /** Lets go of the frames that are kept. */
  forget(): void {
    this.#kept = undefined;
  }

  get #frameBytes(): number {
    const { width, height, stored, sampleType } = this.#array;
    return width * height * Math.max(stored.size, bytesPerSample(sampleType));
  }

  #windowAt(start: number, end: number): SampleArray {
    if (this.#kept?.start === start) return this.#kept.samples;
    const { width, height, sampleType } = this.#array, length = (end - start) * width * height;
    const usable = this.#kept?.samples.length === length ? this.#kept.samples : undefined;
    this.#kept = undefined;
    const samples = usable ?? sampleArray(sampleType, length);
    this.#readFrames(start, end - start, samples);
    this.#kept = { start, samples };
    return samples;
  }

  /** Reads frames by blocks that no chunk reaches beyond, so that each chunk is unpacked once. */
  #readFrames(start: number, count: number, into: SampleArray): void {
    const { dataset, stored, width, height } = this.#array;
    const across = this.#order[0] === "T" ? this.#order[1] : this.#order[0];
    const extent = this.#extent[across], chunk = this.#chunk[across];
    const lineBytes = count * (across === "Y" ? width : height) * stored.size;
    const step = chunk * lineBytes > WINDOW_BYTES
      ? Math.max(1, Math.floor(WINDOW_BYTES / lineBytes))
      : chunk * Math.max(1, Math.floor(BLOCK_BYTES / (chunk * lineBytes)));
    const stride = { T: width * height, Y: width, X: 1 };
    for (let at = 0; at < extent; at += step) {
      const from = { T: start, Y: 0, X: 0, [across]: at };
      const many = { ...this.#extent, T: count, [across]: Math.min(step, extent - at) };
      const counts = this.#order.map((letter) => many[letter]) as unknown as Three;
      const strides = this.#order.map((letter) => stride[letter]) as unknown as Three;
      this.#reader.block(dataset, this.#onAxes(from, 0), this.#onAxes(many, 1), stored.size, (bytes) => {
        scatter(samplesOver(bytes, stored), counts, into, at * stride[across], strides);
      });
    }
  }

  /** One number per axis of the dataset. */
  #onAxes(values: Readonly<Record<Letter, number>>, single: number): number[] {
    return this.#array.axes.map((axis) =>
      axis === "1" ? single : axis === "P" ? values.X * this.#extent.Y : values[axis]
    );
  }
}
