/** Spectrograms, filters and the Hilbert transform: against SciPy's numbers (fixtures/signals/make_signals.py), by what they mean, and refused. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import { bandPass, type BandPassOptions, defaultOrder } from "../src/traces/signals/band_pass.ts";
import { dpss } from "../src/traces/signals/dpss.ts";
import { hilbert } from "../src/traces/signals/hilbert.ts";
import { multitaperSpectrogram } from "../src/traces/signals/spectrogram.ts";
import { modelMean } from "../src/traces/signals/model_mean.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { readNpy } from "./numpy_files.ts";

const RATE = 4;

function fixture(name: string): Float64Array {
  const { data } = readNpy(Deno.readFileSync(new URL(`fixtures/signals/${name}.npy`, import.meta.url)));
  assert.ok(data instanceof Float64Array);
  return data;
}

const signal = fixture("signal");

/** Largest difference, relative to the largest expected value. */
function difference(actual: ArrayLike<number>, expected: Float64Array): number {
  assert.equal(actual.length, expected.length);
  let most = 0, scale = 0;
  for (let i = 0; i < expected.length; i++) {
    most = Math.max(most, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return most / scale;
}

function agrees(what: string, actual: ArrayLike<number>, expected: Float64Array, tolerance = 1e-11): void {
  const wrong = difference(actual, expected);
  assert.ok(wrong <= tolerance, `${what} differs from SciPy's by ${wrong}`);
}

function refused(message: RegExp, work: () => unknown): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof ParameterError);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("tapers are SciPy's, of even and odd length", () => {
  agrees("dpss(120, 2)", dpss(120, 2, 3).flatMap((taper) => [...taper]), fixture("dpss_120"));
  agrees("dpss(75, 3.5)", dpss(75, 3.5, 6).flatMap((taper) => [...taper]), fixture("dpss_75"));
});

Deno.test("tapers are orthonormal, and hold their energy within the band, long ones too", () => {
  const length = 3000, halfBandwidth = 2 / length, tapers = dpss(length, 2, 3);
  for (const [i, one] of tapers.entries()) {
    for (const [j, other] of tapers.entries()) {
      const dot = one.reduce((sum, value, k) => sum + value * other[k], 0);
      assert.ok(Math.abs(dot - (i === j ? 1 : 0)) < 1e-10, `${i}·${j} is ${dot}`);
    }
    // Energy within ± the half bandwidth, by a sum over finely spaced frequencies.
    let inside = 0;
    const steps = 40;
    for (let s = -steps; s < steps; s++) {
      const f = (s + 0.5) / steps * halfBandwidth;
      let re = 0, im = 0;
      for (let k = 0; k < length; k++) {
        re += one[k] * Math.cos(2 * Math.PI * f * k);
        im += one[k] * Math.sin(2 * Math.PI * f * k);
      }
      inside += (re * re + im * im) * halfBandwidth / steps;
    }
    assert.ok(inside > [0.9999, 0.997, 0.95][i], `Taper ${i} holds ${inside} within its band`);
  }
});

Deno.test("the multitaper spectrogram is the mean of SciPy's over its tapers", () => {
  const { times, frequencies, power, tapers, halfBandwidth } = multitaperSpectrogram(signal, RATE);
  agrees("the spectrogram", power, fixture("spectrogram"));
  agrees("its times", times, fixture("spectrogram_times"));
  agrees("its frequencies", frequencies, fixture("spectrogram_frequencies"));
  assert.deepEqual([tapers, halfBandwidth], [3, 2 / 30]);
  const odd = multitaperSpectrogram(signal, RATE, { window: 18.75, step: 6.25, timeBandwidth: 3 });
  agrees("the spectrogram of odd windows", odd.power, fixture("spectrogram_odd"));
  const part = multitaperSpectrogram(signal, RATE, { band: [0.2, 0.5] });
  assert.deepEqual([part.frequencies[0], part.frequencies.at(-1)], [0.2, 0.5]);
  const first = frequencies.indexOf(0.2);
  assert.deepEqual(part.power.subarray(0, 10), power.subarray(first, first + 10));
});

Deno.test("a spectrogram's power is the signal's variance, at the signal's frequency", () => {
  const sine = Float64Array.from({ length: 2000 }, (_, t) => 3 * Math.sin(2 * Math.PI * 0.5 * t / 20) + 1e4);
  const { power, frequencies, times } = multitaperSpectrogram(sine, 20);
  assert.equal(times.length, 24);
  for (let w = 0; w < times.length; w++) {
    const row = power.subarray(w * frequencies.length, (w + 1) * frequencies.length);
    const total = row.reduce((sum, value) => sum + value * frequencies[1], 0);
    assert.ok(Math.abs(total - 4.5) < 0.05, `${total} instead of 3²/2`);
    const peak = row.indexOf(Math.max(...row));
    assert.ok(Math.abs(frequencies[peak] - 0.5) <= 2 / 30 + 1e-9);
  }
});

const FILTERS: readonly [fixture: string, BandPassOptions][] = [
  ["butterworth_4", { band: [0.2, 0.5] }],
  ["butterworth_3_wide", { band: [0.02, 1.9], order: 3 }],
  ["butterworth_6_narrow", { band: [0.28, 0.34], order: 6 }],
  ["butterworth_5_low", { band: [0, 0.4], order: 5 }],
  ["butterworth_3_high", { band: [0.4, 2], order: 3 }],
  ["fir_61", { band: [0.2, 0.5], filter: "fir" }],
  ["fir_41_low", { band: [0, 0.4], filter: "fir", order: 40 }],
  ["fir_41_high", { band: [0.4, 2], filter: "fir", order: 40 }],
];

for (const [name, options] of FILTERS) {
  Deno.test(`${name}: what passes is SciPy's, to rounding`, () => {
    agrees(name, bandPass(signal, RATE, options), fixture(name));
  });
}

Deno.test("filters keep what is in the band where it is, and take the rest away", () => {
  const inside = Float64Array.from({ length: 1200 }, (_, t) => Math.sin(2 * Math.PI * 0.3 * t / 20));
  const mixed = inside.map((value, t) => value + 5 * Math.sin(2 * Math.PI * 3 * t / 20) + 40 + t / 300);
  for (const filter of ["butterworth", "fir"] as const) {
    const passed = bandPass(mixed, 20, { band: [0.1, 0.9], filter, order: filter === "fir" ? 300 : 4 });
    for (let t = 400; t < 800; t++) assert.ok(Math.abs(passed[t] - inside[t]) < 0.03, `${filter}, frame ${t}`);
  }
  assert.equal(defaultOrder({ band: [0.2, 0.5], filter: "fir" }, RATE), 60);
  assert.equal(defaultOrder({ band: [0, 0.5], filter: "fir" }, RATE) % 2, 0);
  assert.equal(defaultOrder({ band: [0.2, 0.5] }, RATE), 4);
});

Deno.test("a constant stays, or goes, without ringing", () => {
  const level = new Float32Array(200).fill(700);
  for (const filter of ["butterworth", "fir"] as const) {
    const low = bandPass(level, RATE, { band: [0, 0.5], filter, order: 4 });
    assert.ok(low.every((value) => Math.abs(value - 700) < 1e-7), filter);
    const band = bandPass(level, RATE, { band: [0.2, 0.5], filter: "butterworth" });
    assert.ok(band.every((value) => Math.abs(value) < 1e-7));
  }
});

Deno.test("the analytic signal is SciPy's, of even and odd length", () => {
  for (const [name, count] of [["hilbert_even", 400], ["hilbert_odd", 399]] as const) {
    const part = signal.subarray(0, count), mean = part.reduce((sum, value) => sum + value, 0) / count;
    const { amplitude, phase } = hilbert(part.map((value) => value - mean)), expected = fixture(name);
    agrees(`${name}'s amplitude`, amplitude, expected.slice(0, count));
    agrees(`${name}'s phase`, phase, expected.slice(count));
  }
  assert.deepEqual(hilbert([]).phase.length, 0);
});

Deno.test("phase and amplitude are those of an oscillation", () => {
  const oscillation = Float64Array.from({ length: 400 }, (_, t) => 2.5 * Math.cos(2 * Math.PI * t / 40));
  const { amplitude, phase } = hilbert(oscillation);
  assert.ok(amplitude.every((value) => Math.abs(value - 2.5) < 1e-10));
  for (let t = 0; t < 20; t++) assert.ok(Math.abs(phase[t] - 2 * Math.PI * t / 40) < 1e-10);
  assert.ok(phase[30] < 0);
});

Deno.test("what cannot be worked out is refused in one sentence", () => {
  const short = signal.subarray(0, 100), holed = signal.slice();
  holed[17] = NaN;
  refused(/not a finite number \(frame 17\)/, () => multitaperSpectrogram(holed, RATE));
  refused(/not a finite number \(frame 17\)/, () => bandPass(holed, RATE, { band: [0.1, 1] }));
  refused(/not a finite number \(frame 17\)/, () => hilbert(holed));
  refused(
    /window of 30 s is 120 frames at 4 frames per second, but the signal has 100/,
    () => multitaperSpectrogram(short, RATE),
  );
  refused(
    /reaches 3 Hz, but at 4 frames per second nothing above 2 Hz/,
    () => multitaperSpectrogram(signal, RATE, { band: [0, 3] }),
  );
  refused(/reaches 2\.1 Hz/, () => bandPass(signal, RATE, { band: [0.1, 2.1] }));
  refused(/has to rise from 0 or more/, () => bandPass(signal, RATE, { band: [0.5, 0.1] }));
  refused(/has to rise from 0 or more/, () => bandPass(signal, RATE, { band: [-1, 0.1] }));
  refused(/has to rise from 0 or more/, () => bandPass(signal, RATE, { band: [NaN, 0.1] }));
  refused(/nothing is filtered/, () => bandPass(signal, RATE, { band: [0, 2] }));
  refused(/nothing is filtered/, () => bandPass(signal, RATE, { band: [0, 2], filter: "fir" }));
  refused(
    /Between 0\.34 and 0\.36 Hz lies no frequency/,
    () => multitaperSpectrogram(signal, RATE, { band: [0.34, 0.36] }),
  );
  refused(/step is 0 s/, () => multitaperSpectrogram(signal, RATE, { step: 0 }));
  refused(/time–bandwidth product is 0/, () => multitaperSpectrogram(signal, RATE, { timeBandwidth: 0 }));
  refused(/0 tapers were asked for/, () => multitaperSpectrogram(signal, RATE, { tapers: 0 }));
  refused(/rate of a signal is NaN/, () => multitaperSpectrogram(signal, NaN));
  refused(/order of a Butterworth filter is 2\.5/, () => bandPass(signal, RATE, { band: [0.1, 1], order: 2.5 }));
  refused(
    /order of a FIR filter is 7, but it has to be an even number/,
    () => bandPass(signal, RATE, { band: [0.1, 1], filter: "fir", order: 7 }),
  );
  refused(
    /more than 183 frames, but it has 100: lower the order/,
    () => bandPass(short, RATE, { band: [0.2, 0.5], filter: "fir" }),
  );
  refused(/more than 27 frames, but it has 0/, () => bandPass([], RATE, { band: [0.2, 0.5] }));
  refused(/filter is notch/, () => bandPass(signal, RATE, { band: [0.2, 0.5], filter: "notch" as "fir" }));
});

Deno.test("the mean by the model is that of b0 + A·C in counts, without cells whose traces are no numbers", () => {
  const extraction = fakeExtraction({ cells: 3, frames: 40 }), { footprints, traces, b0 } = extraction;
  const { starts, values, width, height } = footprints, frames = 40;
  const mean = (t: number, cells: readonly number[]) => {
    let sum = b0.reduce((a, b) => a + b, 0);
    for (const k of cells) {
      for (let i = starts[k]; i < starts[k + 1]; i++) sum += values[i] * traces.denoised[k * frames + t];
    }
    return sum / (width * height);
  };
  const near = (found: Float64Array, cells: readonly number[]) =>
    found.forEach((value, t) =>
      assert.ok(Math.abs(value - mean(t, cells)) < 1e-6 * mean(t, cells), `frame ${t}: ${value}`)
    );
  near(modelMean(extraction), [0, 1, 2]);
  const divided = (of: Float32Array) => of.map((value, i) => value / traces.noise[Math.floor(i / frames)]);
  near(
    modelMean({ ...extraction, units: "dF over noise", traces: { ...traces, denoised: divided(traces.denoised) } }),
    [0, 1, 2],
  );
  const broken = traces.denoised.slice();
  broken[frames + 7] = NaN;
  near(modelMean({ ...extraction, traces: { ...traces, denoised: broken } }), [0, 2]);
});
