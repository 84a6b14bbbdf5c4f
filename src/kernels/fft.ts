import { ParameterError } from "../core/errors.ts";
import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { unroll } from "./unroll.ts";
import code from "../../shaders/fft.wgsl" with { type: "text" };

/** Radices of the passes, each a product A·B of two short transforms: [R, A, B]. */
const RADICES: readonly (readonly [number, number, number])[] = [
  [2, 1, 2],
  [3, 1, 3],
  [4, 1, 4],
  [5, 1, 5],
  [6, 2, 3],
  [8, 2, 4],
  [9, 3, 3],
  [10, 2, 5],
  [12, 3, 4],
  [15, 3, 5],
  [16, 4, 4],
  [20, 4, 5],
  [25, 5, 5],
];

/** Planes of complex numbers: float32 [batch][height][width][2], the real part first. */
export interface PlanesShape {
  /** Planes. */
  readonly batch: number;
  /** Numbers per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Bytes of planes of complex numbers. */
export function planesBytes({ batch, width, height }: PlanesShape): number {
  return batch * width * height * 8;
}

/** One pass along one axis of all planes. One item per butterfly. The shader sees the float32 values as pairs. */
export const fftProgram = program({
  name: "fft",
  module: import.meta.url,
  code,
  bindings: { data: read("f32"), twiddles: read("f32"), result: write("f32") },
  params: {
    butterflies: "u32",
    plane: "u32",
    done: "u32",
    point: "u32",
    first_twiddle: "u32",
    sign_in: "f32",
    sign_out: "f32",
    scale: "f32",
    radix: "u32",
  },
  twin({ data, twiddles, result }, p, begin, end) {
    const [R, A, B] = factorsOf(p.radix), inner = roots(R), ofA = roots(A), ofB = roots(B);
    const x = new Float64Array(2 * R), s = new Float64Array(2 * R);
    for (let item = begin; item < end; item++) {
      const plane = Math.floor(item / p.butterflies), butterfly = item - plane * p.butterflies;
      const part = Math.floor(butterfly / p.done), within = butterfly - part * p.done;
      const from = plane * p.plane + butterfly, to = plane * p.plane + part * R * p.done + within;
      const twiddle = 2 * (p.first_twiddle + Math.floor(within / p.point));
      const stepRe = twiddles[twiddle], stepIm = twiddles[twiddle + 1];
      for (let k = 0, re = 1, im = 0; k < R; k++) {
        const at = 2 * (from + k * p.butterflies);
        put(x, 2 * k, data[at], data[at + 1] * p.sign_in, re, im);
        [re, im] = [re * stepRe - im * stepIm, re * stepIm + im * stepRe];
      }
      // X[k + A·m] = Σ_b w_B^(b·m) · w_R^(b·k) · Σ_a w_A^(a·k) · x[a·B + b]
      for (let b = 0; b < B; b++) {
        for (let k = 0; k < A; k++) {
          let re = 0, im = 0;
          for (let a = 0; a < A; a++) {
            const at = 2 * (a * B + b), w = 2 * (a * k % A);
            re += x[at] * ofA[w] - x[at + 1] * ofA[w + 1];
            im += x[at] * ofA[w + 1] + x[at + 1] * ofA[w];
          }
          const w = 2 * (b * k % R);
          put(s, 2 * (k * B + b), re, im, inner[w], inner[w + 1]);
        }
      }
      for (let k = 0; k < A; k++) {
        for (let m = 0; m < B; m++) {
          let re = 0, im = 0;
          for (let b = 0; b < B; b++) {
            const at = 2 * (k * B + b), w = 2 * (b * m % B);
            re += s[at] * ofB[w] - s[at + 1] * ofB[w + 1];
            im += s[at] * ofB[w + 1] + s[at + 1] * ofB[w];
          }
          const at = 2 * (to + (k + A * m) * p.done);
          result[at] = re * p.scale;
          result[at + 1] = im * p.scale * p.sign_out;
        }
      }
    }
  },
});

/** x[at] = (a + bi)(c + di), the imaginary part after the real one. */
function put(x: Float64Array, at: number, a: number, b: number, c: number, d: number): void {
  x[at] = a * c - b * d;
  x[at + 1] = a * d + b * c;
}

/** R, A and B of a radix. */
function factorsOf(radix: number): readonly [number, number, number] {
  return RADICES.find(([one]) => one === radix)!;
}

const knownRoots = new Map<number, Float64Array>();

/** The n-th roots of unity exp(−2πik/n), k = 0, …, n − 1; exact where they are simple. */
function roots(n: number): Float64Array {
  let known = knownRoots.get(n);
  if (!known) {
    known = new Float64Array(2 * n);
    for (let k = 0; k < n; k++) {
      // Quarter turns are exact, and what rounds near 0 is 0.
      known[2 * k] = 4 * k % n === 0 ? [1, 0, -1, 0][4 * k / n] : Math.cos(2 * Math.PI * k / n);
      known[2 * k + 1] = 4 * k % n === 0 ? [0, -1, 0, 1][4 * k / n] : -Math.sin(2 * Math.PI * k / n);
    }
    knownRoots.set(n, known);
  }
  return known;
}

const programs = new Map<string, typeof fftProgram>();

/** The pass written out for one radix. */
function programOf(radix: number, isFirst: boolean): typeof fftProgram {
  const variant = `radix ${radix}, ${isFirst ? "first" : "later"}`;
  let known = programs.get(variant);
  if (!known) {
    const [R, A, B] = factorsOf(radix), w = roots(R);
    const constants: Record<string, number> = { R, A, B, FIRST: isFirst ? 1 : 0, LATER: isFirst ? 0 : 1 };
    for (let k = 0; k < R; k++) {
      constants[`COS_${k}`] = w[2 * k];
      constants[`SIN_${k}`] = w[2 * k + 1];
      constants[`HALF_${k}`] = Math.ceil(k / 2);
      constants[`REST_${k}`] = Math.floor(k / 2);
    }
    known = { ...fftProgram, variant, code: unroll(code, constants) };
    programs.set(variant, known);
  }
  return known;
}

/** Radices of the passes of a transform of n points: as few as possible, and the largest as small as possible. */
function radicesOf(n: number): number[] | undefined {
  let best: number[] | undefined;
  const extend = (left: number, least: number, chosen: readonly number[]) => {
    if (left === 1) {
      if (!best || chosen.length < best.length || Math.max(...chosen) < Math.max(...best)) best = [...chosen];
      return;
    }
    if (best && chosen.length >= best.length) return;
    for (const [radix] of RADICES) {
      if (radix >= least && left % radix === 0) extend(left / radix, radix, [...chosen, radix]);
    }
  };
  extend(n, 2, []);
  return best;
}

/**
 * The length from n on, but below 2n + 4, that planes transform fastest with: a multiple of 4 with no prime factor
 * above 5. Longer lengths are worth it where they save a pass.
 */
export function goodSize(n: number): number {
  let best = 0, least = Infinity;
  for (let size = Math.max(4, Math.ceil(n / 4) * 4); size < Math.max(8, 2 * n + 4); size += 4) {
    // A plane grows with both of its lengths, and its passes with each.
    const cost = size * size * (radicesOf(size)?.length ?? Infinity);
    if (cost < least) [best, least] = [size, cost];
  }
  return best;
}

/** A pass along an axis. */
interface Pass {
  readonly radix: number;
  /** Points of the transforms that are done already. */
  readonly done: number;
  /** Butterflies per line. */
  readonly butterflies: number;
}

/** Passes along an axis of `length` points; `what` says of which in an error. */
function passesOf(length: number, what: string): Pass[] {
  const radices = Number.isInteger(length) && length >= 1 ? radicesOf(length) : undefined;
  if (!radices) {
    throw new ParameterError(
      `Planes of ${length} ${what} cannot be transformed: it must be a whole number with no prime factor above 5, ` +
        `such as ${goodSize(length)}`,
    );
  }
  let done = 1;
  return radices.map((radix) => {
    const pass = { radix, done, butterflies: length / radix };
    done *= radix;
    return pass;
  });
}

/** Twiddle factors exp(−2πip/(done·radix)) of a pass, p = 0, …, done − 1. */
function twiddlesOf({ radix, done }: Pass): number[] {
  return Array.from({ length: done }, (_, p) => -2 * Math.PI * p / (done * radix))
    .flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
}

/**
 * The two-dimensional discrete Fourier transform of every plane of a batch. Forward: X[v][u] = Σ_y Σ_x x[y][x]
 * e^{−2πi(ux/width + vy/height)}, unscaled. Inverse: with e^{+…} and divided by width·height, so that it undoes the
 * forward transform. Both buffers are overwritten. Rounding is below 10⁻⁶ of the largest value. Source: Stockham's
 * self-sorting algorithm (Cochran et al. 1967, Proc. IEEE 55:1664).
 * @param data the planes
 * @param scratch another buffer of at least the same size
 * @param shape lengths without a prime factor above 5 (see `goodSize`)
 * @returns the buffer that holds the transform: `data` or `scratch`
 * @throws ParameterError when a length cannot be transformed
 */
export function fft2d(
  compute: Compute,
  data: DeviceBuffer,
  scratch: DeviceBuffer,
  shape: PlanesShape,
  direction: "forward" | "inverse",
): DeviceBuffer {
  const { batch, width, height } = shape;
  const alongRows = passesOf(width, "numbers per row"), alongColumns = passesOf(height, "rows");
  const passes = [...alongRows, ...alongColumns];
  // Along rows every row counts as a plane of its own.
  const table: number[] = [],
    calls = passes.map((pass, i) => {
      const isRow = i < alongRows.length, point = isRow ? 1 : width, isLast = i === passes.length - 1;
      const call = {
        butterflies: pass.butterflies * point,
        plane: isRow ? width : width * height,
        done: pass.done * point,
        point,
        first_twiddle: table.length / 2,
        sign_in: direction === "inverse" && i === 0 ? -1 : 1,
        sign_out: direction === "inverse" && isLast ? -1 : 1,
        scale: direction === "inverse" && isLast ? 1 / (width * height) : 1,
        radix: pass.radix,
      };
      table.push(...twiddlesOf(pass));
      return {
        call,
        program: programOf(pass.radix, pass.done === 1),
        items: batch * (isRow ? height : 1) * call.butterflies,
      };
    });
  const twiddles = compute.upload("fft twiddles", Float32Array.from(table));
  let from = data, to = scratch;
  for (const { call, program, items } of calls) {
    compute.run(program, { data: from, twiddles, result: to }, call, items);
    [from, to] = [to, from];
  }
  twiddles.release();
  return from;
}
