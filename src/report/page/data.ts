/** What the page's script is told, besides what stands on the page. */
export interface PageData {
  /** Pixels per row, and rows, of the field. */
  readonly width: number;
  readonly height: number;
  /** Frames of the recording. */
  readonly frames: number;
  /** Frames per second. */
  readonly rate: number;
  /** Unit of the traces. */
  readonly units: string;
  /** Columns each trace was brought down to; as many as frames when nothing was left out. */
  readonly columns: number;
  /** Rows of bytes per cell: raw, denoised, spikes; or raw low and high, denoised low and high, spikes. */
  readonly channels: 3 | 5;
  /** The cells, in the order of everything else. */
  readonly cells: readonly PageCell[];
  /** Columns of the table: a value per cell, null where there is none. */
  readonly measures: readonly { readonly key: string; readonly values: readonly (number | null)[] }[];
}

/** A cell. */
export interface PageCell {
  readonly number: number;
  readonly name: string;
  /** Middle of its footprint, pixels. */
  readonly x: number | null;
  readonly y: number | null;
  /** 1 accepted, 0 set aside, null not judged. */
  readonly accepted: number | null;
  readonly reason: string;
  /** Values that bytes 0 and 254 of its raw and denoised trace stand for, and byte 254 of its spikes. */
  readonly low: number;
  readonly high: number;
  readonly most: number;
}

/** The byte that stands for no number. */
export const NOTHING = 255;
/** The byte of the largest value. */
export const TOP = 254;

/** One cell's trace as columns of least and largest values; NaN where there is none. */
export interface Columns {
  readonly rawLow: Float32Array;
  readonly rawHigh: Float32Array;
  readonly denoisedLow: Float32Array;
  readonly denoisedHigh: Float32Array;
  readonly spikes: Float32Array;
}

/** Reads the traces' bytes, which stand on the page as text. */
export function traceBytes(text: string): Uint8Array {
  const binary = atob(text.trim()), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The trace of one cell. */
export function columnsOf(data: PageData, bytes: Uint8Array, k: number): Columns {
  const { columns, channels, cells } = data, { low, high, most } = cells[k];
  const channel = (i: number, from: number, to: number) => {
    const at = (k * channels + i) * columns;
    return Float32Array.from(
      bytes.subarray(at, at + columns),
      (byte) => byte === NOTHING ? NaN : from + byte / TOP * (to - from),
    );
  };
  if (channels === 3) {
    const raw = channel(0, low, high), denoised = channel(1, low, high);
    return {
      rawLow: raw,
      rawHigh: raw,
      denoisedLow: denoised,
      denoisedHigh: denoised,
      spikes: channel(2, 0, most),
    };
  }
  return {
    rawLow: channel(0, low, high),
    rawHigh: channel(1, low, high),
    denoisedLow: channel(2, low, high),
    denoisedHigh: channel(3, low, high),
    spikes: channel(4, 0, most),
  };
}
