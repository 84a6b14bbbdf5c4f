/** Between the samples of a correlation: where its peak is. */
import assert from "node:assert/strict";
import { findPeak } from "../src/motion/peak.ts";
import { uniform } from "./backends.ts";

/** Samples of a function at whole lags from −reach to reach. */
function sampled(reach: number, value: (x: number, y: number) => number): Float32Array {
  const side = 2 * reach + 1;
  return Float32Array.from({ length: side * side }, (_, i) => value(i % side - reach, Math.floor(i / side) - reach));
}

/** Places from −most to most along each axis. */
function places(most: number, count: number, seed: number): [number, number][] {
  const next = uniform(seed);
  return Array.from({ length: count }, () => [most * (2 * next() - 1), most * (2 * next() - 1)]);
}

Deno.test("the peak of a Gaussian is found wherever it lies within the limit", () => {
  // Four lags beyond the limit, as registration has them: the spline knows nothing of what lies further out.
  const reach = 10, limit = 6;
  for (const [sigma, tolerance, atLimit] of [[1.5, 2e-3, 4e-3], [2, 4e-4, 2e-2], [3, 5e-3, 5e-2]]) {
    const near: [number, number][] = [[5.99, -5.99], [-6, 6], [5.5, 0], [0, -5.5], [0, 0], [0.5, 0.5], [-0.5, 2.5]];
    for (const [x0, y0] of [...places(limit, 60, 3), ...near]) {
      const window = sampled(reach, (x, y) => 900 * Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma ** 2)) - 40);
      const { x, y } = findPeak(window, reach, limit);
      const error = Math.max(Math.abs(x - x0), Math.abs(y - y0));
      const isFar = Math.max(Math.abs(x0), Math.abs(y0)) > limit - 2;
      assert.ok(error < (isFar ? atLimit : tolerance), `s.d. ${sigma}, ${x0}, ${y0}: ${x}, ${y}`);
    }
  }
});

Deno.test("the peak of a slanted, elongated hill is found, and of a band-limited function", () => {
  const reach = 9;
  for (const [x0, y0] of places(4.9, 40, 5)) {
    const hill = findPeak(
      sampled(reach, (x, y) => {
        const u = x - x0, v = y - y0;
        return Math.exp(-(u * u + v * v + 1.2 * u * v) / 12);
      }),
      reach,
      5,
    );
    const isFar = Math.max(Math.abs(x0), Math.abs(y0)) > 3;
    assert.ok(
      Math.hypot(hill.x - x0, hill.y - y0) < (isFar ? 8e-2 : 8e-3),
      `hill at ${x0}, ${y0}: ${hill.x}, ${hill.y}`,
    );
    // Frequencies up to a quarter of the sampling rate; a single highest maximum at the place.
    const wave = (u: number) => 1 + Math.cos(u * Math.PI / 6) + 0.6 * Math.cos(u * Math.PI / 4) + Math.cos(u / 9);
    const band = findPeak(sampled(reach, (x, y) => wave(x - x0) * wave(y - y0)), reach, 5);
    assert.ok(
      Math.hypot(band.x - x0, band.y - y0) < (isFar ? 3e-2 : 3e-3),
      `band at ${x0}, ${y0}: ${band.x}, ${band.y}`,
    );
  }
});

Deno.test("limits between whole lags hold, and a peak beyond the limit ends at it", () => {
  const reach = 8;
  const gaussian = (x0: number, y0: number) => sampled(reach, (x, y) => Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 8));
  const inside = findPeak(gaussian(3.4, -3.45), reach, 3.5);
  assert.ok(Math.hypot(inside.x - 3.4, inside.y + 3.45) < 5e-3, `${inside.x}, ${inside.y}`);
  for (const [x0, y0] of [[7, 0], [4.2, -1], [5, 5], [-6.5, 6.5], [8, 8]]) {
    for (const limit of [3, 3.5]) {
      const { x, y } = findPeak(gaussian(x0, y0), reach, limit);
      assert.ok(Math.abs(x) <= limit && Math.abs(y) <= limit, `${x0}, ${y0}: ${x}, ${y}`);
      // At or near the limit it was stopped by: that is how frames at the limit are known.
      const atX = Math.abs(x0) <= limit || Math.abs(x - Math.sign(x0) * limit) < 0.6;
      const atY = Math.abs(y0) <= limit || Math.abs(y - Math.sign(y0) * limit) < 0.6;
      assert.ok(atX && atY, `${x0}, ${y0}, limit ${limit}: ${x}, ${y}`);
    }
  }
  // A higher peak beyond the limit does not hide the one within.
  const two = sampled(reach, (x, y) => {
    const at = (x0: number, y0: number) => Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 4.5);
    return 3 * at(7, 7) + at(-1.25, 0.5);
  });
  const { x, y } = findPeak(two, reach, 3);
  assert.ok(Math.hypot(x + 1.25, y - 0.5) < 2e-3, `${x}, ${y}`);
});

Deno.test("a flat correlation is no displacement, and nothing ever is NaN or beyond the limit", () => {
  for (const level of [0, 1, -3e4, 1e30]) {
    assert.deepEqual(findPeak(sampled(5, () => level), 5, 3), { x: 0, y: 0 });
    const ramp = findPeak(sampled(5, (x) => level + x), 5, 3);
    assert.ok(Number.isFinite(ramp.x) && Math.abs(ramp.x) <= 3 && Math.abs(ramp.y) <= 3, `${ramp.x}, ${ramp.y}`);
  }
  for (const [reach, limit] of [[1, 1], [2, 1], [5, 2.5], [24, 20]]) {
    for (let seed = 1; seed <= 30; seed++) {
      const next = uniform(seed), { x, y } = findPeak(sampled(reach, () => 1e6 * (next() - 0.5)), reach, limit);
      assert.ok(Math.abs(x) <= limit && Math.abs(y) <= limit, `reach ${reach}, seed ${seed}: ${x}, ${y}`);
    }
  }
  // Ridges have no single peak along their length.
  for (const along of [[1, 0], [0, 1], [1, 1], [1, -1]]) {
    const { x, y } = findPeak(sampled(6, (u, v) => Math.exp(-((u * along[0] + v * along[1]) ** 2) / 4)), 6, 4);
    assert.ok(Math.abs(x) <= 4 && Math.abs(y) <= 4, `${x}, ${y}`);
  }
});
