import type { BadPixels } from "./find_bad_pixels.ts";

/** Frames and pixels a sentence names; more are counted. */
const NAMED = 8;

/** Counts what is repaired. A frame that is read again is not counted again. */
export class RepairLog {
  readonly #isNoted: Uint8Array;
  readonly #blank: number[] = [];
  #samples = 0;
  #frames = 0;

  /** @param frames of the movie */
  constructor(frames: number) {
    this.#isNoted = new Uint8Array(frames);
  }

  /** Notes a frame: whether it was blank, and how many of its samples were not finite. */
  note(frame: number, isBlank: boolean, samples: number): void {
    if (this.#isNoted[frame] === 1) return;
    this.#isNoted[frame] = 1;
    if (isBlank) this.#blank.push(frame);
    else if (samples > 0) {
      this.#samples += samples;
      this.#frames++;
    }
  }

  /** What was repaired, one sentence for each kind of damage; none when there was none. */
  sentences({ dead, stuck }: BadPixels, width: number): string[] {
    const places = (pixels: readonly number[]) =>
      listed(pixels.map((pixel) => `x ${pixel % width} y ${Math.floor(pixel / width)}`));
    const blank = [...this.#blank].sort((a, b) => a - b).map(String);
    return [
      ...(dead.length > 0 ? [`Dead pixels: ${dead.length} replaced by their neighbours (${places(dead)})`] : []),
      ...(stuck.length > 0 ? [`Stuck pixels: ${stuck.length} replaced by their neighbours (${places(stuck)})`] : []),
      ...(this.#samples > 0
        ? [`Samples that are not finite: ${this.#samples} replaced, frames with such samples: ${this.#frames}`]
        : []),
      ...(blank.length > 0 ? [`Blank frames: ${blank.length} replaced by the frame before (${listed(blank)})`] : []),
    ];
  }
}

function listed(names: readonly string[]): string {
  return names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ", …" : "");
}
