/** Movies with their motion taken out: samples, borders, any range, and what is refused. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { resolveMotionParameters } from "../src/core/parameters.ts";
import { displacementAt, type Shifts } from "../src/core/shifts.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { correctedMovie } from "../src/motion/corrected.ts";
import { backends, backendTest, uniform } from "./backends.ts";
import { farthest, onCpu } from "./motion_setting.ts";
import { anyOrder, movieOf, noiseMovie, samplesOf, sentenceOf } from "./preprocess_movies.ts";

const WIDTH = 27, HEIGHT = 22, FRAMES = 19;
const SHAPE = { width: WIDTH, height: HEIGHT, frames: FRAMES };

/** Displacements of whole frames, by whole pixels up to `most`. */
function wholeShifts(most: number, seed: number): Shifts {
  const next = uniform(seed);
  const rigid = Float32Array.from({ length: 2 * FRAMES }, () => Math.floor((2 * most + 1) * next()) - most);
  return { ...SHAPE, rigid };
}

/** Displacements on a grid of 3×2 nodes, in eighths of a pixel. */
function localShifts(most: number, seed: number): Shifts {
  const next = uniform(seed);
  const values = Float32Array.from({ length: FRAMES * 12 }, () => Math.round(8 * most * (2 * next() - 1)) / 8);
  const local = { x: Float32Array.of(0, 13, 26), y: Float32Array.of(0, 21), values };
  return { ...SHAPE, rigid: new Float32Array(2 * FRAMES), local };
}

function corrected(
  compute: Compute,
  source: MovieSource,
  shifts: Shifts,
  given: Readonly<Record<string, unknown>> = {},
  mean?: Float32Array,
) {
  const parameters = resolveMotionParameters(given, source.header);
  return correctedMovie(source, shifts, parameters, { compute, memoryBytes: 1e8, ...(mean ? { mean } : {}) });
}

/** The pixel of a frame; undefined outside. */
function at(samples: ArrayLike<number>, frame: number, x: number, y: number): number | undefined {
  if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT) return undefined;
  return samples[(frame * HEIGHT + y) * WIDTH + x];
}

backendTest("whole displacements give the samples themselves, and every border what it promises", async () => {
  for (const type of ["uint8", "uint16", "int16", "float32"] as const) {
    const source = noiseMovie({ ...SHAPE, type, seed: 3 }), samples = await samplesOf(source);
    const shifts = wholeShifts(6, 4), exact = type === "float32" ? 1e-4 : 0;
    const least = Array.from(
      { length: FRAMES },
      (_, f) => Math.min(...samples.subarray(f * WIDTH * HEIGHT, (f + 1) * WIDTH * HEIGHT)),
    );
    for (const compute of await backends()) {
      for (const border_nan of ["copy", "nan", "min", "level"]) {
        for (const shifts_interpolation of ["bicubic", "fft"]) {
          // Through a Fourier transform samples are rounded.
          const tolerance = shifts_interpolation === "fft" ? 2e-3 : exact;
          const view = corrected(compute, source, shifts, { border_nan, shifts_interpolation });
          const values = await samplesOf(view);
          for (let f = 0; f < FRAMES; f++) {
            const [dx, dy] = shifts.rigid.subarray(2 * f, 2 * f + 2);
            for (let y = 0; y < HEIGHT; y++) {
              for (let x = 0; x < WIDTH; x++) {
                const value = values[(f * HEIGHT + y) * WIDTH + x], inside = at(samples, f, x + dx, y + dy);
                const nearest = at(
                  samples,
                  f,
                  Math.max(0, Math.min(WIDTH - 1, x + dx)),
                  Math.max(0, Math.min(HEIGHT - 1, y + dy)),
                )!;
                // Without a mean there is nothing to level with.
                const expected = inside ?? (border_nan === "nan" ? NaN : border_nan === "min" ? least[f] : nearest);
                assert.ok(
                  Object.is(value, expected) || Math.abs(value - expected) <= tolerance,
                  `${compute.backend}, ${type}, ${border_nan}, ${shifts_interpolation}: ${value}, not ${expected}, at ${f}, ${x}, ${y}`,
                );
              }
            }
          }
        }
      }
    }
  }
});

backendTest("any range reads as the whole does, rigid and local, with every border", async () => {
  for (const compute of await backends()) {
    const mean = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => 100 + i % 13);
    for (const border_nan of ["copy", "nan", "min", "level"]) {
      for (const shifts of [wholeShifts(3, 1), localShifts(3, 2)]) {
        const source = noiseMovie({ ...SHAPE, type: "uint16", seed: 5 });
        const view = corrected(compute, source, shifts, { border_nan }, mean), { header } = view;
        assert.deepEqual([header.width, header.height, header.frames], [WIDTH, HEIGHT, FRAMES]);
        assert.equal(header.sampleType, "float32");
        const kind = shifts.local ? "piecewise" : "rigid";
        assert.equal(view.done, `Motion corrected (${kind}, bicubic, border ${border_nan})`);
        assert.deepEqual(header.history, [view.done]);
        const all = await anyOrder(view);
        const missing = all.filter(Number.isNaN).length;
        assert.ok(border_nan === "nan" ? missing > 0 && missing < 0.5 * all.length : missing === 0);
      }
    }
  }
  // A view with little memory reads frame by frame: the same samples.
  await onCpu(async (compute) => {
    const source = noiseMovie({ ...SHAPE, type: "uint16", seed: 5 }), parameters = resolveMotionParameters();
    const [little, much] = [2e5, 1e9].map((memoryBytes) =>
      correctedMovie(source, localShifts(3, 2), parameters, { compute, memoryBytes })
    );
    assert.deepEqual(await samplesOf(little), await samplesOf(much));
  });
});

backendTest("smooth tissue that moved comes back to where it was: bicubic, Fourier and piecewise", async () => {
  // Neighbouring pixels differ by up to 20 counts of 200.
  const scene = (x: number, y: number) =>
    300 + 60 * Math.sin(x / 3.1 + 0.3 * Math.cos(y / 5)) + 45 * Math.cos(y / 2.9 - x / 11);
  const next = uniform(8), rigid = Float32Array.from({ length: 2 * FRAMES }, () => 5 * next() - 2.5);
  const local = localShifts(2.5, 6);
  // Piecewise: what lies at p of the template lies at p + d(p) of the frame; the movie is made by finding p for each pixel.
  const templatePlace = (frame: number, x: number, y: number): [number, number] => {
    let [px, py] = [x, y];
    for (let step = 0; step < 60; step++) {
      const [dx, dy] = displacementAt(local, frame, px, py);
      [px, py] = [x - dx, y - dy];
    }
    return [px, py];
  };
  const moving = {
    whole: movieOf(SHAPE, (f, x, y) => scene(x - rigid[2 * f], y - rigid[2 * f + 1])),
    local: movieOf(SHAPE, (f, x, y) => scene(...templatePlace(f, x, y))),
  };
  const still = await samplesOf(movieOf(SHAPE, (_, x, y) => scene(x, y)));
  for (const compute of await backends()) {
    const cases = [
      ["bicubic", moving.whole, { ...SHAPE, rigid }, {}, 2.5],
      ["fft", moving.whole, { ...SHAPE, rigid }, { shifts_interpolation: "fft" }, 2.5],
      ["piecewise", moving.local, local, { upsample_factor_grid: 8 }, 4],
    ] as const;
    for (const [name, source, shifts, given, most] of cases) {
      const values = await samplesOf(corrected(compute, source, shifts, given));
      let largest = 0, squares = 0, count = 0;
      for (let f = 0; f < FRAMES; f++) {
        for (let y = 5; y < HEIGHT - 5; y++) {
          for (let x = 5; x < WIDTH - 5; x++) {
            const error = values[(f * HEIGHT + y) * WIDTH + x] - still[(f * HEIGHT + y) * WIDTH + x];
            largest = Math.max(largest, Math.abs(error));
            squares += error * error;
            count++;
          }
        }
      }
      assert.ok(largest < most, `${compute.backend}, ${name}: ${largest} counts at most`);
      assert.ok(
        Math.sqrt(squares / count) < most / 4,
        `${compute.backend}, ${name}: ${Math.sqrt(squares / count)} r.m.s.`,
      );
    }
  }
});

backendTest("the level border: the nearest sample at the brightness of the pixel's own place", async () => {
  const next = uniform(12), mean = Float32Array.from({ length: WIDTH * HEIGHT }, () => 100 + 80 * next());
  const source = noiseMovie({ ...SHAPE, type: "uint16", seed: 7 });
  const meanAt = (x: number, y: number) => {
    const inX = Math.max(0, Math.min(WIDTH - 1, x)), inY = Math.max(0, Math.min(HEIGHT - 1, y));
    const x0 = Math.floor(inX), y0 = Math.floor(inY), u = inX - x0, v = inY - y0;
    const m = (a: number, b: number) => mean[Math.min(HEIGHT - 1, y0 + b) * WIDTH + Math.min(WIDTH - 1, x0 + a)];
    return (1 - v) * ((1 - u) * m(0, 0) + u * m(1, 0)) + v * ((1 - u) * m(0, 1) + u * m(1, 1));
  };
  for (const shifts of [wholeShifts(5, 3), { ...SHAPE, rigid: wholeShifts(5, 3).rigid.map((d) => 0.625 * d) }]) {
    for (const compute of await backends()) {
      const copied = await samplesOf(corrected(compute, source, shifts, { border_nan: "copy" }));
      const levelled = await samplesOf(corrected(compute, source, shifts, { border_nan: "level" }, mean));
      let changed = 0;
      levelled.forEach((value, i) => {
        const f = Math.floor(i / (WIDTH * HEIGHT)), x = i % WIDTH, y = Math.floor(i / WIDTH) % HEIGHT;
        const [dx, dy] = shifts.rigid.subarray(2 * f, 2 * f + 2);
        const sampleX = Math.max(0, Math.min(WIDTH - 1, x + dx)), sampleY = Math.max(0, Math.min(HEIGHT - 1, y + dy));
        const isInside = sampleX === x + dx && sampleY === y + dy;
        const expected = isInside ? copied[i] : copied[i] + mean[y * WIDTH + x] - meanAt(sampleX - dx, sampleY - dy);
        if (!isInside) changed++;
        // So near to the frame the nearest sample may stay as it is.
        const isNear = Math.max(Math.abs(sampleX - x - dx), Math.abs(sampleY - y - dy)) <= 0.25;
        if (isNear && value === copied[i]) return;
        assert.ok(Math.abs(value - expected) < (isInside ? 1e-9 : 2e-3), `${compute.backend}: ${value}, ${expected}`);
      });
      assert.ok(changed > 200);
    }
  }
});

backendTest("a still movie of its mean is itself, whatever moved: nothing of the level shows", async () => {
  // Each pixel has a brightness of its own, and the field moves as a whole: the edges get their own brightness.
  const scene = (x: number, y: number) => 200 + 7 * ((5 * x + 11 * y) % 17), shifts = wholeShifts(4, 9);
  const source = movieOf({ ...SHAPE, type: "uint16" }, (f, x, y) => {
    const [dx, dy] = shifts.rigid.subarray(2 * f, 2 * f + 2);
    return scene(x - dx + 50, y - dy + 50);
  });
  const mean = Float32Array.from(
    { length: WIDTH * HEIGHT },
    (_, i) => scene(i % WIDTH + 50, Math.floor(i / WIDTH) + 50),
  );
  const compute = (await backends()).at(-1)!;
  const values = await samplesOf(corrected(compute, source, shifts, { border_nan: "level" }, mean));
  values.forEach((value, i) => {
    assert.ok(Math.abs(value - mean[i % (WIDTH * HEIGHT)]) < 1e-3, `${value} at ${i}`);
  });
});

Deno.test("what cannot be applied is refused in a sentence", async () => {
  const source = noiseMovie({ ...SHAPE, seed: 3 });
  await onCpu(async (compute) => {
    const refused = (shifts: Shifts, given: Record<string, unknown> = {}) =>
      sentenceOf(ParameterError, () => corrected(compute, source, shifts, given));
    assert.equal(
      await refused({ ...wholeShifts(3, 1), width: 28 }),
      'The displacements are of 19 frames of 28×22 pixels, but "test movie" has 19 frames of 27×22: they belong to another movie',
    );
    assert.match(await refused({ ...wholeShifts(3, 1), height: 21 }), /of 27×21 pixels/);
    assert.match(await refused({ ...wholeShifts(3, 1), frames: 18 }), /are of 18 frames/);
    assert.throws(() => corrected(compute, source, localShifts(3, 1), { shifts_interpolation: "fft" }), {
      name: "ParameterError",
      message:
        "shifts_interpolation fft moves whole frames only, and these displacements differ over the field: use bicubic",
    });
  });
});

Deno.test("displacements larger than the field leave only border, and one pixel can be moved", async () => {
  await onCpu(async (compute) => {
    const source = noiseMovie({ ...SHAPE, seed: 3 }), far = { ...wholeShifts(3, 1) };
    far.rigid.fill(100);
    const samples = await samplesOf(source),
      values = await samplesOf(corrected(compute, source, far, { border_nan: "copy" }));
    for (let f = 0; f < FRAMES; f++) {
      const corner = at(samples, f, WIDTH - 1, HEIGHT - 1)!, size = WIDTH * HEIGHT;
      assert.ok(farthest(values.subarray(f * size, (f + 1) * size), new Float32Array(size).fill(corner)) < 1e-4);
    }
    const empty = await samplesOf(corrected(compute, source, far, { border_nan: "nan" }));
    assert.ok(empty.every(Number.isNaN));
    const pixel = movieOf({ width: 1, height: 1, frames: 3 }, (f) => 5 + f);
    const still: Shifts = { width: 1, height: 1, frames: 3, rigid: Float32Array.of(0, 0, 0.5, 0, -2, 3) };
    for (const border_nan of ["copy", "level"]) {
      assert.deepEqual([...await samplesOf(corrected(compute, pixel, still, { border_nan }, Float32Array.of(6)))], [
        5,
        6,
        7,
      ]);
    }
  });
});
