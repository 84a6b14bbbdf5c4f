import assert from "node:assert/strict";
import { join } from "node:path";
import { denseFootprint } from "../src/core/footprints.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { openMovie } from "../src/movie/open.ts";
import { exportResults } from "../src/results/export.ts";
import { writeShiftsCsv } from "../src/results/shifts_csv.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary } from "./results_setting.ts";

const FIELD = { width: 30, height: 50, cells: 4 };

function lines(...path: string[]): string[] {
  return Deno.readTextFileSync(join(...path)).trimEnd().split("\n");
}

Deno.test("Inscopix's traces carry the cells' status and the movie's own times", () =>
  inTemporary(async (directory) => {
    const plain = fakeExtraction(FIELD), path = join(directory, "export");
    const timestamps = Float64Array.from({ length: plain.movie.frames }, (_, t) => 7 + 0.1 * t + (t > 4 ? 2 : 0));
    const quality = { accepted: Uint8Array.of(1, 0, 1, 1) };
    await exportResults(path, { ...plain, movie: { ...plain.movie, timestamps }, quality }, "inscopix");
    const traces = lines(path, "traces.csv");
    assert.deepEqual(traces.slice(0, 2), [
      " , C000, C001, C002, C003",
      "Time(s)/Cell Status, accepted, rejected, accepted, accepted",
    ]);
    assert.deepEqual([2, 6, 7].map((row) => traces[row].split(", ")[0]), ["0", "0.4", "2.5"]);
    const [head, ...events] = lines(path, "events.csv");
    assert.equal(head, "Time (s), Cell Name, Value");
    assert.equal(events.length, plain.traces.spikes.filter((value) => value > 0).length);
    const frame = plain.traces.spikes.findIndex((value) => value > 0);
    const [time, name, value] = events[0].split(", ");
    assert.ok(frame > 4 && frame < 120, "the first event is of the first cell, after the gap");
    assert.ok(Math.abs(Number(time) - (2 + 0.1 * frame)) < 1e-9);
    assert.deepEqual([name, Number(value)], ["C000", Number(plain.traces.spikes[frame].toPrecision(7))]);
  }));

Deno.test("Inscopix's properties tell of the largest part of each cell", () =>
  inTemporary(async (directory) => {
    const plain = fakeExtraction({ ...FIELD, cells: 1 }), path = join(directory, "export");
    // Three pixels in a row at (3…5, 2), one apart at (10, 7), and one too weak to count.
    const footprints = {
      ...plain.footprints,
      starts: Uint32Array.of(0, 5),
      pixels: Uint32Array.of(63, 64, 65, 220, 600),
      values: Float32Array.of(1, 1, 1, 1, 0.1),
    };
    await exportResults(path, { ...plain, footprints }, "inscopix");
    const [head, row] = lines(path, "traces-props.csv");
    assert.equal(head, "Name,Status,ColorR,ColorG,ColorB,CentroidX,CentroidY,NumComponents,Size,ActiveSegment0");
    const cells = row.split(",");
    assert.deepEqual([cells[0], cells[1], ...cells.slice(5, 8), cells[9]], ["C000", "undecided", "4", "2", "2", "1"]);
    assert.ok(Math.abs(Number(cells[8]) - Math.hypot(3, 1)) < 1e-6);
  }));

Deno.test("Inscopix's footprints are single images, pages, and K×H×W", () =>
  inTemporary(async (directory) => {
    const extraction = fakeExtraction(FIELD), path = join(directory, "export"), { footprints, traces } = extraction;
    await exportResults(path, extraction, "inscopix");
    const pages = await openMovie(join(path, "footprints.tiff"));
    const page = new Float32Array(30 * 50);
    const reader = await Hdf5Reader.open(join(path, "output.h5"));
    const cube = reader.numbers("footprints", "float32", [4, 50, 30]).data;
    assert.deepEqual(reader.numbers("traces", "float32", [4, 120]).data, traces.raw);
    reader.close();
    for (let k = 0; k < 4; k++) {
      const dense = denseFootprint(footprints, k);
      await pages.read(k, 1, page);
      assert.deepEqual(page, dense);
      assert.deepEqual(cube.slice(k * 1500, (k + 1) * 1500), dense);
      const single = await openMovie(join(path, `cells_C00${k}.tiff`));
      await single.read(0, 1, page);
      single.close();
      assert.deepEqual(page, dense);
    }
    assert.equal(pages.header.frames, 4);
    pages.close();
  }));

Deno.test("Inscopix's HDF5 tells times, rate, units, start and pixel size, as far as they are known", () =>
  inTemporary(async (directory) => {
    const plain = fakeExtraction(FIELD), { frames } = plain.movie, { denoised, spikes } = plain.traces;
    const timestamps = Float64Array.from({ length: frames }, (_, t) => 7 + t / 8 + (t > 4 ? 2 : 0));
    const facts = { timestamps, startTime: "2024-05-06T07:08:09Z", pixelSize: { x: 2.5, y: 1.5 } };
    await exportResults(join(directory, "known"), { ...plain, movie: { ...plain.movie, ...facts } }, "inscopix");
    await exportResults(join(directory, "plain"), plain, "inscopix");
    const known = await Hdf5Reader.open(join(directory, "known", "output.h5"));
    assert.deepEqual(known.numbers("timestamps", "float64", [frames]).data, timestamps);
    assert.deepEqual(known.numbers("time", "float64", [frames]).data, timestamps.map((seconds) => seconds - 7));
    assert.deepEqual(known.numbers("denoised", "float32", [4, frames]).data, denoised);
    assert.deepEqual(known.numbers("spikes", "float32", [4, frames]).data, spikes);
    assert.deepEqual([known.textAttribute("/", "start_time"), known.textAttribute("traces", "units")], [
      "2024-05-06T07:08:09Z",
      plain.units,
    ]);
    const numbers = ["frame_rate", "pixel_size_x_um", "pixel_size_y_um"].map((name) =>
      known.numberAttribute("/", name)
    );
    assert.deepEqual(numbers, [plain.frameRate, 2.5, 1.5]);
    known.close();
    const unknown = await Hdf5Reader.open(join(directory, "plain", "output.h5"));
    assert.equal(unknown.has("timestamps"), false);
    assert.equal(unknown.numbers("time", "float64", [frames]).data[7], 7 / plain.frameRate);
    unknown.close();
  }));

Deno.test("the table of displacements has the movie's own times", () =>
  inTemporary(async (directory) => {
    const motion = fakeMotion({ frames: 4, frameRate: null }), path = join(directory, "shifts.csv");
    const times = async (movie: object) => {
      await writeShiftsCsv(path, { ...motion, movie: { ...motion.movie, ...movie } });
      return lines(path).slice(1).map((line) => line.split(",")[1]);
    };
    assert.deepEqual(await times({}), ["", "", "", ""]);
    assert.deepEqual(await times({ frameRate: 4 }), ["0", "0.25", "0.5", "0.75"]);
    const timestamps = Float64Array.of(10, 10.5, 13, 14);
    assert.deepEqual(await times({ timestamps, frameRate: 4 }), ["0", "0.5", "3", "4"]);
    assert.deepEqual(await times({ timestamps }), ["0", "0.5", "3", "4"]);
  }));
