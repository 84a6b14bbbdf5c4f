import { ParameterError } from "../core/errors.ts";
import { type Compute, type DeviceBuffer, type Program, program, read, write } from "../gpu/compute.ts";
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
];

/** Planes of complex numbers: float32 [batch][height][width][2], real part first. */
export interface PlanesShape {
  /** Planes. */
  readonly batch: number;
  /** Numbers per row; a multiple of 4. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Bytes of planes of complex numbers. */
export function planesBytes({ batch, width, height }: PlanesShape): number {
  return batch * width * height * 8;
}

/** One pass along one axis of all planes. One item per two butterflies. */
export const fftProgram: Program<
  {
    data: ReturnType<typeof read<"vec4f">>;
    twiddles: ReturnType<typeof read<"vec4f">>;
    result: ReturnType<typeof write<"vec4f">>;
  },
  {
    butterflies: "u32";
    plane: "u32";
    in_step: "u32";
    out_step: "u32";
    point: "u32";
    first_twiddle: "u32";
    sign_in: "f32";
    sign_out: "f32";
    scale: "f32";
    radix: "u32";
    form: "u32";
  }
> = program({
  name: "fft",
  module: import.meta.url,
  code,
  bindings: { data: read("vec4f"), twiddles: read("vec4f"), result: write("vec4f") },
  params: {
    butterflies: "u32",
    plane: "u32",
    in_step: "u32",
    out_step: "u32",
    point: "u32",
    first_twiddle: "u32",
    sign_in: "f32",
    sign_out: "f32",
    scale: "f32",
    radix: "u32",
    form: "u32",
  },
  twin({ data, twiddles, result }, p, begin, end) {
    const [R, A, B] = RADICES.find(([radix]) => radix === p.radix)!;
    const inner = roots(R), ofA = roots(A), ofB = roots(B);
    const x = new Float64Array(2 * R), s = new Float64Array(2 * R), y = new Float64Array(4 * R);
    for (let item = begin; item < end; item++) {
      const plane = Math.floor(item / p.butterflies), butterfly = item - plane * p.butterflies;
      const part = Math.floor(butterfly / p.out_step), within = butterfly - part * p.out_step;
      const from = (plane * p.plane + butterfly) * 4;
      const twiddle = (p.first_twiddle + Math.floor(within / p.point)) * 4;
      for (let half = 0; half < 2; half++) {
        let wr = 1, wi = 0;
        const stepR = p.form === LATER ? twiddles[twiddle + 2 * half] : 1;
        const stepI = p.form === LATER ? twiddles[twiddle + 2 * half + 1] : 0;
        for (let k = 0; k < R; k++) {
          const at = from + k * p.in_step * 4 + 2 * half, re = data[at], im = data[at + 1] * p.sign_in;
          x[2 * k] = re * wr - im * wi;
          x[2 * k + 1] = re * wi + im * wr;
          const next = wr * stepR - wi * stepI;
          wi = wr * stepI + wi * stepR;
          wr = next;
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
            const w = 2 * (b * k % R), to = 2 * (k * B + b);
            s[to] = re * inner[w] - im * inner[w + 1];
            s[to + 1] = re * inner[w + 1] + im * inner[w];
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
            const to = 2 * (half * R + k + A * m);
            y[to] = re * p.scale;
            y[to + 1] = im * p.scale * p.sign_out;
          }
        }
      }
      if (p.form === FIRST_OF_ROW) {
        result.set(y, (plane * p.plane + butterfly * R) * 4);
        continue;
      }
      const to = (plane * p.plane + part * R * p.out_step + within) * 4;
      for (let k = 0; k < R; k++) {
        for (let half = 0; half < 2; half++) {
          const at = to + k * p.out_step * 4 + 2 * half;
          result[at] = y[2 * (half * R + k)];
          result[at + 1] = y[2 * (half * R + k) + 1];
        }
      }
    }
  },
});

/** Forms of a pass: the first along rows, the first along columns, a later one. */
const FIRST_OF_ROW = 0, FIRST_OF_COLUMN = 1, LATER = 2;

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

const programs = new Map<number, typeof fftProgram>();

/** The pass written out for one radix and form. */
function programOf(radix: number, form: number): typeof fftProgram {
  const key = radix * 3 + form;
  let known = programs.get(key);
  if (!known) {
    const [R, A, B] = RADICES.find(([one]) => one === radix)!, w = roots(R);
    const constants: Record<string, number> = {
      R,
      A,
      B,
      FIRST: form === LATER ? 0 : 1,
      LATER: form === LATER ? 1 : 0,
      PAIRS: form === FIRST_OF_ROW ? 1 : 0,
      APART: form === FIRST_OF_ROW ? 0 : 1,
    };
    for (let k = 0; k < R; k++) {
      constants[`COS_${k}`] = w[2 * k];
      constants[`SIN_${k}`] = w[2 * k + 1];
      constants[`HALF_${k}`] = Math.ceil(k / 2);
      constants[`REST_${k}`] = Math.floor(k / 2);
    }
    const forms = ["first of rows", "first of columns", "later"];
    known = { ...fftProgram, variant: `radix ${radix}, ${forms[form]}`, code: unroll(code, constants) };
    programs.set(key, known);
  }
  return known;
}

/**
 * Radices of the passes of a transform of n points: as few as possible, and the largest as small as possible. Along rows, where
 * neighbouring butterflies are done together, the first radix and the number of butterflies of every pass are even.
 */
function radicesOf(n: number, rows: boolean): number[] | undefined {
  let best: number[] | undefined;
  const extend = (left: number, chosen: readonly number[]) => {
    if (best && (chosen.length > best.length || (left > 1 && chosen.length === best.length))) return;
    if (left === 1) {
      if (!best || chosen.length < best.length || Math.max(...chosen) < Math.max(...best)) best = [...chosen];
      return;
    }
    for (const [radix] of RADICES) {
      if (left % radix !== 0) continue;
      if (rows && (n / radix % 2 !== 0 || (chosen.length === 0 && radix % 2 !== 0))) continue;
      extend(left / radix, [...chosen, radix]);
    }
  };
  extend(n, []);
  return best;
}

/** The smallest length of at least n that transforms fast: a multiple of 4 with no prime factor above 5. At least 4. */
export function goodSize(n: number): number {
  for (let size = Math.max(4, Math.ceil(n / 4) * 4);; size += 4) {
    let left = size;
    for (const prime of [2, 3, 5]) while (left % prime === 0) left /= prime;
    if (left === 1) return size;
  }
}

/** A pass along an axis. */
interface Pass {
  readonly radix: number;
  readonly form: number;
  /** Points of the transforms that are done already. */
  readonly done: number;
  readonly length: number;
}

function passesOf(length: number, rows: boolean): Pass[] {
  const radices = rows && length % 4 !== 0 ? undefined : radicesOf(length, rows);
  if (!radices) {
    throw new ParameterError(
      `Planes ${
        rows ? `${length} numbers wide` : `of ${length} rows`
      } cannot be transformed: lengths must have no prime factor ` +
        `above 5, and the width must be a multiple of 4; ${goodSize(length)} would do`,
    );
  }
  let done = 1;
  return radices.map((radix, i) => {
    const pass = { radix, form: i > 0 ? LATER : rows ? FIRST_OF_ROW : FIRST_OF_COLUMN, done, length };
    done *= radix;
    return pass;
  });
}

/** Twiddle factors exp(−2πip/(done·radix)) of a pass, p = 0, …, done − 1: along rows two neighbouring ones, along columns one twice. */
function twiddlesOf({ radix, done }: Pass, rows: boolean): number[] {
  const w: number[] = [];
  for (let p = 0; p < done; p++) {
    const angle = -2 * Math.PI * p / (done * radix), cosine = Math.cos(angle), sine = Math.sin(angle);
    w.push(cosine, sine);
    if (!rows) w.push(cosine, sine);
  }
  return w;
}

/**
 * The two-dimensional discrete Fourier transform of every plane of a batch. Forward: X[v][u] = Σ_y Σ_x x[y][x] e^{−2πi(ux/width + vy/height)},
 * unscaled. Inverse: with e^{+…} and divided by width·height, so that it undoes the forward transform. Both buffers are overwritten.
 * Rounding is below 10⁻⁶ of the largest value. Source: Stockham's self-sorting algorithm (Cochran et al. 1967, Proc. IEEE 55:1664).
 * @param data the planes
 * @param scratch another buffer of at least the same size
 * @param shape lengths without a prime factor above 5, the width a multiple of 4 (see `goodSize`)
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
  const { batch, width, height } = shape, vectors = width / 2;
  const rows = passesOf(width, true), columns = passesOf(height, false), passes = [...rows, ...columns];
  const table: number[] = [],
    firsts = passes.map((pass, i) => {
      const first = table.length / 4;
      if (pass.form === LATER) table.push(...twiddlesOf(pass, i < rows.length));
      return first;
    });
  const twiddles = compute.upload("fft twiddles", Float32Array.from(table));
  let from = data, to = scratch;
  passes.forEach(({ radix, form, done, length }, i) => {
    const isRow = i < rows.length, point = isRow ? 1 : vectors;
    // Vectors that hold the same point of neighbouring butterflies: half a butterfly each along rows, whole ones along columns.
    const butterflies = isRow ? length / radix / 2 : length / radix * vectors;
    const inverse = direction === "inverse", isLast = i === passes.length - 1;
    compute.run(programOf(radix, form), { data: from, twiddles, result: to }, {
      butterflies,
      plane: isRow ? vectors : height * vectors,
      in_step: butterflies,
      out_step: isRow ? Math.max(1, done / 2) : done * vectors,
      point,
      first_twiddle: firsts[i],
      sign_in: inverse && i === 0 ? -1 : 1,
      sign_out: inverse && isLast ? -1 : 1,
      scale: inverse && isLast ? 1 / (width * height) : 1,
      radix,
      form,
    }, batch * (isRow ? height : 1) * butterflies);
    [from, to] = [to, from];
  });
  twiddles.release();
  return from;
}
