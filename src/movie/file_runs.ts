import type { PositionalFile } from "./positional_file.ts";

/** Runs at least this long are read straight into place: a request costs about as much as copying 64 KB. */
const DIRECT_BYTES = 2 ** 18;
/** Gaps up to this long are read over. They are what page-by-page writers leave: a page's directory between two frames. */
const LONGEST_GAP = 2 ** 14;
/** Most bytes that pass through memory of our own at once. */
const SPAN_BYTES = 2 ** 22;

/** Stretches of a file and where they belong in memory. Stretches that continue each other on both sides become one. */
export class FileRuns {
  readonly #positions: number[] = [];
  readonly #lengths: number[] = [];
  readonly #targets: number[] = [];

  /** Adds `length` bytes at `position` of the file, which belong at `target` of the destination. */
  add(position: number, length: number, target: number): void {
    const last = this.#lengths.length - 1;
    if (
      last >= 0 && this.#positions[last] + this.#lengths[last] === position &&
      this.#targets[last] + this.#lengths[last] === target
    ) {
      this.#lengths[last] += length;
      return;
    }
    this.#positions.push(position);
    this.#lengths.push(length);
    this.#targets.push(target);
  }

  /** Reads all stretches into place. Long ones in one request each; short neighbours together, then copied. */
  async read(file: PositionalFile, into: Uint8Array): Promise<void> {
    let scratch: Uint8Array | undefined;
    for (let i = 0; i < this.#lengths.length;) {
      const end = this.#groupEnd(i);
      const from = this.#positions[i];
      if (end === i + 1) {
        await file.read(into.subarray(this.#targets[i], this.#targets[i] + this.#lengths[i]), from);
      } else {
        scratch ??= new Uint8Array(SPAN_BYTES);
        const span = scratch.subarray(0, this.#positions[end - 1] + this.#lengths[end - 1] - from);
        await file.read(span, from);
        for (let j = i; j < end; j++) {
          const at = this.#positions[j] - from;
          into.set(span.subarray(at, at + this.#lengths[j]), this.#targets[j]);
        }
      }
      i = end;
    }
  }

  /** Where the group of short neighbours that begins with stretch `i` ends (exclusive). */
  #groupEnd(i: number): number {
    const from = this.#positions[i];
    let end = i + 1;
    if (this.#lengths[i] >= DIRECT_BYTES) return end;
    for (; end < this.#lengths.length && this.#lengths[end] < DIRECT_BYTES; end++) {
      const gap = this.#positions[end] - this.#positions[end - 1] - this.#lengths[end - 1];
      const reach = this.#positions[end] + this.#lengths[end] - from;
      if (gap < 0 || gap > LONGEST_GAP || reach > SPAN_BYTES) break;
    }
    return end;
  }
}
