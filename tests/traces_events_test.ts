/** Events by deconvolution and by derivatives, rates and rasters. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import { Random } from "../src/simulation/random.ts";
import { derivativeEvents, traceDerivative } from "../src/traces/derivative_events.ts";
import { eventRaster, eventRates, recordingSeconds } from "../src/traces/event_rates.ts";
import { type EventChoice, findEvents } from "../src/traces/events.ts";
import { spikeEvents } from "../src/traces/spike_events.ts";
import { traceProducts } from "../src/traces/trace_products.ts";
import { fakeExtraction } from "./fake_extraction.ts";

const framesOf = (events: readonly { frame: number }[]) => events.map(({ frame }) => frame);

Deno.test("consecutive spikes are one event, at the largest; a valley parts two", () => {
  const one = spikeEvents(Float32Array.of(0, 1, 4, 2, 0, 0, 3, 0, 0.5));
  assert.deepEqual(one, [{ frame: 2, amplitude: 7 }, { frame: 6, amplitude: 3 }, { frame: 8, amplitude: 0.5 }]);
  assert.deepEqual(framesOf(spikeEvents(Float32Array.of(0, 1, 4, 2, 0, 0, 3, 0, 0.5), 3)), [2, 6]);
  // 1 is below half of 3: two events, the second with the valley's frame; 2 is not.
  assert.deepEqual(spikeEvents(Float32Array.of(4, 1, 3, 1)), [{ frame: 0, amplitude: 4 }, { frame: 2, amplitude: 5 }]);
  assert.deepEqual(spikeEvents(Float32Array.of(4, 2, 3)), [{ frame: 0, amplitude: 9 }]);
  assert.deepEqual(framesOf(spikeEvents(Float32Array.of(1, 5, 4, 9, 1, 6))), [3, 5], "a rise goes on until its top");
  assert.deepEqual(spikeEvents(Float32Array.of(NaN, -1, 0, Infinity)), []);
  assert.deepEqual(spikeEvents(new Float32Array(0)), []);
  const random = new Random(7), spikes = Float32Array.from({ length: 500 }, () => Math.max(0, random.normal()));
  const sum = (values: Iterable<number>) => Array.from(values).reduce((total, x) => total + x, 0);
  assert(Math.abs(sum(spikeEvents(spikes).map(({ amplitude }) => amplitude)) - sum(spikes)) < 1e-3, "no spike is lost");
});

Deno.test("derivatives of lines and parabolas are exact, smoothed or not", () => {
  const rate = 20, parabola = Float32Array.from({ length: 200 }, (_, t) => 3 + 2 * (t / rate) + 5 * (t / rate) ** 2);
  for (const smooth of [0, 0.05, 0.2]) {
    const middle = 100, time = middle / rate;
    assert(Math.abs(traceDerivative(parabola, 1, rate, smooth)[middle] - (2 + 10 * time)) < 1e-2);
    assert(Math.abs(traceDerivative(parabola, 2, rate, smooth)[middle] - 10) < 0.02);
  }
  assert.deepEqual([...traceDerivative(Float32Array.of(1, 5, 2), 0, rate, 0)], [1, 5, 2]);
  assert(Math.abs(traceDerivative(Float32Array.of(4), 2, rate, 0.2)[0]) < 1e-9, "one frame");
});

/** Transients at known frames on white noise of s.d. 1. */
function transients(at: readonly number[], size: number, frames = 1000): Float32Array {
  const random = new Random(11), trace = new Float32Array(frames);
  for (let t = 0; t < frames; t++) {
    trace[t] = random.normal();
    for (const from of at) if (t >= from) trace[t] += size * 0.92 ** (t - from);
  }
  return trace;
}

Deno.test("every order finds transients where they are, with any unit of the threshold", () => {
  const at = [50, 220, 400, 640, 900], trace = transients(at, 20), rate = 10;
  for (const order of [0, 1, 2] as const) {
    for (const unit of ["sd", "mad"] as const) {
      const { events, noise } = derivativeEvents(trace, 1, rate, { order, unit, threshold: 5 });
      assert.equal(events.length, at.length, `order ${order} ${unit}`);
      events.forEach(({ frame }, i) => assert(Math.abs(frame - at[i]) <= 2, `order ${order}: ${frame}, ${at[i]}`));
      const absolute = derivativeEvents(trace, 1, rate, { order, unit: "dF", threshold: 5 * noise });
      if (unit === "sd") assert.deepEqual(framesOf(absolute.events), framesOf(events));
    }
  }
});

Deno.test("the noise of a derivative is what noise alone shows", () => {
  const silent = transients([], 0, 20000);
  for (const order of [0, 1, 2] as const) {
    for (const smooth of [0, 0.1, 0.3]) {
      const derivative = traceDerivative(silent, order, 10, smooth);
      const sd = Math.sqrt(derivative.reduce((sum, x) => sum + x * x, 0) / derivative.length);
      for (const unit of ["sd", "mad"] as const) {
        const { noise, events } = derivativeEvents(silent, 1, 10, { order, smooth, unit, threshold: 5.5 });
        assert(Math.abs(noise / sd - 1) < 0.03, `${order} ${smooth} ${unit}: ${noise} ${sd}`);
        assert.equal(events.length, 0);
      }
    }
  }
});

Deno.test("of events too near one another the higher stays", () => {
  const trace = new Float32Array(40);
  trace[10] = 5, trace[13] = 9, trace[30] = 4, trace[31] = 4;
  const at = (min_distance: number) =>
    framesOf(derivativeEvents(trace, 0, 10, { order: 0, smooth: 0, unit: "dF", threshold: 1, min_distance }).events);
  assert.deepEqual(at(0), [10, 13, 30]);
  assert.deepEqual(at(0.3), [10, 13, 30], "three frames are 0.3 s apart");
  assert.deepEqual(at(0.31), [13, 30]);
  for (
    const wrong of [{ order: 3 as 2 }, { threshold: 0 }, { threshold: NaN }, { min_distance: -1 }, { smooth: 11 }, {
      unit: "x" as "sd",
    }]
  ) {
    assert.throws(() => derivativeEvents(trace, 1, 10, wrong), ParameterError, JSON.stringify(wrong));
  }
});

Deno.test("events of results: times, amplitudes in both units, rates, raster", async () => {
  const extraction = fakeExtraction({ frames: 600, cells: 4 }), { spikes } = extraction.traces;
  const products = await traceProducts(extraction), events = findEvents(products, extraction);
  const expected = [0, 1, 2, 3].map((k) => spikeEvents(spikes.subarray(k * 600, (k + 1) * 600), 2 * products.noise[k]));
  assert.deepEqual([...events.starts], [0, ...expected.map((_, k) => expected.slice(0, k + 1).flat().length)]);
  assert.deepEqual([...events.frame], expected.flat().map(({ frame }) => frame));
  events.frame.forEach((frame, i) => {
    assert(Math.abs(events.seconds[i] - frame / 9.99) < 1e-9);
    assert(Math.abs(events.sd[i] * products.noise[events.cell[i]] - events.amplitude[i]) < 1e-3);
  });
  assert.match(events.definition, /at least 2 s\.d\. of the noise/);
  const seconds = recordingSeconds(extraction),
    rates = eventRates(events, seconds),
    raster = eventRaster(events, seconds, 2);
  assert(Math.abs(seconds - 600 / 9.99) < 1e-9);
  rates.forEach((rate, k) => assert(Math.abs(rate * seconds - expected[k].length) < 1e-3));
  assert.equal(raster.bins, 31);
  assert.equal(raster.counts.reduce((a, b) => a + b), events.frame.length);
  assert.equal(raster.events.reduce((a, b) => a + b), events.frame.length);
  for (let i = 0; i < raster.bins; i++) {
    const active = [0, 1, 2, 3].filter((k) => raster.counts[k * raster.bins + i] > 0).length;
    assert.equal(raster.active[i], active);
  }
  assert.throws(() => eventRaster(events, seconds, 0), ParameterError);
  assert.throws(() => eventRaster(events, seconds, 1e-8), ParameterError);
  const none = { starts: Uint32Array.of(0), cell: new Uint32Array(0), seconds: new Float64Array(0) };
  assert.throws(() => eventRaster(none, 60, 1e-8), /0\.000006 s is the least/, "also without cells");
  const stamps = {
    ...extraction,
    movie: { ...extraction.movie, timestamps: Float64Array.from({ length: 600 }, (_, t) => 100 + 0.2 * t) },
  };
  assert(
    Math.abs(findEvents(products, stamps).seconds[0] - 0.2 * events.frame[0]) < 1e-9,
    "by timestamps where there are any",
  );
  assert(Math.abs(recordingSeconds(stamps) - 120) < 1e-6);
});

Deno.test("no cell, one frame, traces that are not numbers, silent traces, results without a model", async () => {
  const choices: EventChoice[] = [{ method: "deconvolution" }, { method: "derivative" }, {
    method: "derivative",
    unit: "mad",
    order: 2,
  }];
  for (const choice of choices) {
    for (const options of [{ cells: 0 }, { frames: 1, cells: 2 }]) {
      const extraction = fakeExtraction(options), products = await traceProducts(extraction);
      const events = findEvents(products, extraction, choice);
      assert.equal(events.frame.length, 0);
      assert.equal(eventRates(events, 1).length, options.cells);
      assert.equal(eventRaster(events, recordingSeconds(extraction)).rate.length, options.cells === 0 ? 13 : 1);
    }
    const extraction = fakeExtraction({ frames: 300, cells: 3 }), { raw, spikes } = extraction.traces;
    raw[5] = NaN;
    raw.fill(0, 300, 600);
    spikes.fill(0, 300, 600);
    const events = findEvents(await traceProducts(extraction), extraction, choice);
    assert.deepEqual([events.starts[1], events.starts[2]], [0, 0]);
    assert(events.starts[3] > 0);
  }
  const without = fakeExtraction({ arOrder: 0 });
  const products = await traceProducts(without);
  assert.throws(() => findEvents(products, without), /deconvolve again/);
  for (
    const wrong of [{ method: "deconvolution", threshold: -1 }, {
      method: "deconvolution",
      unit: "mad" as "sd",
    }] as const
  ) {
    assert.throws(() => findEvents(products, without, wrong), ParameterError);
  }
});

Deno.test("amplitudes are the calcium that spikes make, with a rise, too", async () => {
  const ar = [1.6, -0.63], frames = 300, extraction = fakeExtraction({ frames, cells: 1, arOrder: 2 });
  const { denoised, spikes, raw } = extraction.traces;
  spikes.fill(0);
  spikes[40] = 30, spikes[200] = 50;
  for (let t = 0; t < frames; t++) {
    denoised[t] = spikes[t] + ar[0] * (denoised[t - 1] ?? 0) + ar[1] * (denoised[t - 2] ?? 0);
    raw[t] = denoised[t] + (t % 2 === 0 ? 1 : -1);
  }
  extraction.traces.ar.set(ar);
  const { amplitude, frame } = findEvents(await traceProducts(extraction), extraction);
  assert.deepEqual([...frame], [40, 200]);
  assert(Math.abs(amplitude[0] - Math.max(...denoised.subarray(0, 200))) < 1e-2, `${amplitude}`);
  assert(Math.abs(amplitude[1] - Math.max(...denoised.subarray(200))) < 0.5, `${amplitude}`);
});
