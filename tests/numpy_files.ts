/** Reads what numpy would: `.npy` files and archives of them, strictly. */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";

/** An array of numpy. */
export interface NpyArray {
  readonly type: string;
  readonly shape: number[];
  readonly data: ArrayLike<number | bigint | string>;
}

/** Splits an `.npy` file into its header's entries and its data. */
export function npyHeaderOf(bytes: Uint8Array): { type: string; shape: number[]; rest: Uint8Array } {
  assert.deepEqual([...bytes.subarray(0, 8)], [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const end = 10 + bytes[8] + 256 * bytes[9], text = new TextDecoder().decode(bytes.subarray(10, end));
  assert.equal(end % 64, 0, "the data is aligned");
  const match = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \((\d*(?:, \d+)*,?)\), \} *\n$/.exec(text);
  assert.ok(match, text);
  const shape = match[2].split(",").map((size) => size.trim()).filter((size) => size !== "").map(Number);
  return { type: match[1], shape, rest: bytes.subarray(end) };
}

/** Reads an `.npy` file of numbers or texts. */
export function readNpy(bytes: Uint8Array): NpyArray {
  const { type, shape, rest } = npyHeaderOf(bytes);
  const buffer = rest.slice().buffer, count = shape.reduce((product, size) => product * size, 1);
  const data = dataOf(type, buffer);
  assert.equal(data.length, count, `${type} ${shape}`);
  return { type, shape, data };
}

function dataOf(type: string, buffer: ArrayBuffer): ArrayLike<number | bigint | string> {
  switch (type) {
    case "<f4":
      return new Float32Array(buffer);
    case "<f8":
      return new Float64Array(buffer);
    case "<i4":
      return new Int32Array(buffer);
    case "<i8":
      return new BigInt64Array(buffer);
    case "|u1":
      return new Uint8Array(buffer);
  }
  const width = Number(/^<U(\d+)$/.exec(type)?.[1]), codes = new Uint32Array(buffer);
  assert.ok(width > 0, `${type} is not expected`);
  return Array.from(
    { length: codes.length / width },
    (_, i) => String.fromCodePoint(...codes.slice(i * width, (i + 1) * width).filter((code) => code !== 0)),
  );
}

/** Members of a zip of stored files by name, found through its list of members, with their checksums verified. */
export function readStoredZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), end = bytes.length - 22;
  assert.equal(view.getUint32(end, true), 0x06054b50);
  let count = view.getUint16(end + 10, true), at = view.getUint32(end + 16, true);
  if (at === 2 ** 32 - 1) {
    assert.equal(view.getUint32(end - 20, true), 0x07064b50);
    const end64 = Number(view.getBigUint64(end - 12, true));
    assert.equal(view.getUint32(end64, true), 0x06064b50);
    count = Number(view.getBigUint64(end64 + 32, true));
    at = Number(view.getBigUint64(end64 + 48, true));
  }
  const members = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    assert.equal(view.getUint32(at, true), 0x02014b50);
    assert.equal(view.getUint16(at + 10, true), 0, "stored");
    const nameLength = view.getUint16(at + 28, true), extraLength = view.getUint16(at + 30, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    let size = view.getUint32(at + 24, true), start = view.getUint32(at + 42, true), wide = at + 46 + nameLength + 4;
    if (size === 2 ** 32 - 1) {
      size = Number(view.getBigUint64(wide, true));
      wide += 16;
    }
    if (start === 2 ** 32 - 1) start = Number(view.getBigUint64(wide, true));
    assert.equal(view.getUint32(start, true), 0x04034b50);
    const from = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    const member = bytes.subarray(from, from + size);
    assert.equal(crc32(member), view.getUint32(at + 16, true), name);
    members.set(name, member);
    at += 46 + nameLength + extraLength;
  }
  return members;
}
