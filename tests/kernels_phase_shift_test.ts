/** Moving frames by their spectrum, against trigonometric interpolation written out as sums over samples. */
import assert from "node:assert/strict";
import type { Compute } from "../src/gpu/compute.ts";
import { packPairs } from "../src/kernels/pack_pairs.ts";
import { pitchOf, stackBytes, type StackShape, unpad } from "../src/kernels/stack.ts";
import { shiftFft, shiftPlanes } from "../src/kernels/shift_fft.ts";
import { backends, backendTest, randomStack, relativeError, TRIAL_SHAPES, uniform } from "./backends.ts";

/** How much a sample counts at a distance, in periodic data of an even length (the Dirichlet kernel with a real highest frequency). */
function dirichlet(distance: number, length: number): number {
  const s = distance - Math.round(distance / length) * length;
  return Math.abs(s) < 1e-12 ? 1 : Math.sin(Math.PI * s) / (length * Math.tan(Math.PI * s / length));
}

/** A line made longer: from its last sample linearly back to its first. */
function longer(line: number[], length: number): number[] {
  const first = line[0], last = line[line.length - 1], gap = length - line.length + 1;
  return Array.from({ length }, (_, i) => {
    return i < line.length ? line[i] : last + (first - last) * (i - line.length + 1) / gap;
  });
}

/** Samples of a line moved by d, of the periodic continuation of `longer`. */
function movedLine(line: number[], length: number, d: number): number[] {
  const all = longer(line, length);
  return line.map((_, x) => all.reduce((sum, value, i) => sum + value * dirichlet(x + d - i, length), 0));
}

/** A frame moved by d, its border included. */
function expected(
  frame: Float32Array,
  width: number,
  height: number,
  d: readonly number[],
  fill?: number,
): Float32Array {
  const planes = shiftPlanes({ width, height });
  const rows = Array.from({ length: height }, (_, y) => {
    return movedLine([...frame.subarray(y * width, (y + 1) * width)], planes.width, d[0]);
  });
  const columns = Array.from({ length: width }, (_, x) => movedLine(rows.map((row) => row[x]), planes.height, d[1]));
  const nearest = (at: number, shift: number, length: number) => {
    const inside = Array.from({ length }, (_, i) => i).filter((i) => i + shift >= 0 && i + shift <= length - 1);
    return inside.length === 0 ? undefined : Math.min(Math.max(at, inside[0]), inside[inside.length - 1]);
  };
  return frame.map((_, i) => {
    const x = i % width, y = Math.floor(i / width), u = nearest(x, d[0], width), v = nearest(y, d[1], height);
    if ((u !== x || v !== y) && fill !== undefined) return fill;
    // Where no pixel has its place inside there is nothing to compare with.
    return u === undefined || v === undefined ? NaN : columns[u][v];
  });
}

function frameOf(stack: Float32Array, frame: number, { width, height }: StackShape): Float32Array {
  const size = height * pitchOf(width);
  return unpad(stack.subarray(frame * size, (frame + 1) * size), width, height);
}

async function shifted(
  compute: Compute,
  shape: StackShape,
  stack: Float32Array,
  d: Float32Array,
  fill?: Float32Array,
): Promise<Float32Array> {
  const buffers = [stack, d, fill ?? new Float32Array(1)].map((data) => compute.upload("input", data));
  // Pixels that are not written would show.
  const moved = compute.upload("moved", new Float32Array(stackBytes(shape) / 4).fill(12345));
  shiftFft(compute, buffers[0], moved, shape, buffers[1], fill && buffers[2]);
  const [bytes] = await compute.read(moved);
  for (const buffer of [...buffers, moved]) buffer.release();
  const padded = new Float32Array(bytes).subarray(0, stack.length), pitch = pitchOf(shape.width);
  assert(padded.every((value, i) => i % pitch < shape.width || value === 0), "padding is 0");
  return padded;
}

for (const [seed, shape] of [...TRIAL_SHAPES, { frames: 37, width: 6, height: 9 }].entries()) {
  const { frames, width, height } = shape;
  backendTest(`shiftFft: ${frames} frames of ${width}x${height}`, async () => {
    const stack = randomStack(seed, shape, 50, 100), next = uniform(seed);
    const d = Float32Array.from({ length: 2 * frames }, (_, i) => i === 0 ? 1 : i === 1 ? -0.5 : 5 * next() - 2.5);
    const fill = Float32Array.from({ length: frames }, (_, frame) => -frame);
    for (const compute of await backends()) {
      for (const border of [undefined, fill]) {
        const moved = await shifted(compute, shape, stack, d, border);
        for (let frame = 0; frame < frames; frame++) {
          const place = [d[2 * frame], d[2 * frame + 1]];
          const values = expected(frameOf(stack, frame, shape), width, height, place, border?.[frame]);
          const pairs = [...frameOf(moved, frame, shape)].map((value, i) => [value, values[i]]);
          const known = pairs.filter(([, value]) => !Number.isNaN(value));
          const error = relativeError(known.map(([value]) => value), known.map(([, value]) => value));
          assert(error < 5e-6, `frame ${frame}, ${border ? "filled" : "copied"}, on ${compute.backend}: ${error}`);
        }
      }
    }
  });
}

backendTest("shiftFft: whole-number displacements give the samples, and none the frame", async () => {
  const shape = { frames: 3, width: 26, height: 21 }, stack = randomStack(8, shape, 0, 1000);
  for (const compute of await backends()) {
    const moved = await shifted(
      compute,
      shape,
      stack,
      Float32Array.of(0, 0, 4, -7, -3, 0),
      Float32Array.of(-1, -1, -1),
    );
    [[0, 0], [4, -7], [-3, 0]].forEach(([dx, dy], frame) => {
      const from = frameOf(stack, frame, shape), to = frameOf(moved, frame, shape);
      to.forEach((value, i) => {
        const x = i % 26 + dx, y = Math.floor(i / 26) + dy;
        const wanted = x < 0 || y < 0 || x > 25 || y > 20 ? -1 : from[y * 26 + x];
        assert(
          Math.abs(value - wanted) < 0.003,
          `frame ${frame}, pixel ${i} on ${compute.backend}: ${value}, not ${wanted}`,
        );
      });
    });
  }
});

backendTest("shiftFft: long stacks are done in parts, each with its own displacements", async () => {
  // More than 32 MiB of planes.
  const shape = { frames: 230, width: 180, height: 180 }, planes = shiftPlanes(shape);
  assert(
    planes.width * planes.height * 8 * 115 > 32 * 2 ** 20 && planes.width * planes.height * 8 * 115 < 64 * 2 ** 20,
  );
  const stack = randomStack(9, { ...shape, frames: 1 }), all = new Float32Array(stack.length * 230);
  for (let frame = 0; frame < 230; frame++) all.set(stack, frame * stack.length);
  const d = Float32Array.from({ length: 460 }, (_, i) => i % 2 === 0 ? Math.floor(i / 2) % 23 - 11 : 0);
  const compute = (await backends()).at(-1)!, moved = await shifted(compute, shape, all, d, new Float32Array(230));
  const from = frameOf(stack, 0, shape);
  for (const frame of [0, 1, 100, 227, 228, 229]) {
    const values = from.map((_, i) => {
      const x = i % 180 + d[2 * frame];
      return x < 0 || x > 179 ? 0 : from[i + d[2 * frame]];
    });
    const error = relativeError(frameOf(moved, frame, shape), values);
    assert(error < 5e-6, `frame ${frame} on ${compute.backend}: ${error}`);
  }
});

backendTest("packPairs: planes go on without a jump", async () => {
  const shape = { frames: 3, width: 3, height: 2 },
    stack = Float32Array.of(
      ...[0, 1, 2, 0, 4, 5, 6, 0],
      ...[9, 9, 9, 0, 9, 9, 9, 0],
      ...[7, 7, 7, 0, 7, 7, 7, 0],
    );
  for (const compute of await backends()) {
    const from = compute.upload("stack", stack), planes = compute.upload("planes", new Float32Array(64).fill(123));
    packPairs(compute, from, planes, { frame: shape, width: 4, height: 4, first: 0, count: 3 });
    const values = [...new Float32Array((await compute.read(planes))[0])].map((value) =>
      Math.round(value * 1000) / 1000
    );
    from.release();
    planes.release();
    const even = values.filter((_, i) => i % 2 === 0), odd = values.filter((_, i) => i % 2 === 1);
    assert.deepEqual(even.slice(0, 16), [
      ...[0, 1, 2, 1],
      ...[4, 5, 6, 5],
      ...[2.667, 3.667, 4.667, 3.667],
      ...[1.333, 2.333, 3.333, 2.333],
    ]);
    assert.deepEqual(odd.slice(0, 16), new Array(16).fill(9));
    assert.deepEqual(even.slice(16), new Array(16).fill(7));
    assert.deepEqual(odd.slice(16), new Array(16).fill(0), "nothing goes with the last frame");
  }
});
