/** Pearson correlation of two traces of the same length; 0 when either does not vary (or holds a number that is not finite). */
export function correlation(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`Traces of ${a.length} and ${b.length} frames cannot be correlated`);
  let meanA = 0, meanB = 0;
  for (let t = 0; t < a.length; t++) {
    meanA += a[t];
    meanB += b[t];
  }
  meanA /= a.length;
  meanB /= b.length;
  let aa = 0, bb = 0, ab = 0;
  for (let t = 0; t < a.length; t++) {
    const x = a[t] - meanA, y = b[t] - meanB;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : 0;
}
