/** The two-dimensional Fourier transform against a float64 transform of its rows and columns. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import { Fft } from "../src/deconvolution/fft.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { fft2d, goodSize, planesBytes, type PlanesShape } from "../src/kernels/fft.ts";
import { backends, backendTest, relativeError, uniform } from "./backends.ts";

/** Even and odd numbers of passes, every radix, single rows and columns, a single number. */
const SIZES = [
  ...[[1, 1], [4, 1], [1, 3], [2, 9], [8, 2], [12, 3], [15, 16], [16, 16], [20, 5], [25, 9], [36, 15], [40, 25], [
    48,
    48,
  ]],
  ...[[60, 10], [100, 27], [128, 128], [160, 180], [256, 20], [4, 240], [500, 6], [576, 8]],
];

/** One plane's transform in float64. */
function expected(plane: Float32Array, width: number, height: number): Float64Array {
  const out = Float64Array.from(plane), acrossRow = new Fft(width), downColumn = new Fft(height);
  const line = (first: number, step: number, transform: Fft) => {
    const re = Float64Array.from({ length: transform.length }, (_, i) => out[2 * (first + i * step)]);
    const im = Float64Array.from({ length: transform.length }, (_, i) => out[2 * (first + i * step) + 1]);
    transform.transform(re, im);
    re.forEach((value, i) => out.set([value, im[i]], 2 * (first + i * step)));
  };
  for (let y = 0; y < height; y++) line(y * width, 1, acrossRow);
  for (let x = 0; x < width; x++) line(x, width, downColumn);
  return out;
}

async function transformed(
  compute: Compute,
  data: Float32Array,
  shape: PlanesShape,
  ...directions: ("forward" | "inverse")[]
): Promise<Float32Array> {
  let from = compute.upload("planes", data), to = compute.allocate("scratch", planesBytes(shape));
  for (const direction of directions) {
    const result = fft2d(compute, from, to, shape, direction);
    assert(result === from || result === to, "the result is in one of the two buffers");
    if (result === to) [from, to] = [to, from];
  }
  const [bytes] = await compute.read(from);
  from.release();
  to.release();
  return new Float32Array(bytes).subarray(0, data.length);
}

for (const [width, height] of SIZES) {
  backendTest(`fft2d: ${width}x${height} is the transform, and the inverse undoes it`, async () => {
    const shape = { batch: 3, width, height }, size = 2 * width * height, next = uniform(width * height);
    const data = Float32Array.from({ length: 3 * size }, () => next() - 0.5);
    for (const compute of await backends()) {
      const forward = await transformed(compute, data, shape, "forward");
      for (let plane = 0; plane < 3; plane++) {
        const [begin, end] = [plane * size, (plane + 1) * size];
        const error = relativeError(forward.subarray(begin, end), expected(data.subarray(begin, end), width, height));
        assert(error < 2e-6, `plane ${plane} on ${compute.backend} is wrong by ${error}`);
      }
      const error = relativeError(await transformed(compute, data, shape, "forward", "inverse"), data);
      assert(error < 4e-6, `there and back on ${compute.backend} is wrong by ${error}`);
    }
  });
}

backendTest("fft2d: a wave along each axis becomes one peak at its frequency", async () => {
  const shape = { batch: 1, width: 20, height: 12 }, data = new Float32Array(2 * 20 * 12);
  for (let y = 0; y < 12; y++) {
    for (let x = 0; x < 20; x++) {
      const angle = 2 * Math.PI * (3 * x / 20 - 5 * y / 12);
      data.set([Math.cos(angle), Math.sin(angle)], 2 * (y * 20 + x));
    }
  }
  const peak = new Float32Array(data.length);
  peak[2 * (7 * 20 + 3)] = 240;
  for (const compute of await backends()) {
    assert(relativeError(await transformed(compute, data, shape, "forward"), peak) < 1e-6);
    assert(relativeError(await transformed(compute, peak, shape, "inverse"), data) < 1e-6);
  }
});

backendTest("fft2d: runs repeat bit for bit", async () => {
  const shape = { batch: 5, width: 72, height: 50 }, next = uniform(3);
  const data = Float32Array.from({ length: planesBytes(shape) / 4 }, () => next());
  for (const compute of await backends()) {
    assert.deepEqual(
      await transformed(compute, data, shape, "forward"),
      await transformed(compute, data, shape, "forward"),
    );
  }
});

Deno.test("goodSize: multiples of 4 with no prime factor above 5, longer where a pass is saved", () => {
  const sizes = [[1, 4], [4, 4], [5, 8], [13, 16], [28, 32], [81, 96], [97, 100], [109, 120], [128, 128], [129, 144], [
    241,
    256,
  ]];
  for (const [n, size] of sizes) assert.equal(goodSize(n), size, `from ${n}`);
  // 288 takes three passes, 300 two.
  assert.equal(goodSize(272), 300);
  for (let n = 1; n < 1200; n += 7) {
    const size = goodSize(n);
    assert(size >= n && size < 2 * n + 4 && size % 4 === 0, `${n}: ${size}`);
    assert.equal(
      [2, 3, 5].reduce((left, prime) => {
        while (left % prime === 0) left /= prime;
        return left;
      }, size),
      1,
      `${n}: ${size}`,
    );
  }
});

backendTest("fft2d: lengths it cannot transform are told", async () => {
  const [compute] = await backends(), buffer = compute.allocate("planes", 16);
  const run = (width: number, height: number) => () =>
    fft2d(compute, buffer, buffer, { batch: 1, width, height }, "forward");
  assert.throws(
    run(28, 4),
    (error) => error instanceof ParameterError && /28 numbers per row.*such as 32/.test(error.message),
  );
  assert.throws(
    run(8, 0),
    (error) => error instanceof ParameterError && /0 rows.*such as 4/.test(error.message),
  );
  assert.throws(run(8, 11), (error) => error instanceof ParameterError && /11 rows.*such as 12/.test(error.message));
  buffer.release();
});
