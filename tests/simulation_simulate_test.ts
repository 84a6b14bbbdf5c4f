import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import { footprintOf, unpackFootprints } from "../src/core/footprints.ts";
import type { Truth } from "../src/core/truth.ts";
import { peakPixel, placeCells } from "../src/simulation/cells.ts";
import { Random } from "../src/simulation/random.ts";
import { simulate, type SimulationOptions } from "../src/simulation/simulate.ts";
import { SIMULATION_PRESETS } from "../src/simulation/presets.ts";

const SMALL: SimulationOptions = { width: 64, height: 56, frames: 300, cells: 15, seed: 5 };

async function wholeMovie(options: SimulationOptions): Promise<{ movie: Uint16Array; truth: Truth }> {
  const { source, truth } = simulate(options);
  const movie = new Uint16Array(truth.frames * truth.width * truth.height);
  await source.read(0, truth.frames, movie);
  return { movie, truth };
}

const median = (values: ArrayLike<number>) => Array.from(values).sort((a, b) => a - b)[values.length >> 1];

Deno.test("the random generator is a function of its keys, uniform and normal", () => {
  const draw = (...keys: number[]) => {
    const random = new Random(...keys);
    return Array.from({ length: 5 }, () => random.bits());
  };
  assert.deepEqual(draw(1, 2, 3), draw(1, 2, 3));
  for (const other of [[1, 2, 4], [2, 2, 3], [1, 3, 2], [1, 2], [1 + 2 ** 32, 2, 3]]) {
    assert.notDeepEqual(draw(1, 2, 3), draw(...other));
  }
  const random = new Random(9), count = 400000;
  const powers = [0, 0, 0, 0];
  let beyond2 = 0, beyond4 = 0, lag = 0, last = 0, uniform = 0;
  for (let i = 0; i < count; i++) {
    const x = random.normal();
    for (let power = 0; power < 4; power++) powers[power] += x ** (power + 1) / count;
    beyond2 += Number(Math.abs(x) > 2) / count;
    beyond4 += Number(Math.abs(x) > 4);
    lag += x * last / count;
    last = x;
    uniform += random.uniform() / count;
  }
  // Five standard errors each.
  assert.ok(Math.abs(powers[0]) < 0.008, `mean ${powers[0]}`);
  assert.ok(Math.abs(powers[1] - 1) < 0.012, `variance ${powers[1]}`);
  assert.ok(Math.abs(powers[2]) < 0.031, `third moment ${powers[2]}`);
  assert.ok(Math.abs(powers[3] - 3) < 0.08, `fourth moment ${powers[3]}`);
  assert.ok(Math.abs(beyond2 - 0.0455) < 0.0017, `share beyond 2: ${beyond2}`);
  assert.ok(beyond4 > 5 && beyond4 < 55, `${beyond4} beyond 4; 25 expected`);
  assert.ok(Math.abs(lag) < 0.008, `correlation of successive numbers ${lag}`);
  assert.ok(Math.abs(uniform - 0.5) < 0.0024, `mean of uniforms ${uniform}`);
});

Deno.test("any range of a simulated movie reads the same, in any order, from any copy", async () => {
  const { movie } = await wholeMovie(SMALL);
  const { source } = simulate(SMALL);
  const pixels = 64 * 56;
  for (const [start, count] of [[250, 50], [0, 1], [299, 1], [17, 23], [120, 0]]) {
    const part = new Uint16Array(count * pixels);
    await source.read(start, count, part);
    assert.deepEqual(part, movie.slice(start * pixels, (start + count) * pixels));
  }
  const other = await wholeMovie({ ...SMALL, seed: 6 });
  assert.notDeepEqual(other.movie, movie);
  await assert.rejects(source.read(290, 11, new Uint16Array(11 * pixels)), /do not exist: the movie has 300/);
  await assert.rejects(source.read(0, 1, new Float32Array(pixels)), TypeError);
});

Deno.test("the movie is A C plus the stated background and noise", async () => {
  const { movie, truth } = await wholeMovie({ ...SMALL, background_amplitude: 0, bleaching: 0 });
  const { width, height, frames, footprints, calcium, b0, noise } = truth;
  const pixels = width * height;
  // Without fluctuations the residual Y − A C − b0 is noise alone.
  const sums = new Float64Array(pixels), squares = new Float64Array(pixels);
  for (let t = 0; t < frames; t++) {
    const residual = Float64Array.from(b0, (value, p) => movie[t * pixels + p] - value);
    unpackFootprints(footprints).forEach((cell, k) =>
      cell.pixels.forEach((pixel, i) => residual[pixel] -= cell.values[i] * calcium[k * frames + t])
    );
    residual.forEach((value, p) => {
      sums[p] += value / frames;
      squares[p] += value * value / frames;
    });
  }
  const z = sums.map((sum, p) => sum / noise[p] * Math.sqrt(frames));
  const meanSquare = z.reduce((sum, value) => sum + value * value, 0) / pixels;
  assert.ok(Math.abs(meanSquare - 1) < 0.15, `mean residual: ${meanSquare} of its variance`);
  const ratio = squares.reduce((sum, value, p) => sum + value / noise[p] ** 2, 0) / pixels;
  // A cell's own light adds a little shot noise.
  assert.ok(ratio > 0.99 && ratio < 1.03, `noise variance ${ratio} of the truth's`);
});

Deno.test("the background fluctuates as asked, and b0 is its mean", async () => {
  const { movie, truth } = await wholeMovie({ ...SMALL, cells: 0, background_amplitude: 90, bleaching: 0.1 });
  const { width, height, frames, b0, noise } = truth;
  const pixels = width * height;
  const deviations = new Float64Array(pixels);
  let early = 0, late = 0;
  for (let p = 0; p < pixels; p++) {
    let sum = 0, squares = 0;
    for (let t = 0; t < frames; t++) {
      const value = movie[t * pixels + p];
      sum += value;
      squares += (value - b0[p]) ** 2;
      if (t < 100) early += value / pixels / 100;
      if (t >= 200) late += value / pixels / 100;
    }
    assert.ok(Math.abs(sum / frames - b0[p]) < 5 * noise[p] / Math.sqrt(frames) + 0.1, `mean of pixel ${p}`);
    deviations[p] = Math.sqrt(squares / frames - noise[p] ** 2);
  }
  const deviation = deviations.reduce((sum, value) => sum + value, 0) / pixels;
  assert.ok(deviation > 80 && deviation < 115, `s.d. ${deviation}, 90 and some bleaching expected`);
  assert.ok(early > late, "bleaching dims the movie");
});

Deno.test("cells are irregular, of the size asked for, and as bright as asked for", () => {
  for (const snr of [4, 12]) {
    const { truth } = simulate({ ...SIMULATION_PRESETS.small, frames: 400, snr });
    const { footprints, calcium, frames, noise } = truth;
    const areas: number[] = [];
    unpackFootprints(footprints).forEach((cell, k) => {
      assert.equal(cell.values.reduce((a, b) => Math.max(a, b)), 1);
      assert.ok(cell.values.every((value) => value >= 0.0999), "cut at a tenth");
      assert.ok(cell.pixels.every((pixel, i) => i === 0 || pixel > cell.pixels[i - 1]), "ascending pixels");
      areas.push(cell.pixels.length);
      const peak = calcium.subarray(k * frames, (k + 1) * frames).reduce((a, b) => Math.max(a, b));
      assert.ok(Math.abs(peak / noise[peakPixel(cell)] - truth.snr[k]) < 1e-4 * truth.snr[k]);
    });
    const sorted = Array.from(truth.snr).sort((a, b) => a - b);
    assert.ok(Math.abs((sorted[29] + sorted[30]) / 2 - snr) < 1e-9, "the median peak SNR is what was asked");
    assert.ok(sorted[54] / sorted[5] > 1.5, "brightness varies");
    // A round Gaussian of s.d. 3 cut at a tenth covers π·9·2·ln 10 = 130 pixels.
    const area = median(areas);
    assert.ok(area > 100 && area < 160, `median area ${area}`);
    assert.ok(Math.max(...areas) > 1.4 * Math.min(...areas), "sizes vary");
  }
});

Deno.test("calcium obeys its autoregressive model, and spikes come in bursts", () => {
  for (const order of [1, 2] as const) {
    const { truth } = simulate({ ...SMALL, frames: 2000, ar_order: order });
    const { calcium, spikes, ar, frames } = truth;
    assert.equal(truth.arOrder, order);
    let active = 0, successive = 0;
    for (let k = 0; k < truth.footprints.count; k++) {
      const c = calcium.subarray(k * frames, (k + 1) * frames), s = spikes.subarray(k * frames, (k + 1) * frames);
      const largest = c.reduce((a, b) => Math.max(a, b));
      for (let t = 2; t < frames; t++) {
        let predicted = s[t];
        for (let lag = 1; lag <= order; lag++) predicted += ar[k * order + lag - 1] * c[t - lag];
        assert.ok(Math.abs(c[t] - predicted) < 1e-6 * largest);
        active += Number(s[t] > 0);
        successive += Number(s[t] > 0 && s[t - 1] > 0);
      }
      assert.ok(s.every((value) => value >= 0));
      if (order === 1) assert.ok(ar[k] > 0.81 && ar[k] < 0.875, `decay ${ar[k]} of 0.6 s at 10 Hz`);
    }
    const rate = active / truth.footprints.count / (frames / 10);
    assert.ok(rate > 0.12 && rate < 0.45, `${rate} active frames a second`);
    assert.ok(successive / active > 5 * rate / 10, "a spike makes the next frame's more likely");
  }
});

Deno.test("centres keep their distance, and the share of close ones is what was asked", () => {
  const nearest = (centres: { x: number; y: number }[]) =>
    centres.map((a) => Math.min(...centres.filter((b) => b !== a).map((b) => Math.hypot(a.x - b.x, a.y - b.y))));
  const field = { width: 160, height: 140, margin: 3, distance: 7.8, closeDistance: 4.68 };
  const apart = nearest(placeCells({ ...field, cells: 80, fractionClose: 0 }, new Random(1)));
  assert.ok(apart.every((distance) => distance >= 7.8));
  const placed = placeCells({ ...field, cells: 80, fractionClose: 0.3 }, new Random(1));
  const near = nearest(placed);
  assert.equal(near.filter((distance) => distance < 7.8).length, 24);
  assert.ok(near.every((distance) => distance >= 4.68));
  assert.ok(placed.every(({ x, y }) => x >= 3 && y >= 3 && x <= 156 && y <= 136));
  assert.throws(
    () => placeCells({ ...field, cells: 2000, fractionClose: 0 }, new Random(1)),
    (error) => error instanceof ParameterError && /of 2000 cells find room/.test(error.message),
  );
});

Deno.test("tiny movies and movies without cells can be simulated; nonsense is refused", async () => {
  for (const options of [{ width: 1, height: 1, frames: 1, cells: 1 }, { width: 9, height: 3, frames: 2, cells: 0 }]) {
    const { movie, truth } = await wholeMovie(options);
    assert.equal(truth.footprints.count, options.cells);
    assert.ok(movie.every((value) => value > 0));
    for (let k = 0; k < options.cells; k++) assert.ok(footprintOf(truth.footprints, k).pixels.length > 0);
  }
  assert.throws(() => simulate({ frames: 0 }), /frames is 0; it has to be a whole number at least 1/);
  assert.throws(() => simulate({ gSig: NaN }), ParameterError);
  assert.throws(() => simulate({ ar_order: 3 }), /ar_order is 3; it has to be a whole number from 1 to 2/);
  assert.throws(() => simulate({ baseline: 60000, background_level: 60000 }), /more than the 65535 of uint16/);
});
