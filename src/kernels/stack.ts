/**
 * A stack is a run of frames on the device: float32, frame-major, rows padded to a multiple of four pixels so that shaders can read
 * `vec4f`. Padding pixels are 0.
 */
export interface StackShape {
  /** Frames. */
  readonly frames: number;
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Frames that one item of a kernel does where finding its pixel (integer divisions) costs more than the work on one frame. */
export const FRAME_RUN = 16;

/** Floats per padded row. */
export function pitchOf(width: number): number {
  return Math.ceil(width / 4) * 4;
}

/** Bytes of a stack. */
export function stackBytes(shape: StackShape): number {
  return shape.frames * shape.height * pitchOf(shape.width) * 4;
}

/** Row-major image of width×height from a padded one. */
export function unpad(padded: Float32Array, width: number, height: number): Float32Array {
  const pitch = pitchOf(width), image = new Float32Array(width * height);
  for (let y = 0; y < height; y++) image.set(padded.subarray(y * pitch, y * pitch + width), y * width);
  return image;
}

/** Padded image (padding 0) from a row-major one. */
export function pad(image: Float32Array, width: number, height: number): Float32Array {
  const pitch = pitchOf(width), padded = new Float32Array(pitch * height);
  for (let y = 0; y < height; y++) padded.set(image.subarray(y * width, (y + 1) * width), y * pitch);
  return padded;
}
