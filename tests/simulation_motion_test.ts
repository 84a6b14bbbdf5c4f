import assert from "node:assert/strict";
import { meanDisplacement } from "../src/core/mean_displacement.ts";
import { displacementAt, type Shifts } from "../src/core/shifts.ts";
import type { Truth } from "../src/core/truth.ts";
import { unpackFootprints } from "../src/core/footprints.ts";
import { reflect, simulateMotion } from "../src/simulation/motion.ts";
import { peakPixel } from "../src/simulation/cells.ts";
import { SIMULATION_PRESETS } from "../src/simulation/presets.ts";
import { simulate, type SimulationOptions } from "../src/simulation/simulate.ts";
import { warpBy } from "../src/simulation/warp.ts";

const FIELD: SimulationOptions = { width: 96, height: 80, frames: 40, cells: 20, seed: 11 };

async function framesOf(options: SimulationOptions): Promise<{ movie: Uint16Array; truth: Truth; margin: number }> {
  const { source, truth, options: { margin } } = simulate(options);
  const movie = new Uint16Array(truth.frames * truth.width * truth.height);
  await source.read(0, truth.frames, movie);
  return { movie, truth, margin };
}

async function digest(...arrays: ArrayBufferView[]): Promise<string> {
  const bytes = await new Blob(arrays as BlobPart[]).arrayBuffer();
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("movies of tissue at rest have the bytes they had before tissue could move", async () => {
  // Digests of the movie and its truth, recorded with the simulator of version 0.1.0.
  const known: [SimulationOptions, string][] = [
    [
      { width: 61, height: 47, frames: 30, cells: 12, seed: 5, vessels: 2 },
      "1ec66d0f833a8ae8f8a9f7d5dbf454fafb93468a04158f01c571eb9ed2adf4b8",
    ],
    [
      { width: 64, height: 56, frames: 40, cells: 15, seed: 5, ar_order: 2, fraction_close: 0.3 },
      "ce41b8c44b89f29c4e0b3128e627f334661dd8aa77fa235d2337515d5fb0c0ae",
    ],
    [SIMULATION_PRESETS.small, "49f344dd9026eabb8174380616e74bc63291d6b49c1e1d51fa3f3885c71c407d"],
    [{ ...SIMULATION_PRESETS.hard, frames: 200 }, "7334ef5f3e289022d28104fb212211afb3fe96d47448dcceeb72badfa9fe6872"],
  ];
  for (const [options, expected] of known) {
    const { movie, truth: { footprints, ...truth } } = await framesOf(options);
    assert.equal("motion" in truth, false);
    const { starts, pixels, values } = footprints, { calcium, spikes, ar, snr, b0, noise } = truth;
    assert.equal(await digest(movie, starts, pixels, values, calcium, spikes, ar, snr, b0, noise), expected);
  }
});

Deno.test("any range of a moving movie reads the same, in any order, from any copy", async () => {
  for (const motion of [{ motion_rigid: 2 }, { motion_rigid: 1, motion_local: 2 }]) {
    const { movie } = await framesOf({ ...FIELD, ...motion });
    const { source } = simulate({ ...FIELD, ...motion });
    for (const [start, count] of [[39, 1], [0, 1], [7, 20]]) {
      const part = new Uint16Array(count * 96 * 80);
      await source.read(start, count, part);
      assert.deepEqual(part, movie.slice(start * 96 * 80, (start + count) * 96 * 80));
    }
  }
});

Deno.test("the same margin without motion gives the same tissue, and a truth that differs in the motion alone", async () => {
  const moving = await framesOf({ ...FIELD, motion_rigid: 2, motion_local: 1 });
  const still = await framesOf({ ...FIELD, margin: moving.margin });
  const { motion, ...rest } = moving.truth;
  assert.ok(motion?.local);
  assert.deepEqual(rest, still.truth);
  assert.notDeepEqual(moving.movie, still.movie);
  // A displacement of 0 interpolates nothing: it is the still movie but for the last rounding.
  const { source } = simulate({ ...FIELD, motion_rigid: 1e-9, margin: moving.margin });
  const unmoved = new Uint16Array(still.movie.length);
  await source.read(0, FIELD.frames!, unmoved);
  let different = 0;
  unmoved.forEach((value, i) => {
    assert.ok(Math.abs(value - still.movie[i]) <= 1);
    different += Number(value !== still.movie[i]);
  });
  assert.ok(different < 0.002 * unmoved.length, `${different} pixels are rounded to another count`);
});

/** A scene of known light: a vessel as narrow as they come, a cell and fine structure. */
function light(x: number, y: number): number {
  const vessel = 1 - 0.3 * Math.exp(-0.5 * ((0.8 * (x - 40) + 0.6 * (y - 30)) / 1.56) ** 2);
  const cell = 150 * Math.exp(-((x - 60) ** 2 + (y - 50) ** 2) / 18);
  return 1600 * vessel * (1 + 0.05 * Math.sin(x / 2.5) * Math.sin(y / 2.3)) + cell;
}

Deno.test("tissue is found where the displacements say, to a small part of the noise", () => {
  const width = 96, height = 80, margin = 16, frames = 12;
  const local = simulateMotion({ ...simulate({ ...FIELD, frames, motion_rigid: 3, motion_local: 3 }).options }, 3)!;
  const rigid: Shifts = { width, height, frames, rigid: local.rigid };
  const moved = new Float32Array(width * height), sceneWidth = width + 2 * margin;
  for (const shifts of [rigid, local]) {
    const warp = warpBy(shifts, margin);
    let squares = 0, largest = 0;
    for (let t = 0; t < frames; t++) {
      const scene = Float32Array.from(
        { length: sceneWidth * (height + 2 * margin) },
        (_, i) => light(i % sceneWidth - margin, Math.floor(i / sceneWidth) - margin),
      );
      warp.apply(scene, t, moved);
      moved.forEach((value, pixel) => {
        const x = pixel % width, y = Math.floor(pixel / width);
        // The place p that is shown at (x, y), p + d(p) = (x, y), to the last digit.
        let px = x, py = y;
        for (let step = 0; step < 40; step++) {
          const [dx, dy] = displacementAt(shifts, t, px, py);
          px = x - dx;
          py = y - dy;
        }
        const error = Math.abs(value - light(px, py));
        squares += error * error / moved.length / frames;
        largest = Math.max(largest, error);
      });
    }
    // The noise of such light is 20 counts.
    assert.ok(Math.sqrt(squares) < 0.1, `interpolation is off by ${Math.sqrt(squares)} counts`);
    assert.ok(largest < 1, `at the vessel by ${largest} counts`);
  }
});

/** Where a window of one image, its mean over 9×9 pixels taken away, lies in another: brute force, and a quadratic fit for the fraction. */
function correlate(still: Float64Array, moved: Float64Array, pitch: number, window: number[]): [number, number] {
  const [left, top, right, bottom] = window, reach = 9;
  const fine = (image: Float64Array, x: number, y: number) => {
    let sum = 0;
    for (let j = -4; j <= 4; j++) for (let i = -4; i <= 4; i++) sum += image[(y + j) * pitch + x + i];
    return image[y * pitch + x] - sum / 81;
  };
  const patch = (image: Float64Array, dx: number, dy: number) => {
    const values: number[] = [];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) values.push(fine(image, x + dx, y + dy));
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return values.map((value) => value / norm);
  };
  const wanted = patch(still, 0, 0);
  const likeness = (dx: number, dy: number) =>
    patch(moved, dx, dy).reduce((sum, value, i) => sum + value * wanted[i], 0);
  let best = { dx: 0, dy: 0, value: -1 };
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const value = likeness(dx, dy);
      if (value > best.value) best = { dx, dy, value };
    }
  }
  // The top of the quadratic function through the nine values around the best.
  const { dx, dy, value } = best, at = (i: number, j: number) => likeness(dx + i, dy + j);
  const slopeX = (at(1, 0) - at(-1, 0)) / 2, slopeY = (at(0, 1) - at(0, -1)) / 2;
  const xx = at(1, 0) - 2 * value + at(-1, 0), yy = at(0, 1) - 2 * value + at(0, -1);
  const xy = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / 4, determinant = xx * yy - xy * xy;
  return [dx - (yy * slopeX - xy * slopeY) / determinant, dy - (xx * slopeY - xy * slopeX) / determinant];
}

/** A frame taken back to the template: every pixel p from p + d(p), linearly interpolated; 0 where that lies outside. */
function takenBack(frame: Float64Array, shifts: Shifts, t: number): Float64Array {
  const { width, height } = shifts;
  return frame.map((_, pixel) => {
    const x = pixel % width, y = Math.floor(pixel / width), [dx, dy] = displacementAt(shifts, t, x, y);
    const left = Math.floor(x + dx), top = Math.floor(y + dy), u = x + dx - left, v = y + dy - top;
    if (left < 0 || top < 0 || left > width - 2 || top > height - 2) return 0;
    const i = top * width + left;
    return (1 - v) * ((1 - u) * frame[i] + u * frame[i + 1]) +
      v * ((1 - u) * frame[i + width] + u * frame[i + width + 1]);
  });
}

Deno.test("displacements that are known are found again in frames without noise", async () => {
  const options = {
    ...FIELD,
    gain: 0,
    read_noise: 0.1,
    snr: 1000,
    vessels: 0,
    frames: 4,
    motion_limit: 6,
    seed: 4,
  };
  for (const motion of [{ motion_rigid: 3 }, { motion_rigid: 2, motion_local: 3 }]) {
    const moving = await framesOf({ ...options, ...motion });
    const still = await framesOf({ ...options, margin: moving.margin });
    const { motion: shifts, width, height } = moving.truth, pixels = width * height;
    for (let t = 0; t < 4; t++) {
      const a = Float64Array.from(still.movie.subarray(t * pixels, (t + 1) * pixels));
      const b = Float64Array.from(moving.movie.subarray(t * pixels, (t + 1) * pixels));
      const near = ([x, y]: number[], [wantedX, wantedY]: number[], most: number) =>
        assert.ok(
          Math.hypot(x - wantedX, y - wantedY) < most,
          `frame ${t}: (${x}, ${y}), not (${wantedX}, ${wantedY})`,
        );
      if (!shifts!.local) near(correlate(a, b, width, [16, 16, 80, 64]), displacementAt(shifts!, t, 0, 0), 0.03);
      // What was moved by the truth and taken back lies where it lay, everywhere.
      const back = takenBack(b, shifts!, t);
      for (const window of [[20, 20, 48, 40], [48, 40, 76, 60]]) near(correlate(a, back, width, window), [0, 0], 0.06);
    }
  }
});

const MOTION = {
  width: 256,
  height: 192,
  frames: 4000,
  frame_rate: 10,
  motion_rigid: 0,
  motion_local: 0,
  motion_time: 1,
  motion_jumps: 0,
  motion_jump: 10,
  motion_drift: 0,
  motion_limit: 20,
};

const axisOf = (values: Float32Array, axis: number) => Float64Array.from(values.filter((_, i) => i % 2 === axis));
const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const productOf = (a: Float64Array, b: Float64Array) => meanOf(a.map((value, i) => value * b[i]));

Deno.test("rigid motion wanders as asked, and each kind of motion leaves the others alone", () => {
  assert.equal(simulateMotion(MOTION, 1), undefined);
  const walk = simulateMotion({ ...MOTION, motion_rigid: 2.5 }, 1)!;
  assert.equal(walk.local, undefined);
  const x = axisOf(walk.rigid, 0), y = axisOf(walk.rigid, 1);
  for (const axis of [x, y]) {
    assert.ok(Math.abs(meanOf(axis)) < 1e-4, "at rest on average");
    const deviation = Math.sqrt(productOf(axis, axis));
    // 4000 frames hold about 200 independent displacements.
    assert.ok(Math.abs(deviation - 2.5) < 0.5, `s.d. ${deviation}`);
    const later = productOf(axis.subarray(10), axis.subarray(0, -10)) / deviation ** 2;
    assert.ok(Math.abs(later - Math.exp(-1)) < 0.15, `correlation after a second: ${later}`);
  }
  assert.ok(Math.abs(productOf(x, y)) < 0.25 * 2.5 ** 2, "the axes are independent");
  const both = simulateMotion({ ...MOTION, motion_rigid: 2.5, motion_drift: 6, motion_limit: 30 }, 1)!;
  const drift = both.rigid.map((value, i) => value - walk.rigid[i]);
  const length = Math.hypot(drift.at(-2)! - drift[0], drift.at(-1)! - drift[1]);
  assert.ok(Math.abs(length - 6) < 1e-4, `the tissue drifts by ${length}`);
  assert.ok(Math.abs(drift[4000] - (drift[0] + drift.at(-2)!) / 2) < 1e-2, "steadily");
  assert.notDeepEqual(simulateMotion({ ...MOTION, motion_rigid: 2.5 }, 2), walk);
});

Deno.test("jumps are as many, as long and as large as asked, and the tissue comes back", () => {
  const { rigid } = simulateMotion({ ...MOTION, motion_jumps: 8, motion_jump: 12 }, 5)!;
  const jumps: { frames: number; x: number; y: number }[] = [];
  for (let t = 0; t < MOTION.frames; t++) {
    const x = rigid[2 * t], y = rigid[2 * t + 1], last = jumps.at(-1);
    if (x === 0 && y === 0) continue;
    if (last && t > 0 && rigid[2 * t - 2] === x && rigid[2 * t - 1] === y) last.frames++;
    else jumps.push({ frames: 1, x, y });
  }
  assert.ok(jumps.length > 15 && jumps.length < 50, `${jumps.length} jumps; about 30 expected`);
  for (const { frames, x, y } of jumps) {
    const size = Math.hypot(x, y);
    assert.ok(size > 6 - 1e-4 && size < 12 + 1e-4, `a jump of ${size}`);
    assert.ok(frames >= 3 && frames <= 10, `${frames} frames`);
  }
  for (const axis of [1, -1]) {
    assert.ok(jumps.some(({ x }) => axis * x > 3) && jumps.some(({ y }) => axis * y > 3), "in every direction");
  }
});

Deno.test("no displacement passes the limit", () => {
  assert.deepEqual([0.5, 3, 4, 5, 9, 10, -4, -15].map((value) => reflect(value, 3)), [0.5, 3, 2, 1, -3, -2, -2, -3]);
  const limited = { ...MOTION, motion_rigid: 4, motion_jumps: 20, motion_drift: 10, motion_limit: 5 };
  const { rigid } = simulateMotion(limited, 3)!;
  assert.ok(rigid.every((value) => Math.abs(value) <= 5) && rigid.some((value) => Math.abs(value) > 4.9));
  const { local } = simulateMotion({ ...limited, motion_local: 2 }, 3)!;
  assert.ok(local!.values.every((value) => Math.abs(value) <= 5));
});

Deno.test("local motion is as strong as asked, smooth, never folded, and rigid is its mean", () => {
  const frames = 400, strong = { ...MOTION, frames, motion_local: 8, motion_limit: 1000, motion_time: 0.2 };
  const motion = simulateMotion(strong, 6)!, { local, rigid } = motion;
  assert.deepEqual([local!.x.length, local!.y.length, local!.x.at(-1), local!.y.at(-1)], [5, 4, 255, 191]);
  const values = Float64Array.from(local!.values);
  const deviation = Math.sqrt(productOf(values, values));
  assert.ok(Math.abs(deviation - 8) < 1.5, `s.d. ${deviation}`);
  let smallest = Infinity, sum = 0;
  for (let t = 0; t < frames; t++) {
    for (let y = 2; y < 190; y += 11) {
      for (let x = 2; x < 254; x += 11) {
        const at = displacementAt(motion, t, x, y);
        const [rightX, rightY] = displacementAt(motion, t, x + 1, y),
          [downX, downY] = displacementAt(motion, t, x, y + 1);
        // Area that a pixel has after moving: 0 or less where the tissue folds.
        const area = (1 + rightX - at[0]) * (1 + downY - at[1]) - (rightY - at[1]) * (downX - at[0]);
        smallest = Math.min(smallest, area);
      }
    }
    const [dx, dy] = displacementAt(motion, t, 127.5, 95.5);
    sum += Math.hypot(dx - rigid[2 * t], dy - rigid[2 * t + 1]) / frames;
  }
  assert.ok(smallest > 0.3, `a pixel shrinks to ${smallest} of its area`);
  assert.ok(
    sum > 0.5 && sum < 8,
    `the middle moves ${sum} pixels from the mean: motion is local, but most of it common`,
  );

  const { rigid: mean } = motion;
  let x = 0, y = 0;
  for (let py = 0; py < 192; py++) {
    for (let px = 0; px < 256; px++) {
      const [dx, dy] = displacementAt(motion, 17, px, py);
      x += dx / 256 / 192;
      y += dy / 256 / 192;
    }
  }
  assert.ok(Math.abs(x - mean[34]) < 1e-4 && Math.abs(y - mean[35]) < 1e-4, "rigid is the mean over all pixels");
  assert.deepEqual(meanDisplacement(motion), mean);
  assert.equal(meanDisplacement({ ...motion, local: undefined }), mean);
});

Deno.test("the truth of a larger scene is what the field shows of it", async () => {
  const options = { ...FIELD, cells: 30, margin: 14, background_amplitude: 0, bleaching: 0, frames: 300 };
  const { movie, truth } = await framesOf(options);
  const { width, height, frames, footprints, calcium, b0, noise, snr } = truth, pixels = width * height;
  assert.ok(footprints.count > 20 && footprints.count < 40, `${footprints.count} cells in the field, 30 on average`);
  assert.deepEqual([footprints.width, footprints.height, b0.length, noise.length], [width, height, pixels, pixels]);
  const sorted = Array.from(snr).sort((a, b) => a - b), middle = sorted.length / 2;
  assert.ok(Math.abs((sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2 - 8) < 1e-9);
  const residual = Float64Array.from(movie, (value, i) => value - b0[i % pixels]);
  unpackFootprints(footprints).forEach((cell, k) => {
    assert.equal(cell.values.reduce((a, b) => Math.max(a, b)), 1);
    const trace = calcium.subarray(k * frames, (k + 1) * frames), peak = trace.reduce((a, b) => Math.max(a, b));
    assert.ok(Math.abs(peak / noise[peakPixel(cell)] - snr[k]) < 1e-4 * snr[k]);
    for (let t = 0; t < frames; t++) {
      cell.pixels.forEach((pixel, i) => residual[t * pixels + pixel] -= cell.values[i] * trace[t]);
    }
  });
  // Away from the border, where cells may reach in that are not in the truth, nothing but noise is left.
  let squares = 0, count = 0, means = 0;
  for (let y = 12; y < height - 12; y++) {
    for (let x = 12; x < width - 12; x++, count++) {
      const p = y * width + x;
      let sum = 0;
      for (let t = 0; t < frames; t++) {
        sum += residual[t * pixels + p];
        squares += (residual[t * pixels + p] / noise[p]) ** 2 / frames;
      }
      means += (sum / noise[p]) ** 2 / frames;
    }
  }
  assert.ok(squares / count > 0.99 && squares / count < 1.03, `variance of the residual: ${squares / count}`);
  assert.ok(Math.abs(means / count - 1) < 0.15, `its means: ${means / count}`);
});

Deno.test("tiny fields can move; margins too small and motion out of range are refused", async () => {
  for (const motion of [{ motion_rigid: 2 }, { motion_local: 2 }, { motion_jumps: 900, motion_jump: 3 }]) {
    const { movie, truth } = await framesOf({ width: 1, height: 2, frames: 3, cells: 0, ...motion });
    assert.ok(truth.motion && movie.every((value) => value > 0));
  }
  const walk = { ...FIELD, motion_rigid: 3 };
  assert.throws(
    () => simulate({ ...walk, margin: 4 }),
    /margin is 4, but the tissue moves by up to [\d.]+ pixels; make it at least \d+, or leave it out/,
  );
  assert.throws(() => simulate({ motion_local: 9 }), /motion_local is 9; it has to be a number from 0 to 8/);
  assert.throws(() => simulate({ motion_rigid: -1 }), /motion_rigid is -1/);
  assert.throws(() => simulate({ margin: 1.5 }), /margin is 1.5; it has to be a whole number from 0 to 2000/);
});
