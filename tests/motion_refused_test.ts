/** What cannot be registered: one clear sentence each. */
import assert from "node:assert/strict";
import { type AnnulusError, MovieError, ParameterError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { resolveMotionParameters } from "../src/core/parameters.ts";
import { planMotion } from "../src/motion/plan.ts";
import { registrationScale } from "../src/motion/scale.ts";
import type { RegisterOptions } from "../src/motion/register.ts";
import { movieFrom, onCpu, registered } from "./motion_setting.ts";
import { noiseMovie } from "./preprocess_movies.ts";

const SHAPE = { width: 80, height: 64, frames: 12 };

/** The sentence a registration is refused with. */
async function refused(
  kind: new (message: string) => AnnulusError,
  source: MovieSource,
  given: Readonly<Record<string, unknown>> = {},
  options: Partial<RegisterOptions> = {},
): Promise<string> {
  return await onCpu(async (compute) => {
    try {
      await registered(compute, source, given, options);
    } catch (error) {
      assert.ok(error instanceof kind, String(error));
      assert.ok(!/\n|undefined|NaN×|\.$/.test(error.message), error.message);
      return error.message;
    }
    assert.fail("It was registered");
  });
}

Deno.test("a displacement that leaves nothing of the frame to compare is refused, and the largest one that does is told", async () => {
  const movie = noiseMovie(SHAPE);
  const sentence = await refused(ParameterError, movie, { max_shifts: 60 });
  const most = Number(
    /^max_shifts is 60 pixels, but frames of "test movie" have 80×64: at most (\d+) leave enough of them to compare$/
      .exec(sentence)?.[1],
  );
  assert.ok(most >= 10, sentence);
  const scale = (max_shifts: number) => registrationScale(movie.header, resolveMotionParameters({ max_shifts }));
  scale(most);
  assert.throws(() => scale(most + 1), ParameterError);
  assert.match(await refused(ParameterError, movie, { max_shifts: 500 }), /^max_shifts is 500 pixels/);
  assert.equal(
    await refused(ParameterError, noiseMovie({ ...SHAPE, height: 20 })),
    'Frames of "test movie" have 80×20 pixels, which is too small to register with gSig_filt 3: at least 36 pixels a side are needed',
  );
  scale(2);
  registrationScale({ ...movie.header, width: 36, height: 36 }, resolveMotionParameters({ max_shifts: 1 }));
});

Deno.test("patches larger than the frame are refused, and Fourier interpolation of patches", async () => {
  assert.equal(
    await refused(ParameterError, noiseMovie(SHAPE), { pw_rigid: true }),
    'strides 48 + overlaps 24 make patches of 72 pixels, larger than the frames of "test movie" (80×64): make them smaller, or ' +
      "register frames as wholes (pw_rigid false)",
  );
  assert.equal(
    await refused(ParameterError, noiseMovie(SHAPE), {
      pw_rigid: true,
      strides: 32,
      overlaps: 16,
      shifts_interpolation: "fft",
    }),
    "shifts_interpolation fft moves whole frames only: use bicubic with pw_rigid",
  );
});

Deno.test("too few frames are refused", async () => {
  for (const frames of [1, 4]) {
    assert.equal(
      await refused(MovieError, noiseMovie({ ...SHAPE, frames })),
      `"test movie" has ${frames} frame${frames === 1 ? "" : "s"}; a template to register to takes at least 5`,
    );
  }
  await onCpu((compute) => registered(compute, noiseMovie({ ...SHAPE, frames: 5 })));
});

Deno.test("frames without structure are refused, whatever their brightness", async () => {
  const { width, height, frames } = SHAPE, size = width * height;
  const movies = {
    "all zero": new Uint8Array(size * frames),
    "one value": new Uint16Array(size * frames).fill(1234),
    "a value per frame": Uint16Array.from({ length: size * frames }, (_, i) => 100 + 17 * Math.floor(i / size)),
    "fractions": new Float32Array(size * frames).fill(1000.3),
    "large fractions": Float32Array.from({ length: size * frames }, (_, i) => 51234.56 + 0.37 * Math.floor(i / size)),
  };
  for (const [name, samples] of Object.entries(movies)) {
    for (const given of [{}, { gSig_filt: 0 }, { gSig_filt: 5 }, { pw_rigid: true, strides: 32, overlaps: 16 }]) {
      assert.equal(
        await refused(MovieError, movieFrom(samples, width, height), given),
        '"made up" has nothing to register by: its frames show no structure that they share',
        name,
      );
    }
  }
});

Deno.test("samples that are not finite are refused, wherever they are", async () => {
  const { width, height } = SHAPE, size = width * height, frames = 150;
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (const frame of [0, 70, 149]) {
      const source = noiseMovie({ ...SHAPE, frames }), samples = new Float32Array(size * frames);
      await source.read(0, frames, samples);
      samples[frame * size + 7 * width + 13] = bad;
      assert.equal(
        await refused(MovieError, movieFrom(samples, width, height)),
        `"made up" holds a value that is not a finite number (frame ${frame}, x 13, y 7); replace NaN and infinite samples ` +
          "first (bad_pixels repair does)",
      );
    }
  }
});

Deno.test("a template of another size, with NaN or without structure is refused", async () => {
  const movie = noiseMovie(SHAPE), size = SHAPE.width * SHAPE.height;
  assert.equal(
    await refused(ParameterError, movie, {}, { template: new Float32Array(100) }),
    'The template has 100 pixels, but frames of "test movie" have 80×64: give an image of that size',
  );
  const template = Float32Array.from({ length: size }, (_, i) => i % 37);
  template[99] = NaN;
  assert.equal(
    await refused(ParameterError, movie, {}, { template }),
    "The template holds values that are not finite numbers: give an image without NaN",
  );
  assert.match(await refused(MovieError, movie, {}, { template: new Float32Array(size).fill(8.3) }), /structure/);
});

Deno.test("a memory ceiling that is too low is refused, and the one that is asked for is enough", async () => {
  const movie = noiseMovie(SHAPE);
  const sentence = await refused(ParameterError, movie, {}, { memoryBytes: 2e6 });
  const least = /^A memory ceiling of 2 MB is too low to register frames of 80×64 pixels: give at least (\d+) MB$/
    .exec(sentence)?.[1];
  await onCpu((compute) => registered(compute, movie, {}, { memoryBytes: Number(least) * 1e6 }), Number(least) * 1e6);
});

Deno.test("a plan keeps its ceiling, whatever the movie, and does not grow with its frames", () => {
  let plans = 0;
  for (const [width, height] of [[64, 80], [128, 128], [203, 205], [512, 480], [1024, 1024]]) {
    for (const sampleType of ["uint8", "float32"] as const) {
      for (const given of [{}, { gSig_filt: 0 }, { gSig_filt: width > 100 ? 8 : 2 }]) {
        const header = (frames: number) => ({ width, height, frames, sampleType, name: "made up", files: [] });
        const parameters = resolveMotionParameters(given, header(1));
        for (const memoryBytes of [6e7, 2e8, 1e9]) {
          const plan = (frames: number) =>
            planMotion(header(frames), registrationScale(header(frames), parameters), 30, memoryBytes);
          let long;
          try {
            long = plan(100_000);
          } catch (error) {
            assert.ok(error instanceof ParameterError);
            const least = Number(/give at least (\d+) MB$/.exec(error.message)?.[1]) * 1e6;
            assert.ok(least > memoryBytes);
            const scale = registrationScale(header(9), parameters);
            assert.ok(planMotion(header(100_000), scale, 30, least).plannedBytes <= least);
            continue;
          }
          plans++;
          assert.ok(long.plannedBytes <= memoryBytes, `${width}×${height} in ${memoryBytes}: ${long.plannedBytes}`);
          assert.equal(plan(1_000_000).plannedBytes, long.plannedBytes);
        }
      }
    }
  }
  assert.ok(plans > 30, `${plans} plans`);
});
