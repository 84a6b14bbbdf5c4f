/** Kernels of the registration against sums written out, on every backend; and what is put together of them. */
import assert from "node:assert/strict";
import type { Compute } from "../src/gpu/compute.ts";
import { coveredSums } from "../src/kernels/covered_sums.ts";
import { levelEdges } from "../src/kernels/level_edges.ts";
import { likeness } from "../src/kernels/likeness.ts";
import { nodeColumns } from "../src/kernels/node_columns.ts";
import { nodeRows } from "../src/kernels/node_rows.ts";
import { pitchOf, type StackShape } from "../src/kernels/stack.ts";
import type { NodeGrid } from "../src/kernels/warp_local.ts";
import { ComparedRegion } from "../src/motion/compared_region.ts";
import { Correlator } from "../src/motion/correlator.ts";
import { edgeBlocks, missingBorder } from "../src/motion/edges.ts";
import type { Scale } from "../src/motion/scale.ts";
import { backends, backendTest, randomStack, relativeError, TRIAL_SHAPES, uniform } from "./backends.ts";
import { farthest } from "./motion_setting.ts";

/** Runs work on every backend, one after the other. */
async function forEachBackend(work: (compute: Compute) => Promise<void>): Promise<void> {
  for (const compute of await backends()) await work(compute);
}

/** A pixel of a stack; 0 outside of the field. */
function pixelOf(stack: Float32Array, { width, height }: StackShape, frame: number, x: number, y: number): number {
  if (x < 0 || y < 0 || x >= width || y >= height) return 0;
  return stack[(frame * height + y) * pitchOf(width) + x];
}

/** The sums over pixels that a correlator's windows are, written out. */
function windowsByHand(
  stack: Float32Array,
  shape: StackShape,
  origins: Int32Array,
  templates: readonly Float32Array[],
  region: { readonly width: number; readonly height: number; readonly reach: number },
): Float64Array {
  const { width, height, reach } = region, sums: number[] = [];
  for (let frame = 0; frame < shape.frames; frame++) {
    templates.forEach((template, patch) => {
      const at = 2 * (frame * templates.length + patch);
      for (let lagY = -reach; lagY <= reach; lagY++) {
        for (let lagX = -reach; lagX <= reach; lagX++) {
          let sum = 0;
          // Of the frame, only what lies in the region counts; the template is 0 within reach of its edge.
          for (let y = reach; y < height - reach; y++) {
            for (let x = reach; x < width - reach; x++) {
              sum += template[y * width + x] *
                pixelOf(stack, shape, frame, origins[at] + x + lagX, origins[at + 1] + y + lagY);
            }
          }
          sums.push(sum);
        }
      }
    });
  }
  return Float64Array.from(sums);
}

/** An image that is 0 within reach of its edges. */
function templateOf(width: number, height: number, reach: number, seed: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length: width * height }, (_, i) => {
    const x = i % width, y = Math.floor(i / width);
    const isInside = x >= reach && y >= reach && x < width - reach && y < height - reach;
    return next() - (isInside ? 0.5 : NaN) || 0;
  });
}

const REGIONS = [
  { frames: 7, field: [37, 29], region: { width: 37, height: 29, reach: 4 }, patches: 1 },
  { frames: 4, field: [24, 16], region: { width: 13, height: 11, reach: 3 }, patches: 5 },
  { frames: 1, field: [9, 30], region: { width: 9, height: 9, reach: 2 }, patches: 2 },
  { frames: 3, field: [5, 6], region: { width: 12, height: 10, reach: 1 }, patches: 1 },
  { frames: 5, field: [1, 1], region: { width: 1, height: 1, reach: 0 }, patches: 1 },
] as const;

backendTest("a correlator's windows are the sums over pixels, for regions anywhere, also over the edge", async () => {
  for (const [i, { frames, field: [width, height], region, patches }] of REGIONS.entries()) {
    const shape = { frames, width, height }, next = uniform(50 + i);
    const stack = randomStack(i + 1, shape, -0.5, 1);
    const templates = Array.from(
      { length: patches },
      (_, p) => templateOf(region.width, region.height, region.reach, 9 * i + p),
    );
    const origins = Int32Array.from(
      { length: 2 * frames * patches },
      (_, k) => i === 0 ? 0 : Math.floor((k % 2 === 0 ? width : height) * next() * 1.2) - 4,
    );
    const expected = windowsByHand(stack, shape, origins, templates, region);
    await forEachBackend(async (compute) => {
      const correlator = new Correlator(compute, { patches, ...region }, templates, frames);
      const device = compute.upload("stack", stack);
      // Twice: a correlator's planes are used again.
      for (let round = 0; round < 2; round++) {
        const windows = correlator.correlate(device, shape, origins);
        const [bytes] = await compute.read(windows);
        windows.release();
        const found = new Float32Array(bytes).subarray(0, expected.length);
        const error = relativeError(found, expected);
        assert.ok(error < 3e-6, `${compute.backend}, case ${i}, round ${round}: ${error}`);
      }
      for (const one of [device, correlator]) one.release();
    });
  }
});

backendTest("more frames than fit in a batch are correlated as a few are", async () => {
  const shape = { frames: 41, width: 200, height: 184 }, region = { width: 200, height: 184, reach: 5 };
  const stack = randomStack(3, shape, -0.5, 1), template = templateOf(200, 184, 5, 8);
  const frame = pitchOf(shape.width) * shape.height, side = 11 * 11, origins = new Int32Array(2 * shape.frames);
  await forEachBackend(async (compute) => {
    const whole = new Correlator(compute, { patches: 1, ...region }, [template], shape.frames);
    const device = compute.upload("stack", stack), windows = whole.correlate(device, shape, origins);
    const all = new Float32Array((await compute.read(windows))[0]).slice(0, shape.frames * side);
    windows.release();
    const single = new Correlator(compute, { patches: 1, ...region }, [template], 1);
    for (const f of [0, 1, 15, 16, 17, 40]) {
      const one = compute.upload("frame", stack.slice(f * frame, (f + 1) * frame));
      const part = single.correlate(one, { ...shape, frames: 1 }, origins.subarray(0, 2));
      const found = new Float32Array((await compute.read(part))[0]).subarray(0, side);
      const expected = all.subarray(f * side, (f + 1) * side);
      assert.ok(relativeError(found, expected) < 3e-6, `${compute.backend}, frame ${f}`);
      for (const buffer of [one, part]) buffer.release();
    }
    for (const one of [device, whole, single]) one.release();
  });
});

backendTest("sums over nodes are what the loops say, and differences are limited", async () => {
  for (const [i, shape] of TRIAL_SHAPES.entries()) {
    const { frames, width, height } = shape, pitch = pitchOf(width), next = uniform(i + 70), nodes = 3, rows = 2;
    const stack = randomStack(i + 1, shape, -2, 4), still = { ...shape, frames: 1 };
    const images = [0, 1, 2].map((c) => randomStack(20 + i + c, still, -0.5, 1));
    // Each column of nodes has a share in some blocks of four columns of pixels only.
    const blocks = pitch / 4, spans = [[0, blocks], [0, Math.ceil(blocks / 2)], [blocks >> 1, blocks]];
    const shares = spans.map(([first, last]) =>
      Float32Array.from({ length: pitch }, (_, x) => x < width && x >= 4 * first && x < 4 * last ? next() - 0.3 : 0)
    );
    const down = Array.from({ length: rows }, () => Float32Array.from({ length: height }, () => next() - 0.3));
    for (const limit of [0.7, 1e9]) {
      const byRow: number[] = [], byNode: number[] = [];
      const term = (frame: number, y: number, j: number, c: number) => {
        let sum = 0;
        for (let x = 0; x < width; x++) {
          const difference = pixelOf(stack, shape, frame, x, y) - images[2][y * pitch + x];
          sum += Math.max(-limit, Math.min(limit, difference)) * images[c][y * pitch + x] * shares[j][x];
        }
        return sum;
      };
      for (let f = 0; f < frames; f++) {
        for (let y = 0; y < height; y++) {
          for (let j = 0; j < nodes; j++) byRow.push(term(f, y, j, 0), term(f, y, j, 1), term(f, y, j, 2), 0);
        }
        for (let k = 0; k < rows; k++) {
          for (let j = 0; j < nodes; j++) {
            for (let c = 0; c < 4; c++) {
              let sum = 0;
              for (let y = 0; y < height; y++) sum += byRow[4 * ((f * height + y) * nodes + j) + c] * down[k][y];
              byNode.push(sum);
            }
          }
        }
      }
      await forEachBackend(async (compute) => {
        const join = (parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));
        const buffers = {
          stack: compute.upload("stack", stack),
          images: compute.upload("images", join(images)),
          shares: compute.upload("shares", join(shares)),
          spans: compute.upload("spans", Uint32Array.from(spans.flat())),
          sums: compute.allocate("row sums", byRow.length * 4),
        };
        const rowShares = compute.upload("row shares", join(down));
        const sums = compute.allocate("sums", byNode.length * 4);
        nodeRows(compute, buffers, shape, nodes, limit);
        nodeColumns(compute, buffers.sums, rowShares, sums, { frames, height, columns: nodes, rows });
        const [first, second] = (await compute.read(buffers.sums, sums)).map((bytes) => new Float32Array(bytes));
        const name = `${compute.backend}, ${width}×${height}, limit ${limit}`;
        assert.ok(relativeError(first.subarray(0, byRow.length), byRow) < 3e-6, `${name}: rows`);
        assert.ok(relativeError(second.subarray(0, byNode.length), byNode) < 3e-6, `${name}: nodes`);
        for (const buffer of [...Object.values(buffers), rowShares, sums]) buffer.release();
      });
    }
  }
});

backendTest("likeness sums what the mask lets through", async () => {
  for (const [i, shape] of TRIAL_SHAPES.entries()) {
    const pitch = pitchOf(shape.width), still = { ...shape, frames: 1 };
    const stack = randomStack(i + 1, shape, -1, 3), image = randomStack(i + 40, still, -0.5, 1);
    const mask = randomStack(i + 80, still, 0, 1).map((value) => value > 0.4 ? 1 : 0);
    const expected: number[] = [];
    for (let row = 0; row < shape.frames * shape.height; row++) {
      let products = 0, values = 0, squares = 0;
      for (let x = 0; x < shape.width; x++) {
        const at = row % shape.height * pitch + x, value = stack[row * pitch + x];
        if (mask[at] === 0) continue;
        products += value * image[at];
        values += value;
        squares += value * value;
      }
      expected.push(products, values, squares, 0);
    }
    await forEachBackend(async (compute) => {
      const inputs = [stack, image, mask].map((data) => compute.upload("input", data));
      const sums = compute.allocate("sums", expected.length * 4);
      likeness(compute, inputs[0], inputs[1], inputs[2], sums, shape);
      const found = new Float32Array((await compute.read(sums))[0]).subarray(0, expected.length);
      assert.ok(relativeError(found, expected) < 3e-6, `${compute.backend}, ${shape.width}×${shape.height}`);
      for (const buffer of [...inputs, sums]) buffer.release();
    });
  }
});

/** A grid frames are compared on, without a filter. */
function plainScale(width: number, height: number, reach: number): Scale {
  return { factor: 1, width, height, kernel: undefined, limit: reach, reach };
}

backendTest("the likeness of a frame is Pearson's correlation inside of the region", async () => {
  const shape = { frames: 5, width: 31, height: 26 }, reach = 4, pitch = pitchOf(shape.width);
  const next = uniform(2), template = Float32Array.from({ length: 31 * 26 }, () => 40 + 9 * next());
  const stack = randomStack(6, shape, 100, 5);
  // Frame 1 is the template, scaled and brighter; frame 2 its negative; frame 3 has no contrast.
  for (let y = 0; y < 26; y++) {
    for (let x = 0; x < 31; x++) {
      const value = template[y * 31 + x];
      stack[(26 + y) * pitch + x] = 3 * value + 70;
      stack[(2 * 26 + y) * pitch + x] = -2 * value;
      stack[(3 * 26 + y) * pitch + x] = 12.3456;
    }
  }
  await forEachBackend(async (compute) => {
    const region = new ComparedRegion(compute, plainScale(31, 26, reach), template);
    const device = compute.upload("stack", stack), rows = compute.allocate("rows", 5 * 26 * 16);
    region.compare(device, rows, shape);
    const sums = new Float32Array((await compute.read(rows))[0]);
    const found = [0, 1, 2, 3, 4].map((frame) => region.likeness(sums, frame));
    for (const frame of [0, 1, 2, 4]) {
      let n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
      for (let y = reach; y < 26 - reach; y++) {
        for (let x = reach; x < 31 - reach; x++) {
          const u = template[y * 31 + x], v = pixelOf(stack, shape, frame, x, y);
          [n, a, b, aa, bb, ab] = [n + 1, a + u, b + v, aa + u * u, bb + v * v, ab + u * v];
        }
      }
      const covariance = ab / n - a * b / n / n, varianceA = aa / n - (a / n) ** 2, varianceB = bb / n - (b / n) ** 2;
      const expected = covariance / Math.sqrt(varianceA * varianceB);
      // Squares of brightness are far larger than of contrast: some digits go.
      assert.ok(Math.abs(found[frame].correlation - expected) < 1e-3, `${frame}: ${found[frame].correlation}`);
      const rest = varianceB - covariance ** 2 / varianceA;
      assert.ok(Math.abs(found[frame].rest - rest) < 1e-2 * varianceB, `${frame}: ${found[frame].rest}, ${rest}`);
    }
    assert.ok(Math.abs(found[3].correlation) < 1e-3, `No contrast, but ${found[3].correlation}`);
    for (const one of [region, device, rows]) one.release();
  });
});

/** Displacements at the nodes of a grid of one frame after another, and the displacement they make at a pixel. */
function bilinear(nodes: Float32Array, grid: NodeGrid, frame: number, x: number, y: number): [number, number] {
  const place = (at: number, first: number, step: number, count: number) =>
    Math.max(0, Math.min(count - 1, (at - first) / step));
  const column = place(x, grid.x, grid.stepX, grid.columns), row = place(y, grid.y, grid.stepY, grid.rows);
  return [0, 1].map((axis) => {
    let sum = 0;
    for (let j = 0; j < grid.rows; j++) {
      for (let i = 0; i < grid.columns; i++) {
        const weight = Math.max(0, 1 - Math.abs(column - i)) * Math.max(0, 1 - Math.abs(row - j));
        sum += weight * nodes[2 * ((frame * grid.rows + j) * grid.columns + i) + axis];
      }
    }
    return sum;
  }) as [number, number];
}

/** Grids over a field: one node, and a few. Displacements in sixteenths, so that all backends round alike. */
function gridsOver({ frames, width, height }: StackShape, seed: number) {
  const next = uniform(seed);
  const grids: NodeGrid[] = [
    { columns: 1, rows: 1, x: 0, y: 0, stepX: 1, stepY: 1 },
    { columns: 3, rows: 2, x: 0, y: 0, stepX: Math.max(1, width / 2), stepY: Math.max(1, height) },
  ];
  return grids.map((grid) => ({
    grid,
    nodes: Float32Array.from(
      { length: 2 * frames * grid.columns * grid.rows },
      () => Math.round(16 * (6 * next() - 3)) / 16,
    ),
  }));
}

backendTest("covered sums are of the samples that frames have", async () => {
  for (const [i, shape] of TRIAL_SHAPES.entries()) {
    const { frames, width, height } = shape, pitch = pitchOf(width), moved = randomStack(i + 3, shape, -1, 4);
    const blocks = Uint32Array.from({ length: pitch / 4 * height }, (_, block) => block)
      .filter((block) => block % 3 !== 1);
    for (const { grid, nodes } of gridsOver(shape, i + 5)) {
      const rounds = 2, expected = new Float64Array(8 * blocks.length), unsure = new Set<number>();
      blocks.forEach((block, k) => {
        for (let c = 0; c < 4; c++) {
          const x = block % (pitch / 4) * 4 + c, y = Math.floor(block / (pitch / 4));
          for (let f = 0; f < frames; f++) {
            const [dx, dy] = bilinear(nodes, grid, f, x, y), atX = x + dx, atY = y + dy;
            // Where rounding decides, either is right.
            const beside = [atX, atY, width - 1 - atX, height - 1 - atY];
            if (grid.columns > 1 && beside.some((d) => Math.abs(d) < 1e-4)) unsure.add(8 * k + c);
            if (atX < 0 || atY < 0 || atX > width - 1 || atY > height - 1) continue;
            expected[8 * k + c] += rounds * pixelOf(moved, shape, f, x, y);
            expected[8 * k + 4 + c] += rounds;
          }
        }
      });
      await forEachBackend(async (compute) => {
        const buffers = {
          moved: compute.upload("moved", moved),
          nodes: compute.upload("nodes", nodes),
          blocks: compute.upload("blocks", blocks),
          sums: compute.allocate("sums", expected.length * 4),
        };
        for (let round = 0; round < rounds; round++) coveredSums(compute, buffers, shape, grid, blocks.length);
        const found = new Float32Array((await compute.read(buffers.sums))[0]);
        expected.forEach((value, at) => {
          if (at % 8 >= 4 ? unsure.has(at - 4) : unsure.has(at)) return;
          // The padding has no samples.
          const x = blocks[at >> 3] % (pitch / 4) * 4 + at % 4;
          if (x >= width) return;
          assert.ok(
            Math.abs(found[at] - value) < 1e-4,
            `${compute.backend}, ${width}×${height}: ${found[at]}, ${value}`,
          );
        });
        for (const buffer of Object.values(buffers)) buffer.release();
      });
      assert.ok(unsure.size < Math.max(2, expected.length / 10), `${unsure.size} of ${expected.length} are unsure`);
    }
  }
});

backendTest("pixels without a sample get the level of their own place, the others stay", async () => {
  for (const [i, shape] of TRIAL_SHAPES.entries()) {
    const { frames, width, height } = shape, pitch = pitchOf(width), moved = randomStack(i + 3, shape, -1, 4);
    const mean = randomStack(i + 90, { ...shape, frames: 1 }, 3, 9);
    const blocks = Uint32Array.from({ length: pitch / 4 * height }, (_, block) => block);
    const inside = (value: number, last: number) => Math.max(0, Math.min(last, value));
    const meanAt = (x: number, y: number) => {
      const u = x - Math.floor(x), v = y - Math.floor(y);
      const at = (dx: number, dy: number) =>
        mean[inside(Math.floor(y) + dy, height - 1) * pitch + inside(Math.floor(x) + dx, width - 1)];
      return (1 - u) * (1 - v) * at(0, 0) + u * (1 - v) * at(1, 0) + (1 - u) * v * at(0, 1) + u * v * at(1, 1);
    };
    for (const { grid, nodes } of gridsOver(shape, i + 5)) {
      const expected = moved.slice();
      let levelled = 0;
      for (let f = 0; f < frames; f++) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const [dx, dy] = bilinear(nodes, grid, f, x, y);
            const atX = inside(x + dx, width - 1), atY = inside(y + dy, height - 1);
            if (atX === x + dx && atY === y + dy) continue;
            // The sample that stands in came from (atX, atY) of the frame: from here of the template.
            const fromX = inside(atX - dx, width - 1), fromY = inside(atY - dy, height - 1);
            expected[(f * height + y) * pitch + x] += mean[y * pitch + x] - meanAt(fromX, fromY);
            levelled++;
          }
        }
      }
      assert.ok(levelled > 0, `${width}×${height}: nothing to level`);
      await forEachBackend(async (compute) => {
        const buffers = {
          nodes: compute.upload("nodes", nodes),
          blocks: compute.upload("blocks", blocks),
          mean: compute.upload("mean", mean),
          moved: compute.upload("moved", moved),
        };
        levelEdges(compute, buffers, shape, grid, blocks.length);
        const found = new Float32Array((await compute.read(buffers.moved))[0]).subarray(0, expected.length);
        const error = farthest(found, expected);
        assert.ok(error < 1e-3, `${compute.backend}, ${width}×${height}: ${error}`);
        for (const buffer of Object.values(buffers)) buffer.release();
      });
    }
  }
});

Deno.test("the edges that lack samples, and the blocks they touch, follow from the displacements", () => {
  const shifts = (values: number[], width = 21, height = 14) => ({
    width,
    height,
    frames: values.length / 2,
    rigid: Float32Array.from(values),
  });
  assert.deepEqual(missingBorder(shifts([0, 0, 0.2, -0.2])), { left: 0, top: 0, right: 0, bottom: 0 });
  const moving = shifts([-2.5, 0.3, 1, 3, -0.1, -1.2]);
  assert.deepEqual(missingBorder(moving), { left: 3, top: 1, right: 1, bottom: 3 });
  assert.deepEqual(missingBorder(moving, (frame) => frame !== 0), { left: 0, top: 1, right: 1, bottom: 3 });
  assert.deepEqual(missingBorder(shifts([100, -100])), { left: 0, top: 14, right: 21, bottom: 0 });
  const columns = pitchOf(21) / 4, listed = new Set(edgeBlocks(moving));
  for (let y = 0; y < 14; y++) {
    for (let x = 0; x < 21; x++) {
      const isEdge = x < 3 || x >= 20 || y < 1 || y >= 11;
      if (isEdge) assert.ok(listed.has(y * columns + (x >> 2)), `${x}, ${y}`);
    }
  }
  assert.ok(!listed.has(5 * columns + 2) && listed.size < columns * 14);
  const still = edgeBlocks(shifts([0, 0], 24));
  assert.equal(still.length, 1, "Never empty");
  const local = {
    x: Float32Array.of(0, 20),
    y: Float32Array.of(0, 13),
    values: Float32Array.of(0, 0, 0, 0, -4, 0, 0, 2),
  };
  assert.deepEqual(
    missingBorder({ ...shifts([0, 0]), local }),
    { left: 4, top: 0, right: 0, bottom: 2 },
    "Local displacements count, not their mean",
  );
});
