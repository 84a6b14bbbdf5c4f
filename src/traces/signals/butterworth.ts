import { ParameterError } from "../../core/errors.ts";
import { oddlyExtended } from "./padding.ts";

/** A second-order section of a filter: (b0 + b1 z⁻¹ + b2 z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²). */
export interface Section {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

type Complex = readonly [re: number, im: number];

/**
 * Sections of a digital Butterworth filter by the bilinear transform, as SciPy's `butter(order, band, fs=rate, output="sos")` but for how poles
 * and zeros are paired.
 * @param order poles of the low-pass it is made from; a band-pass has twice as many
 * @param band passed band, Hz: from 0 it is a low-pass, to half the rate a high-pass
 * @throws ParameterError for an order that is not a whole number from 1 to 20, and for a band without an edge
 */
export function butterworthSections(order: number, [low, high]: readonly [number, number], rate: number): Section[] {
  if (!(Number.isInteger(order) && order >= 1 && order <= 20)) {
    throw new ParameterError(
      `The order of a Butterworth filter is ${order}, but it has to be a whole number from 1 to 20`,
    );
  }
  // Frequencies of the analogue filter that the bilinear transform (s = 2·(z − 1)/(z + 1)) bends into place.
  const warped = (frequency: number) => 2 * Math.tan(Math.PI * frequency / rate);
  const prototype = Array.from({ length: order }, (_, k): Complex => {
    const angle = Math.PI * (2 * k + order + 1) / (2 * order);
    return [2 * k + 1 === order ? -1 : Math.cos(angle), 2 * k + 1 === order ? 0 : Math.sin(angle)];
  });
  const isLow = low === 0, isHigh = high >= rate / 2;
  if (isLow && isHigh) {
    throw new ParameterError(`The band from 0 Hz to half the rate is all there is: nothing is filtered`);
  }
  const edge = warped(isLow ? high : low),
    width = warped(high) - warped(low),
    centre = Math.sqrt(warped(low) * warped(high));
  const poles = isLow
    ? prototype.map((pole) => scaled(pole, edge))
    : isHigh
    ? prototype.map((pole) => scaled(inverse(pole), edge))
    : prototype.flatMap((pole) => bandPoles(scaled(pole, width / 2), centre));
  // Where the gain is 1: in the middle of the band, at 0, or at half the rate.
  const angle = isLow ? 0 : isHigh ? Math.PI : 2 * Math.atan(centre / 2);
  return conjugatePairs(poles.map(bilinear)).map((pair) => {
    const a: [number, number] = pair.length === 1
      ? [-pair[0][0], 0]
      : [-(pair[0][0] + pair[1][0]), product(pair[0], pair[1])[0]];
    const side = isLow ? 1 : -1;
    const zeros: [number, number, number] = pair.length === 1
      ? [1, side, 0]
      : isLow || isHigh
      ? [1, 2 * side, 1]
      : [1, 0, -1];
    const gain = magnitude([1, ...a], angle) / magnitude(zeros, angle);
    return { b: [zeros[0] * gain, zeros[1] * gain, zeros[2] * gain], a };
  });
}

/** The two poles of a band-pass that a pole of the low-pass becomes: p ± √(p² − centre²). */
function bandPoles([re, im]: Complex, centre: number): Complex[] {
  const root = squareRoot([re * re - im * im - centre * centre, 2 * re * im]);
  return [[re + root[0], im + root[1]], [re - root[0], im - root[1]]];
}

function bilinear([re, im]: Complex): Complex {
  return product([2 + re, im], inverse([2 - re, -im]));
}

/** Poles in groups that make real coefficients: conjugate pairs, real ones two by two, and one alone where their number is odd. */
function conjugatePairs(poles: readonly Complex[]): Complex[][] {
  const isReal = ([re, im]: Complex) => Math.abs(im) <= 1e-12 * Math.max(1e-3, Math.abs(re));
  const complex = poles.filter((pole) => !isReal(pole) && pole[1] > 0);
  const real = poles.filter(isReal).map(([re]): Complex => [re, 0]).sort((one, other) => one[0] - other[0]);
  const groups: Complex[][] = complex.map(([re, im]) => [[re, im], [re, -im]]);
  // The outermost with the innermost, so that no section is much narrower than the others.
  while (real.length > 1) groups.push([real.shift()!, real.pop()!]);
  if (real.length === 1) groups.push(real);
  return groups;
}

/** |c0 + c1 z⁻¹ + c2 z⁻²| at an angle on the unit circle. */
function magnitude([c0, c1, c2]: readonly [number, number, number], angle: number): number {
  const re = c0 + c1 * Math.cos(angle) + c2 * Math.cos(2 * angle);
  return Math.hypot(re, c1 * Math.sin(angle) + c2 * Math.sin(2 * angle));
}

function product([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}

function inverse([re, im]: Complex): Complex {
  const square = re * re + im * im;
  return [re / square, -im / square];
}

function scaled([re, im]: Complex, factor: number): Complex {
  return [re * factor, im * factor];
}

function squareRoot([re, im]: Complex): Complex {
  const length = Math.hypot(re, im), root = Math.sqrt((length + Math.abs(re)) / 2);
  if (root === 0) return [0, 0];
  const other = im / (2 * root);
  return re >= 0 ? [root, other] : [Math.abs(other), im < 0 ? -root : root];
}

/**
 * A signal filtered forwards and backwards by sections, so that nothing is delayed and the gain is squared, with odd padding and steady first
 * states, as SciPy's `sosfiltfilt`.
 * @throws ParameterError when the signal is too short for the padding
 */
export function filteredBothWays(sections: readonly Section[], signal: ArrayLike<number>): Float64Array {
  const pad = sectionsPadding(sections), extended = oddlyExtended(signal, pad);
  filterInPlace(sections, extended);
  extended.reverse();
  filterInPlace(sections, extended);
  extended.reverse();
  return extended.slice(pad, pad + signal.length);
}

/** Samples that `filteredBothWays` puts before and behind a signal. */
export function sectionsPadding(sections: readonly Section[]): number {
  const first = sections.filter(({ b, a }) => b[2] === 0 && a[1] === 0).length;
  return 3 * (2 * sections.length + 1 - first);
}

/** Filters in place (transposed direct form II), beginning as if the first value had been there for ever. */
function filterInPlace(sections: readonly Section[], values: Float64Array): void {
  let steady = values[0];
  for (const { b: [b0, b1, b2], a: [a1, a2] } of sections) {
    const answer = steady * (b0 + b1 + b2) / (1 + a1 + a2);
    let z2 = b2 * steady - a2 * answer, z1 = b1 * steady - a1 * answer + z2;
    for (let i = 0; i < values.length; i++) {
      const x = values[i], y = b0 * x + z1;
      z1 = b1 * x - a1 * y + z2;
      z2 = b2 * x - a2 * y;
      values[i] = y;
    }
    steady = answer;
  }
}
