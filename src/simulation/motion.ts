import { meanDisplacement } from "../core/mean_displacement.ts";
import type { LocalShifts, Shifts } from "../core/shifts.ts";
import { fluctuation } from "./fluctuation.ts";
import { Random } from "./random.ts";

/** How the tissue moves. */
export interface MotionOptions {
  /** Pixels per row of the field. */
  readonly width: number;
  /** Rows of the field. */
  readonly height: number;
  /** Frames. */
  readonly frames: number;
  /** Frames per second. */
  readonly frame_rate: number;
  /** Standard deviation of the displacement of the whole frame along each axis, pixels. */
  readonly motion_rigid: number;
  /** Standard deviation of the smooth local displacement that is added to it, pixels. */
  readonly motion_local: number;
  /** Time constant of both, seconds. */
  readonly motion_time: number;
  /** Jumps per 1000 frames. */
  readonly motion_jumps: number;
  /** Largest size of a jump, pixels. */
  readonly motion_jump: number;
  /** Length of a steady drift over the whole movie, pixels. */
  readonly motion_drift: number;
  /** Largest displacement along an axis, either way, pixels. */
  readonly motion_limit: number;
}

/** Streams of random numbers: what each part of the motion is drawn from. */
const WALK = 5, LOCAL = 6, JUMPS = 7, DRIFT = 8;
/** Nodes of the local displacement lie about this far apart, pixels; there are at least three each way. */
const NODE_SPACING = 64, FEWEST_NODES = 3;
/** Distance over which the local displacement loses its correlation (s.d. of a Gaussian), pixels: its slope is then s.d. / 128. */
const CORRELATION_LENGTH = 2 * NODE_SPACING;
/** Added to the variance of a node, so that neighbours that are nearly alike can still be told apart in numbers. */
const JITTER = 1e-6;
/** Fewest frames a jump lasts; the longest takes a second. */
const SHORTEST_JUMP = 3;

/**
 * Displacements of moving tissue, or undefined when nothing moves. The whole frame wanders (an Ornstein–Uhlenbeck process along each
 * axis), drifts, and jumps: a jump starts and ends from one frame to the next, lasts three frames to a second, and is half of
 * `motion_jump` to all of it long, in any direction. The local displacement is a Gaussian field in space, an Ornstein–Uhlenbeck
 * process in time. Both lie at rest on average over the movie. At the limit displacements are reflected (at the nodes, where they are local).
 *
 * With local motion `rigid` is the mean displacement over the field.
 */
export function simulateMotion(options: MotionOptions, seed: number): Shifts | undefined {
  const { width, height, frames } = options;
  const moves = options.motion_rigid > 0 || options.motion_local > 0 || options.motion_drift > 0 ||
    options.motion_jumps > 0 && options.motion_jump > 0;
  if (!moves) return undefined;
  const whole = wholeDisplacement(options, seed);
  const limit = options.motion_limit;
  if (!(options.motion_local > 0)) {
    return { width, height, frames, rigid: Float32Array.from(whole, (value) => reflect(value, limit)) };
  }
  const local = { width, height, frames, rigid: new Float32Array(0), local: localDisplacement(options, whole, seed) };
  return { ...local, rigid: meanDisplacement(local) };
}

/** A trace without its mean: tissue at rest is then tissue where it lies on average, as a template shows it. */
function aboutZero(trace: Float32Array): Float32Array {
  if (trace.length === 1) return trace;
  const mean = trace.reduce((sum, value) => sum + value, 0) / trace.length;
  return trace.map((value) => value - mean);
}

/** Wandering, drift and jumps of the frame as a whole, T×2. */
function wholeDisplacement(options: MotionOptions, seed: number): Float64Array {
  const { frames, frame_rate } = options;
  const whole = new Float64Array(2 * frames);
  const walk = new Random(seed, WALK), timeConstant = options.motion_time * frame_rate;
  const angle = new Random(seed, DRIFT).uniform(0, 2 * Math.PI), direction = [Math.cos(angle), Math.sin(angle)];
  for (const axis of [0, 1]) {
    const wander = aboutZero(fluctuation(frames, timeConstant, walk));
    for (let t = 0; t < frames; t++) {
      const gone = frames > 1 ? t / (frames - 1) - 0.5 : 0;
      whole[2 * t + axis] = options.motion_rigid * wander[t] + options.motion_drift * gone * direction[axis];
    }
  }
  const random = new Random(seed, JUMPS), longest = Math.max(SHORTEST_JUMP, Math.round(frame_rate));
  for (let t = 0; t < frames; t++) {
    if (random.uniform() >= options.motion_jumps / 1000) continue;
    const size = options.motion_jump * random.uniform(0.5, 1), heading = random.uniform(0, 2 * Math.PI);
    const end = Math.min(frames, t + SHORTEST_JUMP + random.index(longest - SHORTEST_JUMP + 1));
    for (; t < end; t++) {
      whole[2 * t] += size * Math.cos(heading);
      whole[2 * t + 1] += size * Math.sin(heading);
    }
  }
  return whole;
}

/** The displacement of the whole frame plus that of each node. */
function localDisplacement(options: MotionOptions, whole: Float64Array, seed: number): LocalShifts {
  const { frames } = options;
  const x = nodesAlong(options.width), y = nodesAlong(options.height);
  const across = correlationRoot(x), down = correlationRoot(y);
  const columns = x.length, rows = y.length, timeConstant = options.motion_time * options.frame_rate;
  const random = new Random(seed, LOCAL);
  const independent = Array.from(
    { length: 2 * rows * columns },
    () => aboutZero(fluctuation(frames, timeConstant, random)),
  );
  const values = new Float32Array(frames * rows * columns * 2);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (const axis of [0, 1]) {
        const trace = new Float64Array(frames);
        for (let j = 0; j <= row; j++) {
          for (let i = 0; i <= column; i++) {
            const weight = options.motion_local * down[row][j] * across[column][i];
            const source = independent[2 * (j * columns + i) + axis];
            for (let t = 0; t < frames; t++) trace[t] += weight * source[t];
          }
        }
        for (let t = 0; t < frames; t++) {
          const node = (t * rows + row) * columns + column;
          values[2 * node + axis] = reflect(whole[2 * t + axis] + trace[t], options.motion_limit);
        }
      }
    }
  }
  return { x, y, values };
}

/** Places of the nodes along an axis, from the first pixel to the last (to the third at least: nodes must not coincide). */
function nodesAlong(length: number): Float32Array {
  const count = Math.max(FEWEST_NODES, Math.round(length / NODE_SPACING) + 1), last = Math.max(length - 1, 2);
  return Float32Array.from({ length: count }, (_, i) => last * i / (count - 1));
}

/**
 * Lower triangular root of the nodes' correlations exp(−d²/2L²), by Cholesky's decomposition: it makes nodes that belong together of
 * independent ones. Correlations along x and y multiply, so that each axis needs its own root only.
 */
function correlationRoot(nodes: Float32Array): number[][] {
  const root: number[][] = [];
  nodes.forEach((place, row) => {
    const line: number[] = [];
    for (let column = 0; column <= row; column++) {
      const distance = (place - nodes[column]) / CORRELATION_LENGTH;
      let rest = (Math.exp(-0.5 * distance * distance) + (column === row ? JITTER : 0)) / (1 + JITTER);
      const other = column === row ? line : root[column];
      for (let k = 0; k < column; k++) rest -= line[k] * other[k];
      line.push(column === row ? Math.sqrt(rest) : rest / root[column][column]);
    }
    root.push(line);
  });
  return root;
}

/** Reflects a value at ±limit, as often as it takes. */
export function reflect(value: number, limit: number): number {
  if (Math.abs(value) <= limit) return value;
  const period = 4 * limit, phase = (((value + limit) % period) + period) % period;
  return phase <= 2 * limit ? phase - limit : 3 * limit - phase;
}
