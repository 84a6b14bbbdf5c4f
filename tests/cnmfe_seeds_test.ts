import assert from "node:assert/strict";
import { findSeeds, independentSeeds, type SeedImages, seedThresholds } from "../src/cnmfe/seeds.ts";
import {
  circularConstraint,
  closeMask,
  connectedTo,
  keepConnected,
  keepStrongestPart,
  median3,
} from "../src/cnmfe/patch.ts";
import { uniform } from "./backends.ts";

const SIZE = 24;

/** Images of smooth hills at (x, y) with a height of PNR; correlation 1 and a steep rise everywhere. */
function hills(...peaks: [x: number, y: number, height: number][]): SeedImages {
  const pnr = new Float32Array(SIZE * SIZE);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      for (const [px, py, height] of peaks) {
        pnr[y * SIZE + x] = Math.max(pnr[y * SIZE + x], height - Math.hypot(x - px, y - py));
      }
    }
  }
  const ones = () => new Float32Array(SIZE * SIZE).fill(1);
  return { width: SIZE, height: SIZE, pnr, correlation: ones(), rise: ones().fill(9) };
}
const places = (images: SeedImages, excluded?: Uint8Array) =>
  findSeeds(images, { min_corr: 0.5, min_pnr: 5, radius: 2 }, excluded).map(({ x, y }) => [x, y]);

Deno.test("seeds are the local maxima that reach both thresholds and rise, strongest first", () => {
  const images = hills([5, 6, 10], [18, 6, 12], [8, 18, 6.5], [20, 20, 4]);
  assert.deepEqual(places(images), [[18, 6], [5, 6], [8, 18]]);
  // Each condition alone takes a seed away.
  const spoiled = (name: "correlation" | "rise", value: number) => {
    const copy = { ...images, [name]: images[name].slice() };
    for (let y = 0; y < 14; y++) copy[name].fill(value, y * SIZE + 11, (y + 1) * SIZE);
    return places(copy);
  };
  assert.deepEqual(spoiled("correlation", 0.4), [[5, 6], [8, 18]]);
  assert.deepEqual(spoiled("rise", 2.9), [[5, 6], [8, 18]]);
  const tried = new Uint8Array(SIZE * SIZE);
  tried[6 * SIZE + 18] = 1;
  assert.ok(!places(images, tried).some(([x, y]) => x === 18 && y === 6), "a tried pixel is not tried again");
  assert.deepEqual(places(hills()), []);
  // A seed reports its own values.
  const [{ correlation, pnr }] = findSeeds(images, { min_corr: 0.5, min_pnr: 5, radius: 2 });
  assert.deepEqual([correlation, pnr], [1, 12]);
  assert.equal(seedThresholds({ min_corr: 0.7, min_pnr: 6, gSiz: 13 }).radius, 2);
});

Deno.test("a plateau has one seed, its first pixel; single hot pixels have none", () => {
  const flat = hills();
  for (let y = 8; y < 13; y++) flat.pnr.fill(7, y * SIZE + 8, y * SIZE + 13);
  assert.equal(places(flat).length, 1);
  const hot = hills();
  hot.pnr[10 * SIZE + 10] = 100;
  assert.deepEqual(places(hot), [], "the median removes it");
});

Deno.test("seeds at corners and edges are found, to a pixel", () => {
  const found = places(hills([0, 0, 9], [23, 12, 8], [11, 23, 7]));
  assert.equal(found.length, 3);
  [[0, 0], [23, 12], [11, 23]].forEach(([x, y], i) => {
    assert.ok(Math.max(Math.abs(found[i][0] - x), Math.abs(found[i][1] - y)) <= 1, `${found[i]}, not ${x},${y}`);
  });
});

Deno.test("independent seeds are stronger than all others near them, and locally chosen", () => {
  const next = uniform(6),
    seeds = Array.from({ length: 60 }, (_, i) => ({
      x: Math.floor(next() * 100),
      y: Math.floor(next() * 100),
      strength: 60 - i,
    }));
  const chosen = independentSeeds(seeds, 12),
    near = (a: typeof seeds[0], b: typeof seeds[0]) => Math.abs(a.x - b.x) <= 12 && Math.abs(a.y - b.y) <= 12;
  assert.equal(chosen[0], seeds[0]);
  for (const seed of seeds) {
    const strongest = !seeds.some((other) => other.strength > seed.strength && near(other, seed));
    assert.equal(chosen.includes(seed), strongest);
  }
  // A seed far from a cut is chosen on its side of the cut alone, too.
  const left = independentSeeds(seeds.filter(({ x }) => x < 60), 12);
  assert.deepEqual(left.filter(({ x }) => x < 47), chosen.filter(({ x }) => x < 47));
  assert.ok(chosen.length > 5 && chosen.length < 60);
});

Deno.test("connected pixels: 4 and 8 neighbours, and nothing from outside", () => {
  // x .
  // . x   with a third one apart.
  const inside = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1].map(Boolean), is = (i: number) => inside[i];
  const chosen = (neighbours: 4 | 8, start = 0) =>
    Array.from(connectedTo(3, 4, start, is, neighbours).keys()).filter((i) =>
      connectedTo(3, 4, start, is, neighbours)[i]
    );
  assert.deepEqual(chosen(4), [0]);
  assert.deepEqual(chosen(8), [0, 4]);
  assert.deepEqual(chosen(8, 1), []);
  // Rows do not wrap: the end of one is not beside the start of the next.
  assert.deepEqual([...connectedTo(3, 2, 2, (i) => i === 2 || i === 3)], [0, 0, 1, 0, 0, 0]);

  const patch = { width: 4, height: 1, values: Float32Array.of(1, 2, 0, 5) };
  keepConnected(patch, 1);
  assert.deepEqual([...patch.values], [1, 2, 0, 0]);
  const parts = { width: 5, height: 1, values: Float32Array.of(1, 1.5, 0, 2, 0) };
  keepStrongestPart(parts, (i) => parts.values[i] > 0);
  assert.deepEqual([...parts.values], [1, 1.5, 0, 0, 0]);
});

Deno.test("the circular constraint drops what rises away from the peak below a third of it", () => {
  // A cell that falls off from 9 and a neighbour's flank that rises to 2.5 (below a third) or to 4 (above it).
  const row = (...values: number[]) => {
    const patch = { width: values.length, height: 1, values: Float32Array.from(values) };
    circularConstraint(patch, values.indexOf(9));
    return [...patch.values];
  };
  assert.deepEqual(row(1, 4, 9, 5, 2, 1, 1.5, 2, 2.5), [1, 4, 9, 5, 2, 1, 0, 0, 0]);
  // The pixel above the limit may stay, but what leads to it is gone, so it is no longer connected.
  assert.deepEqual(row(9, 5, 1, 2, 4), [9, 5, 1, 0, 0]);
  // A round cell is left alone.
  const side = 11, patch = { width: side, height: side, values: new Float32Array(side * side) };
  patch.values.forEach((_, i) => {
    patch.values[i] = Math.exp(-((i % side - 5) ** 2 + (Math.floor(i / side) - 5) ** 2) / 8);
  });
  const before = patch.values.slice();
  circularConstraint(patch, 5 * side + 5);
  assert.deepEqual(patch.values, before);
});

Deno.test("3×3 median and closing are what their definitions say", () => {
  const next = uniform(8), width = 9, height = 7, image = Float32Array.from({ length: 63 }, next);
  const at = (x: number, y: number) =>
    Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x));
  const square = (x: number, y: number) =>
    Array.from({ length: 9 }, (_, i) => image[at(x - 1 + i % 3, y - 1 + Math.floor(i / 3))]);
  median3(image, width, height).forEach((value, i) => {
    assert.equal(value, square(i % width, Math.floor(i / width)).sort((a, b) => a - b)[4]);
  });

  const mask = Uint8Array.from(image, (value) => Number(value > 0.88)), closed = closeMask(mask, width, height);
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height;
  const around = (x: number, y: number) =>
    Array.from({ length: 9 }, (_, i) => [x - 1 + i % 3, y - 1 + Math.floor(i / 3)]).filter(([u, v]) => inside(u, v));
  closed.forEach((value, i) => {
    const every = around(i % width, Math.floor(i / width)).every(([x, y]) =>
      around(x, y).some(([u, v]) => mask[v * width + u] === 1)
    );
    assert.equal(value, Number(every));
    assert.ok(value >= mask[i], "closing never opens");
  });
  assert.ok(closed.some((value, i) => value > mask[i]) && closed.some((value) => value === 0));
});
