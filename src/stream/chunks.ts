import { MovieError } from "../core/errors.ts";
import { type MovieHeader, type MovieSource, type SampleArray, sampleArray } from "../core/movie.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { convert } from "../kernels/convert.ts";
import type { Window } from "../kernels/crop.ts";
import { pad, stackBytes } from "../kernels/stack.ts";

/** Frames whose mean is subtracted on upload, so that 32-bit sums of products keep their precision. */
const CENTRE_FRAMES = 64;

/** A run of frames on the device, as float deviations from the centre image. */
export interface Chunk {
  /** The stack; overwritten after the visit. */
  readonly stack: DeviceBuffer;
  /** First frame of the movie in the stack, including the lead. */
  readonly start: number;
  /** Frames in the stack, including the lead. */
  readonly frames: number;
  /** Frames at the start that were already part of the chunk before. */
  readonly lead: number;
}

/** Which frames and pixels to stream. */
export interface ChunkRange {
  /** First frame; default 0. */
  readonly from?: number;
  /** One past the last frame; default the movie's end. */
  readonly to?: number;
  /** Frames of the chunk before that are repeated at the start of each chunk; default 0. */
  readonly lead?: number;
  /** Pixels to put on the device; default the whole field. */
  readonly window?: Window;
  /** Whether to refuse samples that are not finite numbers; default false. The device does not promise to keep them. */
  readonly checked?: boolean;
}

/**
 * Streams a movie through the device in chunks of a planned number of frames. The next chunk is read while the current one computes;
 * at most two chunks of samples are in host memory.
 */
export class ChunkStream {
  readonly #samples: SampleArray[];
  readonly #device: DeviceBuffer;
  readonly #centre: DeviceBuffer;
  #stack: DeviceBuffer | undefined;
  #stackBytes = 0;

  private constructor(
    readonly compute: Compute,
    readonly source: MovieSource,
    /** Frames per chunk. */
    readonly chunkFrames: number,
    /** The image subtracted from every frame, row-major, counts. */
    readonly centre: Float32Array,
    private readonly signal?: AbortSignal,
  ) {
    const { width, height, sampleType } = source.header;
    const most = (chunkFrames + 8) * width * height;
    this.#samples = [sampleArray(sampleType, most), sampleArray(sampleType, most)];
    this.#device = compute.allocate("chunk samples", Math.ceil(this.#samples[0].byteLength / 4) * 4 + 16);
    this.#centre = compute.upload("centre image", pad(centre, width, height));
  }

  /**
   * Opens a stream; reads the first frames to make the centre image.
   * @param isLevel whether the centre is one number for the whole field: then frames keep the look of the tissue, to be compared in place
   */
  static async open(
    compute: Compute,
    source: MovieSource,
    chunkFrames: number,
    signal?: AbortSignal,
    isLevel = false,
  ): Promise<ChunkStream> {
    const { width, height, frames, sampleType } = source.header,
      count = Math.min(CENTRE_FRAMES, frames, chunkFrames + 8);
    const samples = sampleArray(sampleType, count * width * height);
    await source.read(0, count, samples);
    const centre = new Float32Array(width * height);
    refuseNotFinite(samples, 0, source.header);
    for (let i = 0; i < centre.length; i++) {
      let sum = 0;
      for (let f = 0; f < count; f++) sum += samples[f * centre.length + i];
      centre[i] = Math.round(sum / count);
    }
    if (isLevel) centre.fill(Math.round(centre.reduce((sum, value) => sum + value, 0) / centre.length));
    return new ChunkStream(compute, source, chunkFrames, centre, signal);
  }

  /**
   * Calls `visit` for each chunk in order; what it queues runs while the next chunk is read. A visit that reads results back is waited for
   * before the next one.
   */
  async each(range: ChunkRange, visit: (chunk: Chunk) => void | Promise<void>): Promise<void> {
    const { compute, source } = this, { width, height, sampleType, frames: total } = source.header;
    const window = range.window ?? { x: 0, y: 0, width, height };
    const from = range.from ?? 0, to = range.to ?? total, lead = range.lead ?? 0, pixels = width * height;
    const bytes = stackBytes({ frames: this.chunkFrames + lead, ...window });
    if (bytes > this.#stackBytes) {
      this.#stack?.release();
      this.#stack = compute.allocate("chunk stack", bytes);
      this.#stackBytes = bytes;
    }
    const chunks: { start: number; frames: number; lead: number }[] = [];
    for (let at = from; at < to; at += this.chunkFrames) {
      const before = Math.min(lead, at - from);
      chunks.push({ start: at - before, frames: Math.min(this.chunkFrames, to - at) + before, lead: before });
    }
    const load = (index: number) => {
      const { start, frames } = chunks[index];
      return source.read(start, frames, this.#samples[index % 2].subarray(0, frames * pixels) as SampleArray);
    };
    let reading: Promise<void> | undefined = chunks.length > 0 ? load(0) : undefined;
    for (let index = 0; index < chunks.length; index++) {
      this.signal?.throwIfAborted();
      await reading;
      const chunk = chunks[index], samples: SampleArray = this.#samples[index % 2].subarray(0, chunk.frames * pixels);
      if (range.checked) refuseNotFinite(samples, chunk.start, source.header);
      compute.write(this.#device, samples);
      const movie = { width, height, type: sampleType };
      convert(compute, this.#device, this.#centre, this.#stack!, movie, window, chunk.frames);
      const visited = visit({ stack: this.#stack!, ...chunk });
      compute.flush();
      reading = index + 1 < chunks.length ? load(index + 1) : undefined;
      // Handled when awaited above; without this a failing read would count as unhandled while the device is waited for.
      reading?.catch(() => {});
      await visited;
      await compute.finish();
    }
  }

  /** Frees the device buffers. */
  release(): void {
    for (const buffer of [this.#device, this.#centre, this.#stack]) buffer?.release();
  }
}

/** Throws `MovieError` for the first sample that is NaN or infinite. */
function refuseNotFinite(samples: SampleArray, firstFrame: number, { name, width, height }: MovieHeader): void {
  if (!(samples instanceof Float32Array)) return;
  let sum = 0;
  // 0 · x is 0 for every finite x and NaN for the others: one cheap sum tells whether to look closer.
  for (let i = 0; i < samples.length; i++) sum += 0 * samples[i];
  if (sum === 0) return;
  const at = samples.findIndex((value) => !Number.isFinite(value)), pixel = at % (width * height);
  throw new MovieError(
    `"${name}" holds a value that is not a finite number (frame ${firstFrame + Math.floor(at / (width * height))}, ` +
      `x ${pixel % width}, y ${
        Math.floor(pixel / width)
      }); replace NaN and infinite samples first (bad_pixels repair does)`,
  );
}
