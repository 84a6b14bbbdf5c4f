import type { SampleArray } from "../../core/movie.ts";

/** A decoded chunk in the movie's sample type. */
export interface SampleChunk {
  readonly data: SampleArray;
  readonly strides: readonly number[];
}

/** Decoded chunks that were used last, as many as fit into so many bytes, or the last one. Calls for the same chunk share the work. */
export class ChunkCache {
  readonly #most: number;
  readonly #load: (index: readonly number[]) => Promise<SampleChunk | undefined>;
  readonly #chunks = new Map<string, { readonly chunk: Promise<SampleChunk | undefined>; bytes: number }>();
  #bytes = 0;

  constructor(most: number, load: (index: readonly number[]) => Promise<SampleChunk | undefined>) {
    this.#most = most;
    this.#load = load;
  }

  /** The chunk at a place in the grid; undefined when it is not stored. Rejects as its loading does; then it is tried again the next time. */
  async chunk(index: readonly number[]): Promise<SampleChunk | undefined> {
    const key = index.join(".");
    let entry = this.#chunks.get(key);
    if (entry) {
      // Used last: behind all others.
      this.#chunks.delete(key);
      this.#chunks.set(key, entry);
      return await entry.chunk;
    }
    entry = { chunk: this.#load(index), bytes: 0 };
    this.#chunks.set(key, entry);
    try {
      const chunk = await entry.chunk;
      if (this.#chunks.get(key) === entry) {
        entry.bytes = chunk?.data.byteLength ?? 0;
        this.#bytes += entry.bytes;
        this.#drop(key);
      }
      return chunk;
    } catch (error) {
      if (this.#chunks.get(key) === entry) this.#chunks.delete(key);
      throw error;
    }
  }

  /** Lets go of everything. */
  clear(): void {
    this.#chunks.clear();
    this.#bytes = 0;
  }

  #drop(kept: string): void {
    for (const [key, { bytes }] of this.#chunks) {
      if (this.#bytes <= this.#most) return;
      if (key === kept || bytes === 0) continue;
      this.#chunks.delete(key);
      this.#bytes -= bytes;
    }
  }
}
