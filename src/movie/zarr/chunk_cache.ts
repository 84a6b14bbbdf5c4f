import type { SampleArray } from "../../core/movie.ts";

/** A decoded chunk in the movie's sample type. */
export interface SampleChunk {
  readonly data: SampleArray;
  readonly strides: readonly number[];
}

interface Entry {
  readonly chunk: Promise<SampleChunk | undefined>;
  /** Which chunk it is along the time axis. */
  readonly row: number;
  /** 0 until it is decoded. */
  bytes: number;
}

/**
 * Decoded chunks, as many as fit into so many bytes, or one. Neighbouring ranges of frames ask for the same row of chunks over and over, in
 * the same order: rows of other times go first, and a row that does not fit as a whole keeps what it has instead of chasing itself through
 * the cache. Calls for the same chunk share the work.
 */
export class ChunkCache {
  readonly #most: number;
  readonly #load: (index: readonly number[]) => Promise<SampleChunk | undefined>;
  readonly #chunks = new Map<string, Entry>();
  #bytes = 0;

  constructor(most: number, load: (index: readonly number[]) => Promise<SampleChunk | undefined>) {
    this.#most = most;
    this.#load = load;
  }

  /** The chunk at a place in the grid, `row` along the time axis; undefined when it is not stored. Rejects as its loading does; then it is tried again the next time. */
  async chunk(index: readonly number[], row: number): Promise<SampleChunk | undefined> {
    const key = index.join("."), known = this.#chunks.get(key);
    if (known) return await known.chunk;
    const entry: Entry = { chunk: this.#load(index), row, bytes: 0 };
    this.#chunks.set(key, entry);
    try {
      const chunk = await entry.chunk;
      if (this.#chunks.get(key) !== entry) return chunk;
      if (!chunk) {
        this.#chunks.delete(key);
        return undefined;
      }
      entry.bytes = chunk.data.byteLength;
      this.#bytes += entry.bytes;
      this.#makeRoom(key, entry);
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

  #makeRoom(newest: string, { row, bytes }: Entry): void {
    for (const [key, other] of this.#chunks) {
      if (this.#bytes <= this.#most) return;
      if (other.row !== row && other.bytes > 0) this.#drop(key, other.bytes);
    }
    if (this.#bytes > this.#most && this.#bytes > bytes) this.#drop(newest, bytes);
  }

  #drop(key: string, bytes: number): void {
    this.#chunks.delete(key);
    this.#bytes -= bytes;
  }
}
