/** What local displacements are made with: linear systems, shares of nodes, finer grids, and how frames are averaged. */
import assert from "node:assert/strict";
import { displacementAt, type Shifts } from "../src/core/shifts.ts";
import { resolveMotionParameters } from "../src/core/parameters.ts";
import { Cholesky } from "../src/motion/cholesky.ts";
import { axisOf, refine, shares } from "../src/motion/grid.ts";
import { eachNeighbour } from "../src/motion/local_fit.ts";
import { fineGrid, localGrid } from "../src/motion/local_grid.ts";
import { registrationScale } from "../src/motion/scale.ts";
import { binsOf } from "../src/motion/template.ts";
import { uniform } from "./backends.ts";

Deno.test("Cholesky solves systems, for several right-hand sides, and leaves the matrix alone", () => {
  for (const size of [1, 2, 7, 40]) {
    const next = uniform(size), root = Float64Array.from({ length: size * size }, () => next() - 0.5);
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        for (let k = 0; k < size; k++) matrix[i * size + j] += root[i * size + k] * root[j * size + k];
      }
      matrix[i * size + i] += 0.1;
    }
    const before = matrix.slice(), system = new Cholesky(matrix, size);
    assert.deepEqual(matrix, before);
    for (let trial = 0; trial < 3; trial++) {
      const expected = Float64Array.from({ length: size }, () => next() - 0.5);
      const b = Float64Array.from(expected, (_, i) => {
        let sum = 0;
        for (let j = 0; j < size; j++) sum += matrix[i * size + j] * expected[j];
        return sum;
      });
      system.solve(b);
      b.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-10, `${size}: ${value}, ${expected[i]}`));
    }
  }
});

Deno.test("Cholesky reads the lower triangle only, and refuses what is not positive definite", () => {
  const b = Float64Array.of(10, 8);
  new Cholesky(Float64Array.of(4, NaN, 2, 3), 2).solve(b);
  assert.ok(Math.abs(b[0] - 1.75) < 1e-12 && Math.abs(b[1] - 1.5) < 1e-12, String(b));
  for (const matrix of [[0], [-1], [NaN]]) {
    assert.throws(
      () => new Cholesky(Float64Array.from(matrix), 1),
      /^RangeError: The matrix is not positive definite$/,
    );
  }
  assert.throws(() => new Cholesky(Float64Array.of(1, 2, 2, 1), 2), RangeError);
});

Deno.test("an axis has its nodes from the first pixel to the last, evenly and close enough", () => {
  for (const length of [1, 2, 3, 50, 96, 97, 98, 256, 1001]) {
    for (const spacing of [8, 32, 48, 500]) {
      for (const finer of [1, 4, 7]) {
        const { nodes, fine } = axisOf(length, spacing, finer), last = nodes.length - 1;
        assert.ok(nodes.length >= 2);
        assert.equal(nodes[0], 0);
        assert.equal(nodes[last], Math.max(1, length - 1));
        const step = nodes[last] / last;
        assert.ok(step <= spacing + 1e-4, `${length}, ${spacing}: ${step}`);
        nodes.forEach((node, i) => assert.ok(Math.abs(node - i * step) < 1e-3));
        assert.equal(fine.length, last * finer + 1);
      }
    }
  }
});

Deno.test("the shares of the nodes add up to one everywhere, and a node is alone at its own place", () => {
  const { nodes } = axisOf(131, 32, 1), places = Array.from({ length: 300 }, (_, i) => i / 2 - 10);
  const rows = shares(nodes, places);
  assert.equal(rows.length, nodes.length);
  places.forEach((place, i) => {
    const sum = rows.reduce((sum, row) => sum + row[i], 0);
    assert.ok(Math.abs(sum - 1) < 1e-12, `at ${place}: ${sum}`);
    assert.ok(rows.filter((row) => row[i] !== 0).length <= 4);
  });
  shares(nodes, nodes).forEach((row, node) =>
    row.forEach((share, at) => assert.ok(Math.abs(share - (node === at ? 1 : 0)) < 1e-9, `${node} at ${at}: ${share}`))
  );
});

Deno.test("the finer grid holds the displacements of its places", () => {
  for (const [width, height, strides, finer] of [[112, 96, 32, 4], [97, 41, 40, 3], [60, 61, 48, 1]]) {
    const given = { pw_rigid: true, strides, overlaps: 0, upsample_factor_grid: finer };
    const grid = localGrid({ width, height }, resolveMotionParameters(given));
    const next = uniform(width), frames = 3, numbers = 2 * grid.nodes;
    const values = Float32Array.from({ length: frames * numbers }, () => 6 * next() - 3);
    const shifts: Shifts = {
      width,
      height,
      frames,
      rigid: new Float32Array(2 * frames),
      local: { x: grid.x.nodes, y: grid.y.nodes, values },
    };
    const fine = fineGrid(grid), into = new Float32Array(5 + grid.fineLength).fill(7);
    assert.deepEqual([fine.columns, fine.rows], [grid.x.fine.length, grid.y.fine.length]);
    refine(grid.x, grid.y, values, numbers, into, 5);
    assert.ok(into.subarray(0, 5).every((value) => value === 7), "Nothing is written before its place");
    for (let row = 0; row < fine.rows; row++) {
      for (let column = 0; column < fine.columns; column++) {
        const [x, y] = displacementAt(shifts, 1, fine.x + column * fine.stepX, fine.y + row * fine.stepY);
        const at = 5 + 2 * (row * fine.columns + column);
        assert.ok(Math.abs(into[at] - x) < 1e-4 && Math.abs(into[at + 1] - y) < 1e-4, `${column}, ${row}`);
      }
    }
  }
});

Deno.test("patches cover the field, evenly, within the frame", () => {
  for (
    const [width, height, strides, overlaps] of [[112, 96, 32, 24], [256, 256, 48, 24], [97, 72, 48, 24], [
      40,
      40,
      8,
      0,
    ]]
  ) {
    const grid = localGrid({ width, height }, resolveMotionParameters({ pw_rigid: true, strides, overlaps }));
    for (
      const [starts, size, length] of [[grid.patchX, grid.patchWidth, width], [
        grid.patchY,
        grid.patchHeight,
        height,
      ]] as const
    ) {
      assert.equal(size, strides + overlaps);
      assert.equal(starts[0], 0);
      assert.equal(starts[starts.length - 1] + size, length);
      for (let i = 1; i < starts.length; i++) {
        const apart = starts[i] - starts[i - 1];
        assert.ok(apart > 0 && apart <= strides, `${apart}`);
      }
    }
  }
});

Deno.test("each pair of neighbouring nodes is visited once", () => {
  for (const [columns, rows] of [[1, 1], [2, 1], [1, 3], [4, 3]]) {
    const seen = new Set<string>();
    eachNeighbour(columns, rows, (a, b) => {
      const isBeside = b - a === 1 && Math.floor(a / columns) === Math.floor(b / columns), isBelow = b - a === columns;
      assert.ok((isBeside || isBelow) && b < columns * rows, `${a}, ${b}`);
      assert.ok(!seen.has(`${a} ${b}`));
      seen.add(`${a} ${b}`);
    });
    assert.equal(seen.size, (columns - 1) * rows + columns * (rows - 1));
  }
});

Deno.test("bins cover the movie, are not longer than 20 frames, and not more than a hundred are taken", () => {
  for (const frames of [1, 5, 49, 50, 99, 100, 150, 999, 1000, 1999, 2000, 2001, 3000, 20_000, 1_000_001]) {
    const bins = binsOf(frames), all = Math.ceil(frames / bins.frames);
    assert.ok(bins.frames >= 1 && bins.frames <= 20, `${frames}: ${bins.frames}`);
    assert.ok(frames < 50 ? bins.frames === 1 : all >= 50, `${frames}: ${all}`);
    assert.ok(bins.count >= 1 && bins.count <= 100, `${frames}: ${bins.count}`);
    // The last that is taken exists, and another one would not.
    assert.ok((bins.count - 1) * bins.every < all && bins.count * bins.every >= all, `${frames}`);
  }
});

Deno.test("frames are compared on as coarse a grid as the filter allows, and displacements keep their room", () => {
  const header = { width: 112, height: 95, frames: 100, sampleType: "uint16", name: "made up", files: [] } as const;
  const scale = (given: Record<string, unknown>) => registrationScale(header, resolveMotionParameters(given, header));
  const fine = scale({ gSig_filt: 0, max_shifts: 7 });
  assert.deepEqual([fine.factor, fine.width, fine.height, fine.limit, fine.kernel], [1, 112, 95, 7, undefined]);
  for (const [gSig_filt, factor] of [[1, 1], [2, 1], [3, 2], [4.5, 3], [5, 3], [6, 4]]) {
    const coarse = scale({ gSig_filt, max_shifts: 7 });
    assert.deepEqual(
      [coarse.factor, coarse.width, coarse.height, coarse.limit],
      [factor, Math.ceil(112 / factor), Math.ceil(95 / factor), 7 / factor],
    );
    assert.ok(coarse.reach > coarse.limit && Math.min(coarse.width, coarse.height) > 2 * coarse.reach);
    const sum = coarse.kernel!.weights.reduce((sum, weight) => sum + weight, 0);
    assert.ok(Math.abs(sum) < 1e-6, "The filter takes no notice of even light");
  }
});
