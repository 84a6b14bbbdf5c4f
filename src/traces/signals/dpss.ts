import { ParameterError } from "../../core/errors.ts";
import { eigenvector, largestEigenvalues } from "./tridiagonal.ts";

/**
 * Discrete prolate spheroidal sequences: the tapers of a length whose energy lies most within a band of ± timeBandwidth / length cycles per
 * sample, best first (Slepian 1978), by their tridiagonal matrix (Percival and Walden 1993, section 8.3), as SciPy's `windows.dpss` gives them.
 * @param length samples of each taper
 * @param timeBandwidth TW: length times half the bandwidth; above 0 and below half the length
 * @param count tapers, 1 to `length`; more than 2·TW − 1 leak
 * @returns tapers of unit L2 norm; even ones have a positive sum, odd ones begin above 0
 * @throws ParameterError for numbers that make no taper
 */
export function dpss(length: number, timeBandwidth: number, count: number): Float64Array[] {
  checkTapers(length, timeBandwidth, count);
  if (length === 1) return [Float64Array.of(1)];
  const cosine = Math.cos(2 * Math.PI * timeBandwidth / length);
  const matrix = {
    diagonal: Float64Array.from({ length }, (_, i) => ((length - 1 - 2 * i) / 2) ** 2 * cosine),
    beside: Float64Array.from({ length: length - 1 }, (_, i) => (i + 1) * (length - i - 1) / 2),
  };
  return Array.from(largestEigenvalues(matrix, count), (value, k) => signed(eigenvector(matrix, value), k % 2 === 1));
}

/** Throws the `ParameterError` of `dpss` for numbers that make no taper. */
export function checkTapers(length: number, timeBandwidth: number, count: number): void {
  if (!(Number.isInteger(length) && length >= 1)) throw new ParameterError(`A taper cannot have ${length} samples`);
  if (!(timeBandwidth > 0 && timeBandwidth < length / 2)) {
    throw new ParameterError(
      `The time–bandwidth product is ${timeBandwidth}, but it has to be above 0 and below half of the ${length} samples of a window`,
    );
  }
  if (!(Number.isInteger(count) && count >= 1 && count <= length)) {
    throw new ParameterError(`${count} tapers were asked for, but there are 1 to ${length}, the samples of a window`);
  }
}

/** Turns a taper the way SciPy does: even ones by their sum, odd ones by their first value that counts. */
function signed(taper: Float64Array, isOdd: boolean): Float64Array {
  const least = Math.max(1e-7, 1 / taper.length);
  const sign = isOdd ? taper.find((value) => value * value > least) ?? 1 : taper.reduce((sum, value) => sum + value, 0);
  return sign < 0 ? taper.map((value) => -value) : taper;
}
