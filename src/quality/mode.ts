/**
 * The half-sample mode: the densest half of the values, then the densest half of that, until one or two are left (Robertson & Cryer 1974;
 * Bickel & Frühwirth 2006). The baseline of a trace whose transients only go up, however many frames they fill.
 * @param sorted ascending, at least one number
 */
export function halfSampleMode(sorted: Float64Array): number {
  let from = 0, count = sorted.length;
  while (count > 3) {
    const half = Math.ceil(count / 2);
    let best = from, width = Infinity;
    for (let i = from; i + half <= from + count; i++) {
      const spread = sorted[i + half - 1] - sorted[i];
      if (spread < width) [best, width] = [i, spread];
    }
    [from, count] = [best, half];
  }
  if (count === 3) {
    const left = sorted[from + 1] - sorted[from], right = sorted[from + 2] - sorted[from + 1];
    if (left > right) from++;
    if (left !== right) count = 2;
  }
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += sorted[i];
  return sum / count;
}
