import assert from "node:assert/strict";
import { join } from "node:path";
import type { Extraction } from "../src/core/extraction.ts";
import { exportResults } from "../src/results/export.ts";
import { NUMBER_BYTES, writeExactNumber } from "../src/results/number_text.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary } from "./results_setting.ts";

/** A table as its rows of cells, by the first row's names. */
function readTable(path: string, separator: string): Record<string, string>[] {
  const lines = Deno.readTextFileSync(path).split("\n");
  assert.equal(lines.pop(), "", `${path} ends with a new line`);
  const names = lines[0].split(separator);
  return lines.slice(1).map((line) => {
    const cells = line.split(separator);
    assert.equal(cells.length, names.length, line);
    return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
  });
}

/** Everything known: timestamps with a gap, pixel size, quality. */
function known(extraction: Extraction): Extraction {
  const { movie, footprints: { count } } = extraction;
  return {
    ...extraction,
    movie: {
      ...movie,
      name: 'movie, the "second".tif',
      timestamps: Float64Array.from({ length: movie.frames }, (_, t) => 1000 + t / 8 + (t > 10 ? 5 : 0)),
      pixelSize: { x: 2.5, y: 1.5 },
    },
    quality: {
      accepted: Uint8Array.from({ length: count }, (_, k) => k % 2),
      snr: Float32Array.from({ length: count }, (_, k) => k + 0.1),
      rValue: Float32Array.from({ length: count }, (_, k) => k / 10),
      decided: new Uint8Array(count),
      duplicateOf: new Int32Array(count).fill(-1),
      size: Float32Array.from({ length: count }, (_, k) => k === 0 ? NaN : k),
      eccentricity: new Float32Array(count).fill(0.5),
      reasons: Array.from({ length: count }, (_, k) => `set aside: SNR ${k} is below 1`),
    },
  };
}

Deno.test("exactly written numbers give the same 32-bit float back, over all magnitudes", () => {
  const bits = new Uint32Array(1), value = new Float32Array(bits.buffer), bytes = new Uint8Array(NUMBER_BYTES);
  let longest = 0;
  for (let i = 0; i < 300_000; i++) {
    bits[0] = Math.imul(i, 2654435761);
    const length = writeExactNumber(value[0], bytes, 0);
    longest = Math.max(longest, length);
    if (!Number.isFinite(value[0])) continue;
    assert.equal(Math.fround(Number(new TextDecoder().decode(bytes.subarray(0, length)))), value[0]);
  }
  assert.ok(longest <= NUMBER_BYTES);
  const text = (number: number) => new TextDecoder().decode(bytes.subarray(0, writeExactNumber(number, bytes, 0)));
  assert.deepEqual(
    [0, -0, 0.1, -1 / 3, 16777216, 2 ** -149, NaN, -Infinity].map((number) => text(Math.fround(number))),
    ["0", "0", "0.1", "-0.33333334", "16777216", "1.401298e-45", "nan", "-inf"],
  );
});

for (const [name, separator] of [["csv", ","], ["tsv", "\t"]] as const) {
  Deno.test(`${name}: traces come back exactly, with times by the movie's timestamps`, () =>
    inTemporary(async (directory) => {
      const path = join(directory, "tables"), extraction = known(fakeExtraction({ cells: 5, frames: 200 }));
      await exportResults(path, extraction, name);
      const { traces: { raw, denoised, spikes } } = extraction;
      for (const [file, values] of Object.entries({ traces_raw: raw, traces_denoised: denoised, spikes })) {
        const rows = readTable(join(path, `${file}.${name}`), separator);
        assert.deepEqual(Object.keys(rows[0]).slice(0, 4), ["frame", "time_s", "timestamp_s", "C000_dF"]);
        assert.equal(rows.length, 200);
        const back = new Float32Array(values.length);
        rows.forEach((row, t) => {
          assert.equal(row.frame, String(t));
          assert.equal(Number(row.time_s), t / 8 + (t > 10 ? 5 : 0));
          assert.equal(Number(row.timestamp_s), extraction.movie.timestamps![t]);
          for (let k = 0; k < 5; k++) back[k * 200 + t] = Number(row[`C00${k}_dF`]);
        });
        assert.deepEqual(back, values);
      }
    }));
}

Deno.test("events are the frames with activity, with amplitudes in both units", () =>
  inTemporary(async (directory) => {
    const dF = fakeExtraction({ cells: 3 });
    const overNoise: Extraction = { ...dF, units: "dF over noise" };
    for (const extraction of [dF, overNoise]) {
      const path = join(directory, extraction.units), unit = extraction.units.replaceAll(" ", "_");
      await exportResults(path, extraction, "csv");
      const rows = readTable(join(path, "events.csv"), ",");
      assert.equal(rows.length, extraction.traces.spikes.filter((value) => value > 0).length);
      assert.ok(rows.length > 5);
      for (const row of rows) {
        const k = Number(row.cell.slice(1)), t = Number(row.frame), amplitude = extraction.traces.spikes[k * 120 + t];
        assert.ok(amplitude > 0);
        assert.equal(Math.fround(Number(row[`amplitude_${unit}`])), amplitude);
        assert.ok(Math.abs(Number(row.time_s) - t / 9.99) < 1e-8);
        const noise = extraction === dF ? 3 : 1;
        assert.equal(Math.fround(Number(row.amplitude_over_noise)), Math.fround(amplitude / noise));
      }
    }
  }));

Deno.test("the table of cells says where they are in pixels and µm, and how good they are", () =>
  inTemporary(async (directory) => {
    const one = fakeExtraction({ cells: 1, width: 20, height: 10, arOrder: 2 });
    // Two pixels of weight 3 and 1 at (4, 2) and (5, 6).
    const footprints = {
      ...one.footprints,
      starts: Uint32Array.of(0, 2),
      pixels: Uint32Array.of(44, 125),
      values: Float32Array.of(3, 1),
    };
    const extraction = known({ ...one, footprints });
    await exportResults(join(directory, "known"), extraction, "csv");
    const [cell, ...others] = readTable(join(directory, "known", "cells.csv"), ",");
    assert.equal(others.length, 0);
    const most = one.traces.denoised.reduce((a, b) => Math.max(a, b));
    const { decay_s, rise_s, peak_over_noise, noise_dF, baseline_dF, ...rest } = cell;
    assert.deepEqual(rest, {
      ...{ name: "C000", x_px: "4.25", y_px: "3", x_um: "10.625", y_um: "4.5", area_px: "2", area_um2: "7.5" },
      ...{ footprint_peak: "3", peak_x_px: "4", peak_y_px: "2", left_px: "4", top_px: "2", width_px: "2" },
      ...{ x_recording_px: "4.25", y_recording_px: "3" },
      ...{ height_px: "5", accepted: "0", snr: "0.1", r_value: "0" },
      ...{ reason: "set aside: SNR 0 is below 1", decided: "0", duplicate_of: "-1", size_px: "", eccentricity: "0.5" },
      ...{
        combined: "",
        border: "",
        duplicate_cosine: "",
        duplicate_correlation: "",
        variance_share: "",
        ring_fit: "",
      },
    });
    assert.equal(Number(peak_over_noise), most / 3);
    assert.deepEqual([Number(noise_dF), Math.fround(Number(baseline_dF))], [3, one.traces.baseline[0]]);
    // z² − 1.4 z + 0.45 has the roots 0.9 and 0.5.
    assert.ok(Math.abs(Number(decay_s) + 1 / (9.99 * Math.log(0.9))) < 1e-4);
    assert.ok(Math.abs(Number(rise_s) + 1 / (9.99 * Math.log(0.5))) < 1e-4);

    await exportResults(join(directory, "unknown"), { ...one, footprints }, "csv");
    const [plain] = readTable(join(directory, "unknown", "cells.csv"), ",");
    assert.deepEqual([plain.x_um, plain.area_um2, plain.accepted, plain.snr, plain.r_value], ["", "", "", "", ""]);
    const recording = Deno.readTextFileSync(join(directory, "known", "recording.csv"));
    assert.ok(recording.includes('movie,"movie, the ""second"".tif",\n'));
    assert.ok(recording.includes("frame_rate,9.99,Hz\n") && recording.includes("pixel_size_y,1.5,um\n"));
  }));

Deno.test("tables of a part of a recording say where it lies, and what was done to it", () =>
  inTemporary(async (directory) => {
    const one = fakeExtraction({ cells: 1, width: 20, height: 10 });
    const footprints = {
      ...one.footprints,
      starts: Uint32Array.of(0, 1),
      pixels: Uint32Array.of(44),
      values: Float32Array.of(1),
    };
    const whole = { width: 100, height: 90, frames: 240, frameRate: 19.98, left: 8, top: 6, binning: 4 };
    const movie = { ...one.movie, recording: whole, history: ["Cropped, and more", "Binned"] };
    await exportResults(join(directory, "part"), { ...one, footprints, movie }, "csv");
    const [cell] = readTable(join(directory, "part", "cells.csv"), ",");
    // Column 4 is made of columns 24 to 27 of the recording, row 2 of rows 14 to 17.
    assert.deepEqual([cell.x_px, cell.y_px, cell.x_recording_px, cell.y_recording_px], ["4", "2", "25.5", "15.5"]);
    const recording = Deno.readTextFileSync(join(directory, "part", "recording.csv"));
    for (
      const row of [
        "width,20,pixels",
        "recording_width,100,pixels",
        "recording_height,90,pixels",
        "recording_frames,240,",
        "recording_frame_rate,19.98,Hz",
        "field_left,8,pixels of the recording",
        "field_top,6,pixels of the recording",
        "field_binning,4,pixels of the recording",
        'step,"Cropped, and more",',
        "step,Binned,",
      ]
    ) assert.ok(recording.split("\n").includes(row), row);
  }));

Deno.test("displacements of a registered movie are a table, too", () =>
  inTemporary(async (directory) => {
    const motion = fakeMotion();
    await exportResults(join(directory, "tables"), fakeExtraction(), "csv", { motion });
    const rows = readTable(join(directory, "tables", "shifts.csv"), ",");
    assert.deepEqual(Object.keys(rows[0]), ["frame", "time_s", "x_px", "y_px"]);
    const back = rows.flatMap(({ x_px, y_px }) => [Number(x_px), Number(y_px)]);
    assert.deepEqual(Float32Array.from(back), motion.shifts.rigid);
    assert.ok(Math.abs(Number(rows[7].time_s) - 7 / 9.99) < 1e-9);
  }));

Deno.test("displacements of more frames than were analysed keep their own times", () =>
  inTemporary(async (directory) => {
    const motion = fakeMotion({ frames: 240, frameRate: 20 });
    await exportResults(join(directory, "tables"), known(fakeExtraction()), "csv", { motion });
    const rows = readTable(join(directory, "tables", "shifts.csv"), ",");
    assert.deepEqual(rows.map(({ time_s }) => time_s), Array.from({ length: 240 }, (_, t) => String(t / 20)));
  }));

Deno.test("what is not known of a cell is left empty in its table", () =>
  inTemporary(async (directory) => {
    const extraction = known(fakeExtraction({ cells: 2 })), { traces, quality } = extraction;
    await exportResults(join(directory, "tables"), {
      ...extraction,
      traces: { ...traces, noise: Float32Array.of(NaN, 3) },
      quality: { ...quality, snr: Float32Array.of(5, NaN) },
    }, "csv");
    const rows = readTable(join(directory, "tables", "cells.csv"), ",");
    assert.deepEqual(rows.map(({ noise_dF, snr }) => [noise_dF, snr]), [["", "5"], ["3", ""]]);
  }));
