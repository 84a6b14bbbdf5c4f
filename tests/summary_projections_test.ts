/** Projections against their definitions, computed plainly in float64 on whole movies, and against CaImAn's. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { MovieError, ParameterError } from "../src/core/errors.ts";
import { type MovieSource, type SampleArray, sampleArray, type SampleType } from "../src/core/movie.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { openMovie } from "../src/movie/open.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { correlationBins, equalPieces } from "../src/summary/frame_ranges.ts";
import { planProjections } from "../src/summary/projection_plan.ts";
import { type ProjectionName, PROJECTIONS, projectMovie } from "../src/summary/projections.ts";
import { backends, backendTest, relativeError, uniform } from "./backends.ts";

const BINDING = 2 ** 27;

/** The least memory that a movie's projections can be planned with: chunks of eight frames. */
function leastMemory({ header }: MovieSource): number {
  let low = 0, high = 1e9;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    try {
      planProjections(header, middle, BINDING);
      high = middle;
    } catch {
      low = middle;
    }
  }
  return high;
}

/** A movie whose pixels share a random course of light, each in its own measure, with noise. */
function randomMovie(type: SampleType, width: number, height: number, frames: number, seed: number): MovieSource {
  const next = uniform(seed), samples = sampleArray(type, frames * width * height);
  const level = { uint8: 100, uint16: 2000, int16: -500, float32: 0.2 }[type];
  const spread = { uint8: 20, uint16: 300, int16: 9000, float32: 0.3 }[type];
  const share = Float64Array.from({ length: width * height }, () => next());
  for (let t = 0, i = 0; t < frames; t++) {
    const light = next() - 0.5;
    for (let p = 0; p < share.length; p++, i++) {
      const value = level + spread * (3 * share[p] * light + next() + next() - 1);
      samples[i] = type === "float32" ? value : Math.round(value);
    }
  }
  return memoryMovie(samples, { width, height });
}

/** The whole movie's samples. */
async function samplesOf(source: MovieSource): Promise<SampleArray> {
  const { width, height, frames, sampleType } = source.header,
    samples = sampleArray(sampleType, width * height * frames);
  await source.read(0, frames, samples);
  return samples;
}

/** Every pixel's samples over time. */
async function traces(source: MovieSource): Promise<Float64Array[]> {
  const { width, height, frames } = source.header, samples = await samplesOf(source), size = width * height;
  return Array.from({ length: size }, (_, p) => Float64Array.from({ length: frames }, (_, t) => samples[t * size + p]));
}

const average = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's correlation; 0 where one never varies. */
function pearson(a: Float64Array, b: Float64Array): number {
  const meanA = average(a), meanB = average(b);
  if (a.every((value) => value === a[0]) || b.every((value) => value === b[0])) return 0;
  const product = average(a.map((value, t) => (value - meanA) * (b[t] - meanB)));
  return product / Math.sqrt(average(a.map((value) => (value - meanA) ** 2)) * average(b.map((v) => (v - meanB) ** 2)));
}

function plainCorrelation(all: Float64Array[], width: number, height: number, neighbours: 4 | 8): Float64Array {
  return Float64Array.from(all, (trace, p) => {
    const x = p % width, y = Math.floor(p / width), found: number[] = [];
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const isNeighbour = neighbours === 4 ? Math.abs(dx) + Math.abs(dy) === 1 : dx !== 0 || dy !== 0;
        if (!isNeighbour || x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height) continue;
        found.push(pearson(trace, all[(y + dy) * width + x + dx]));
      }
    }
    return found.length > 0 ? average(found) : 0;
  });
}

function plainMedian(trace: Float64Array): number {
  const sorted = trace.slice().sort(), middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function plainProjections(source: MovieSource, neighbours: 4 | 8, binSize: number) {
  const { width, height, frames } = source.header, all = await traces(source);
  const image = (value: (trace: Float64Array) => number) => Float64Array.from(all, value);
  // A bin that is shorter than a third of the others at the end of a longer movie is left out.
  const bins: Float64Array[] = [];
  for (let from = 0; from < frames; from += binSize) {
    const to = Math.min(frames, from + binSize);
    if (from > 0 && to - from < binSize / 3) continue;
    bins.push(plainCorrelation(all.map((trace) => trace.subarray(from, to)), width, height, neighbours));
  }
  const images: Record<ProjectionName, Float64Array> = {
    mean: image(average),
    median: image(plainMedian),
    max: image((trace) => Math.max(...trace)),
    min: image((trace) => Math.min(...trace)),
    standard_deviation: image((trace) => Math.sqrt(average(trace.map((value) => (value - average(trace)) ** 2)))),
    range: image((trace) => Math.max(...trace) - Math.min(...trace)),
    correlation: plainCorrelation(all, width, height, neighbours),
    max_correlation: Float64Array.from(all, (_, p) => Math.max(...bins.map((bin) => bin[p]))),
  };
  return { images, meanTrace: Float64Array.from({ length: frames }, (_, t) => average(all.map((trace) => trace[t]))) };
}

const EXACT: readonly ProjectionName[] = ["median", "max", "min", "range"];

/** Checks every projection of a movie on every backend, whole and in small chunks. */
async function checkProjections(source: MovieSource, neighbours: 4 | 8, binSize: number): Promise<void> {
  const expected = await plainProjections(source, neighbours, binSize);
  const { width, height, frames, sampleType } = source.header;
  for (const compute of await backends()) {
    for (const memoryBytes of [leastMemory(source), 200e6]) {
      const options = { compute, memoryBytes };
      const { images, meanTrace, movie } = await projectMovie(source, { neighbours, bin_size: binSize }, options);
      assert.deepEqual(movie, source.header);
      assert.deepEqual(Object.keys(images), [...PROJECTIONS]);
      for (const name of PROJECTIONS) {
        const what = `${name} of ${sampleType} ${width}×${height}×${frames} on ${compute.backend}`;
        const error = relativeError(images[name]!, expected.images[name]);
        const allowed = EXACT.includes(name) ? (sampleType === "float32" ? 1e-7 : 0) : 1e-5;
        assert.ok(error <= allowed, `${what} is off by ${error}`);
      }
      const error = relativeError(meanTrace, expected.meanTrace);
      assert.ok(error <= 1e-6, `the mean trace on ${compute.backend} is off by ${error}`);
    }
  }
}

for (
  const [type, width, height, frames, neighbours, binSize] of [
    ["uint8", 13, 9, 100, 8, 40],
    ["uint16", 16, 7, 61, 4, 20],
    ["int16", 6, 11, 40, 8, 30],
    ["float32", 9, 6, 51, 8, 25],
    ["uint16", 1, 1, 9, 8, 3],
    ["float32", 1, 5, 12, 4, 1000],
    ["uint8", 7, 1, 300, 8, 7],
    ["uint16", 5, 4, 1, 8, 1000],
    ["uint16", 3, 3, 2, 4, 2],
  ] as const
) {
  backendTest(
    `projections of ${type} ${width}×${height}×${frames}, ${neighbours} neighbours, bins of ${binSize}`,
    async () => {
      await checkProjections(randomMovie(type, width, height, frames, frames), neighbours, binSize);
    },
  );
}

backendTest("medians between far samples, negative ones and equal ones", async () => {
  const pixels = [
    [-3e18, -1, 2, 3e18],
    [-1e-30, 0, 1e-30, 1],
    [5, 5, 5, 5],
    [-7.5, -7.5, 100, 100],
    [0.1, 0.1, 0.1, 3e8],
    [-1, 1, -1, 1],
  ];
  const samples = Float32Array.from({ length: 24 }, (_, i) => pixels[i % 6][Math.floor(i / 6)]);
  const source = memoryMovie(samples, { width: 3, height: 2 }), all = await traces(source);
  for (const compute of await backends()) {
    const { images: { median } } = await projectMovie(source, { images: ["median"] }, { compute, memoryBytes: 1e8 });
    all.forEach((trace, p) => {
      const error = Math.abs(median![p] - plainMedian(trace)), far = Math.max(...trace.map(Math.abs));
      // A sample far from the centre is rounded once, at the scale of the centre.
      assert.ok(error <= 6e-8 * far, `pixel ${p} on ${compute.backend}: ${median![p]}, not ${plainMedian(trace)}`);
    });
  }
});

backendTest(
  "light that is switched on late costs no precision, and what never varies correlates with nothing",
  async () => {
    const width = 8, height = 6, frames = 1300, next = uniform(3), samples = new Float32Array(width * height * frames);
    for (let t = 0, i = 0; t < frames; t++) {
      const common = next();
      for (let p = 0; p < width * height; p++, i++) {
        samples[i] = p === 9 ? 0.3 : p === 20 && t >= 600 ? 0.7 : (t < 100 ? 0 : 20000) + 4 * (next() + common);
      }
    }
    const source = memoryMovie(samples, { width, height });
    const expected = await plainProjections(source, 8, 600);
    for (const compute of await backends()) {
      for (const memoryBytes of [leastMemory(source) + 30e3, 2e8]) {
        const images = ["mean", "standard_deviation", "correlation", "max_correlation"] as const;
        const made = (await projectMovie(source, { images, bin_size: 600 }, { compute, memoryBytes })).images;
        for (const name of images) {
          const error = relativeError(made[name]!, expected.images[name]);
          // Samples of 20000 in float32 are known to 1e-3.
          assert.ok(error <= 2e-5, `${name} on ${compute.backend} is off by ${error}`);
        }
        assert.equal(made.correlation![9], 0);
      }
    }
  },
);

Deno.test("a device that binds little gives the same medians, band by band", async () => {
  const source = randomMovie("uint16", 12, 10, 31, 6), all = await traces(source);
  const compute = new CpuCompute({ workers: 0 });
  // The counts of a pixel take 64 bytes: three bands.
  Object.defineProperty(compute, "limits", { value: { maxBindingBytes: 120 * 24, memoryBytes: Infinity } });
  const { images } = await projectMovie(source, { images: ["median"] }, { compute, memoryBytes: 1e8 });
  assert.deepEqual([...images.median!], all.map(plainMedian));
});

backendTest("only what is wanted is made, twice the same, and the progress goes to 1", async () => {
  const source = randomMovie("uint16", 12, 10, 90, 2);
  for (const compute of await backends()) {
    const fractions: number[] = [], held = compute.memory.current;
    const run = (images: ProjectionName[]) =>
      projectMovie(source, { images }, {
        compute,
        memoryBytes: leastMemory(source),
        progress: ({ fraction }) => fractions.push(fraction),
      });
    const some = await run(["median", "correlation"]);
    assert.deepEqual(Object.keys(some.images), ["median", "correlation"]);
    assert.ok(fractions.every((fraction, i) => i === 0 || fraction >= fractions[i - 1]), fractions.join(" "));
    assert.equal(fractions.at(-1), 1);
    const again = await run([...PROJECTIONS]);
    assert.deepEqual(again, { ...await run([...PROJECTIONS]) });
    assert.deepEqual(again.images.median, some.images.median);
    assert.deepEqual(again.meanTrace, some.meanTrace);
    if (compute.backend === "cpu") assert.equal(compute.memory.current, held);
  }
});

backendTest("what makes no sense is refused with a sentence, and an abort stops", async () => {
  const source = randomMovie("uint16", 12, 10, 90, 2), [compute] = await backends();
  const reason = async (options: object, movie = source, memoryBytes = 1e8): Promise<string> => {
    try {
      await projectMovie(movie, options, { compute, memoryBytes });
    } catch (error) {
      assert.ok(error instanceof ParameterError || error instanceof MovieError, `${error}`);
      return error.message;
    }
    return "nothing";
  };
  assert.match(await reason({ images: [] }), /^No image is wanted: name some of mean, median/);
  assert.match(await reason({ images: ["maen"] }), /^There is no image maen; did you mean mean\?$/);
  assert.match(await reason({ images: ["xyzzyx"] }), /^There is no image xyzzyx: images are mean, median, /);
  assert.match(await reason({ neighbours: 6 }), /^Parameter neighbours is 6, but it has to be 4 or 8$/);
  for (const bin_size of [1, 2.5, NaN, -3]) {
    assert.match(await reason({ bin_size }), /^Parameter bin_size is .* from 2$/);
  }
  assert.match(
    await reason({}, source, 1e4),
    /^A memory ceiling of 0 MB is too low for 12×10 pixels: give at least 1 MB/,
  );
  const samples = new Float32Array(60).fill(1);
  samples[31] = NaN;
  const broken = memoryMovie(samples, { width: 3, height: 4, name: "broken" });
  assert.match(await reason({}, broken), /"broken" holds a value that is not a finite number \(frame 2, x 1, y 2\)/);
  const signal = AbortSignal.abort();
  await assert.rejects(projectMovie(source, {}, { compute, memoryBytes: 1e8, signal }), { name: "AbortError" });
});

Deno.test("bins: CaImAn's rule for the last one; pieces: few and equal", () => {
  const lengths = (frames: number, size: number) => correlationBins(frames, size).map(({ from, to }) => to - from);
  assert.deepEqual(lengths(5, 1000), [5]);
  assert.deepEqual(lengths(1000, 1000), [1000]);
  assert.deepEqual(lengths(1333, 1000), [1000]);
  assert.deepEqual(lengths(1334, 1000), [1000, 334]);
  assert.deepEqual(lengths(13, 6), [6, 6]);
  assert.deepEqual(lengths(14, 6), [6, 6, 2]);
  assert.deepEqual(lengths(12, 6), [6, 6]);
  assert.deepEqual(equalPieces({ from: 3, to: 3 }, 10), []);
  assert.deepEqual(equalPieces({ from: 3, to: 24 }, 10), [{ from: 3, to: 10 }, { from: 10, to: 17 }, {
    from: 17,
    to: 24,
  }]);
});

Deno.test("the plan keeps its ceiling, whatever the movie's length, and says what is too large", () => {
  const header = { width: 600, height: 500, frames: 1e6, sampleType: "uint16" } as const;
  for (const memoryBytes of [150e6, 300e6, 2e9]) {
    const { chunkFrames, plannedBytes } = planProjections(header, memoryBytes, BINDING);
    assert.ok(plannedBytes <= memoryBytes && chunkFrames >= 8, `${chunkFrames} frames, ${plannedBytes} bytes`);
  }
  assert.throws(() => planProjections(header, 64e6, BINDING), /ceiling of 64 MB is too low .* at least \d{3} MB/);
  assert.throws(() => planProjections({ ...header, width: 20000 }, 1e12, BINDING), /20000×500 pixels are too many/);
});

backendTest("correlations on sim_small are CaImAn's", async () => {
  const shared = new URL("../../shared/", import.meta.url).pathname, path = `${shared}reference/caiman_sim_small.h5`;
  if (!existsSync(path)) return;
  const reference = await Hdf5Reader.open(path), movie = await openMovie(`${shared}data/sim_small.tif`);
  // Not local_correlations8: that mixes up the diagonal neighbours (by up to 0.003 here); local_correlations_fft does not.
  for (const [neighbours, name] of [[4, "local_correlations4"], [8, "local_correlations_fft8"]] as const) {
    const expected = reference.numbers(`summary/${name}`, "float32", [128, 128]).data;
    for (const compute of await backends()) {
      const { images } = await projectMovie(movie, { images: ["correlation"], neighbours }, {
        compute,
        memoryBytes: 3e8,
      });
      const error = relativeError(images.correlation!, expected);
      assert.ok(error < 5e-5, `${name} on ${compute.backend}: ${error}`);
    }
  }
  reference.close();
  movie.close();
});
