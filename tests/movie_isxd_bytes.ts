/** Makes Inscopix files by hand, as Inscopix's own software lays them out. */
import type { SampleArray } from "../src/core/movie.ts";

/** A recording: what is stored of it, and what its description says. */
export interface TestRecording {
  readonly width: number;
  readonly height: number;
  /** Stored samples, frame after frame. */
  readonly samples: SampleArray;
  /** Changes to the description; undefined removes an entry. */
  readonly changes?: Readonly<Record<string, unknown>>;
  /** Changes to the description's timing. */
  readonly timing?: Readonly<Record<string, unknown>>;
  /** Microseconds of the microscope's clock per stored frame: frames get two lines before and two after them. */
  readonly clock?: readonly number[];
}

/** Bytes of the lines before a frame, and of those after it. */
export const LINES_BYTES = 5120;

/** Numerator and denominator, as the file has them. */
export function ratio(num: number, den: number): { num: number; den: number } {
  return { num, den };
}

/** The bytes of an Inscopix file: frames, description, zero, length of the description. */
export function isxdBytes(recording: TestRecording): Uint8Array<ArrayBuffer> {
  const { width, height, samples, changes = {}, timing = {}, clock } = recording, size = width * height;
  const description = {
    dataType: samples instanceof Uint16Array ? 0 : samples instanceof Float32Array ? 1 : 2,
    extraProperties: null,
    fileVersion: 1,
    hasFrameHeaderFooter: clock !== undefined,
    producer: { name: "isxcore", version: [1, 9, 4] },
    spacingInfo: {
      numPixels: { x: width, y: height },
      pixelSize: { x: ratio(3, 1), y: ratio(5, 2) },
      topLeft: { x: ratio(0, 1), y: ratio(0, 1) },
    },
    timingInfo: {
      blank: [],
      cropped: [],
      dropped: [],
      numTimes: samples.length / size,
      period: ratio(50, 1000),
      start: { secsSinceEpoch: ratio(1_700_000_000_250, 1000), utcOffset: -25200 },
      ...timing,
    },
    type: 0,
    ...changes,
  };
  const json = new TextEncoder().encode(JSON.stringify(description, null, 4) + "\n");
  const parts: Uint8Array[] = [];
  for (let frame = 0; frame * size < samples.length; frame++) {
    const one = samples.slice(frame * size, (frame + 1) * size);
    const bytes = new Uint8Array(one.buffer, one.byteOffset, one.byteLength);
    if (clock) parts.push(clockLines(clock[frame]), bytes, new Uint8Array(LINES_BYTES).fill(0xbb));
    else parts.push(bytes);
  }
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return concatenated([...parts, json, new Uint8Array(1), length]);
}

/** The lines before a frame: numbers that hold eight bits each, shifted by four; the clock's 64 bits are in the last eight of the first line. */
function clockLines(microseconds: number): Uint8Array {
  const line = new Uint16Array(LINES_BYTES / 2).fill(0xaaa0);
  line[0] = 0x0a0;
  for (let part = 0; part < 4; part++) {
    const bits = Number((BigInt(microseconds) >> BigInt(16 * part)) & 0xffffn);
    // Eight bits in each of two numbers, the lower ones first.
    line[1272 + 2 * part] = (bits & 0xff) << 4;
    line[1273 + 2 * part] = bits >> 4 & 0xff0;
  }
  return new Uint8Array(line.buffer);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
