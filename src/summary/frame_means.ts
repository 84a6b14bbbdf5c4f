import type { DeviceBuffer } from "../gpu/compute.ts";
import { frameSums, rowSumsBytes } from "../kernels/line_sums.ts";
import type { Chunk, ChunkStream } from "../stream/chunks.ts";

/** The mean of every frame: the only thing in the projections that grows with the movie. */
export class FrameMeans {
  readonly #rowSums: DeviceBuffer;
  readonly #sums: DeviceBuffer;

  constructor(private readonly stream: ChunkStream) {
    const { compute, chunkFrames, source: { header: { height, frames } } } = stream;
    this.#rowSums = compute.allocate("sums of rows", rowSumsBytes({ frames: chunkFrames, height }));
    this.#sums = compute.allocate("sums of frames", frames * 4);
  }

  /** Queues the sums of a chunk's frames. */
  add({ stack, frames, start }: Chunk): void {
    const { compute, source: { header: { width, height } } } = this.stream;
    frameSums(compute, stack, this.#rowSums, this.#sums, { frames, width, height }, start);
  }

  /** The means of all frames, counts. */
  async read(): Promise<Float32Array> {
    const { compute, centre, source: { header: { frames } } } = this.stream, pixels = centre.length;
    const level = centre.reduce((sum, value) => sum + value, 0) / pixels;
    const sums = new Float32Array((await compute.read(this.#sums))[0], 0, frames);
    return sums.map((sum) => level + sum / pixels);
  }

  /** Frees the device buffers. */
  release(): void {
    this.#rowSums.release();
    this.#sums.release();
  }
}
