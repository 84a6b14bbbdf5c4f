/** Where frames lie in a file: three small numbers per frame. Slots without bytes are counted and left out. */
export class FrameList {
  #positions = new Float64Array(256);
  #sizes = new Float64Array(256);
  #slotOf = new Float64Array(256);
  /** Frames that have a picture. */
  frames = 0;
  /** Places in the stream, with or without a picture. */
  slots = 0;

  /** Adds the next slot: the position of its picture in the file and the picture's bytes. */
  add(position: number, size: number): void {
    const slot = this.slots++;
    if (size === 0) return;
    if (this.frames === this.#positions.length) {
      this.#positions = longer(this.#positions);
      this.#sizes = longer(this.#sizes);
      this.#slotOf = longer(this.#slotOf);
    }
    this.#positions[this.frames] = position;
    this.#sizes[this.frames] = size;
    this.#slotOf[this.frames++] = slot;
  }

  /** Position of a frame's picture in the file. */
  position(frame: number): number {
    return this.#positions[frame];
  }

  /** Bytes of a frame's picture. */
  size(frame: number): number {
    return this.#sizes[frame];
  }

  /** Slot of a frame, from 0: its time in units of the stream's. */
  slot(frame: number): number {
    return this.#slotOf[frame];
  }
}

function longer(array: Float64Array): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(2 * array.length);
  copy.set(array);
  return copy;
}

/** Whether a chunk of this name is a picture of stream `mine` (two digits). */
export function isPicture(id: string, mine: string): boolean {
  return id.startsWith(mine) && !/^(pc|wb|tx|ix)$/.test(id.slice(2));
}
