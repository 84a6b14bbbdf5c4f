/** The lines around footprints. */
import assert from "node:assert/strict";
import { footprintCentre } from "../src/core/footprints.ts";
import { footprintOutlines } from "../src/results/footprint_outline.ts";
import { seededRandom } from "./fake_extraction.ts";

const WIDTH = 12;

function footprint(at: readonly (readonly [x: number, y: number, value: number])[]) {
  const sorted = [...at].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  return {
    pixels: Uint32Array.from(sorted, ([x, y]) => y * WIDTH + x),
    values: Float32Array.from(sorted, ([, , value]) => value),
  };
}

/** Signed area within a closed line. */
function area(line: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < line.length; i += 2) {
    const j = (i + 2) % line.length;
    sum += line[i] * line[j + 1] - line[j] * line[i + 1];
  }
  return sum / 2;
}

Deno.test("the outline of a square of equal weights runs half-way to the pixels around it", () => {
  const square = footprint([3, 4, 5].flatMap((x) => [6, 7, 8].map((y) => [x, y, 1] as const)));
  const [line, ...others] = footprintOutlines(square, WIDTH);
  assert.deepEqual(others, []);
  const xs = line.filter((_, i) => i % 2 === 0), ys = line.filter((_, i) => i % 2 === 1);
  assert.deepEqual([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)], [2.5, 5.5, 5.5, 8.5]);
  assert.deepEqual(footprintCentre(square, WIDTH), { x: 4, y: 7 });
});

Deno.test("a hole has a line of its own that runs the other way", () => {
  const ring = footprint(
    [2, 3, 4, 5, 6].flatMap((x) =>
      [2, 3, 4, 5, 6].flatMap((y) => Math.max(Math.abs(x - 4), Math.abs(y - 4)) === 2 ? [[x, y, 1] as const] : [])
    ),
  );
  const areas = footprintOutlines(ring, WIDTH).map(area).sort((a, b) => a - b);
  assert.equal(areas.length, 2);
  assert.ok(areas[0] * areas[1] < 0, `${areas}`);
});

Deno.test("one pixel, the field's corner, and no weight at all", () => {
  assert.equal(footprintOutlines(footprint([[0, 0, 1]]), WIDTH).length, 1);
  assert.deepEqual(footprintOutlines(footprint([]), WIDTH), []);
  assert.deepEqual(footprintOutlines(footprint([[3, 3, 0]]), WIDTH), []);
  assert.equal(footprintCentre(footprint([[3, 3, 0]]), WIDTH), undefined);
});

Deno.test("every line closes, whatever the weights: what enters a square of pixels leaves it", () => {
  const random = seededRandom(3);
  for (let i = 0; i < 200; i++) {
    const weights = Array.from({ length: 30 }, () => random()), seen = new Map<number, number>();
    const at = weights.map((value) => [Math.floor(random() * 8), Math.floor(random() * 8), value] as const);
    for (const [x, y, value] of at) seen.set(y * WIDTH + x, value);
    const one = footprint([...seen].map(([pixel, value]) => [pixel % WIDTH, Math.floor(pixel / WIDTH), value]));
    for (const line of footprintOutlines(one, WIDTH)) {
      for (let j = 0; j < line.length; j += 2) {
        const k = (j + 2) % line.length, step = Math.hypot(line[k] - line[j], line[k + 1] - line[j + 1]);
        assert.ok(step <= Math.SQRT2 + 1e-6, `a step of ${step} pixels`);
      }
    }
  }
});
