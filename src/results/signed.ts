/** Whole numbers below 2³¹ as signed ones, without a copy: what scipy.sparse takes without converting. */
export function asInt32(data: Uint32Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length);
}

/** What `asInt32` gave, back. */
export function asUint32(data: Int32Array): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}
