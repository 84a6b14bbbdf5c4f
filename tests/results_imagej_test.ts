import assert from "node:assert/strict";
import { join } from "node:path";
import { type Footprint, footprintOf, packFootprints } from "../src/core/footprints.ts";
import { exportResults } from "../src/results/export.ts";
import { imagej } from "../src/results/exports/imagej.ts";
import { imageJRoi } from "../src/results/exports/imagej_roi.ts";
import { doubleArea, type Loop, outlinedPixels, outlineParts } from "../src/results/exports/outline.ts";
import { fakeExtraction, seededRandom } from "./fake_extraction.ts";
import { readStoredZip } from "./numpy_files.ts";
import { inTemporary } from "./results_setting.ts";

/** A footprint from a drawing: "#" is full weight, "+" half of it, "." nothing. */
function drawn(rows: readonly string[]): { footprint: Footprint; width: number } {
  const width = rows[0].length, weights = { "#": 1, "+": 0.5, ".": 0 } as Record<string, number>;
  const all = [...rows.join("")].map((letter, pixel) => [pixel, weights[letter]]).filter(([, weight]) => weight > 0);
  return {
    footprint: {
      pixels: Uint32Array.from(all, ([pixel]) => pixel),
      values: Float32Array.from(all, ([, weight]) => weight),
    },
    width,
  };
}

/** Pixels whose centre lies inside loops, by how often the loops run around it (not zero, as Java fills paths) or by even and odd. */
function filled(loops: readonly Loop[], width: number, height: number, rule: "nonzero" | "evenodd"): number[] {
  const inside: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let turns = 0, crossings = 0;
      for (const loop of loops) {
        for (let i = 0; i < loop.length; i += 2) {
          const j = (i + 2) % loop.length, y0 = loop[i + 1], y1 = loop[j + 1];
          const level = y + 0.5;
          if ((y0 < level) === (y1 < level)) continue;
          const cut = loop[i] + (level - y0) / (y1 - y0) * (loop[j] - loop[i]);
          if (cut > x + 0.5) {
            turns += y1 > y0 ? 1 : -1;
            crossings++;
          }
        }
      }
      if (rule === "nonzero" ? turns !== 0 : crossings % 2 === 1) inside.push(y * width + x);
    }
  }
  return inside;
}

/** What ImageJ reads from a `.roi` file. */
function readRoi(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "Iout");
  const type = view.getUint8(6), [top, left, bottom, right] = [8, 10, 12, 14].map((at) => view.getInt16(at));
  const points = view.getUint16(16), size = view.getInt32(36), second = view.getInt32(60);
  const utf16 = (at: number, length: number) =>
    String.fromCharCode(...Array.from({ length }, (_, i) => view.getUint16(at + 2 * i)));
  const name = utf16(view.getInt32(second + 16), view.getInt32(second + 20));
  const properties = utf16(view.getInt32(second + 40), view.getInt32(second + 44));
  const loops: number[][] = [];
  if (size === 0) {
    assert.equal(type, 8);
    loops.push(Array.from(
      { length: 2 * points },
      (_, i) => view.getInt16(64 + 2 * (i >> 1) + (i % 2) * 2 * points) + (i % 2 === 0 ? left : top),
    ));
  } else {
    assert.equal(type, 1);
    for (let i = 0; i < size;) {
      const segment = view.getFloat32(64 + 4 * i++);
      if (segment === 4) continue;
      if (segment === 0) loops.push([]);
      loops.at(-1)!.push(view.getFloat32(64 + 4 * i++), view.getFloat32(64 + 4 * i++));
    }
  }
  return {
    box: { top, left, bottom, right },
    composite: size > 0,
    name,
    properties,
    loops: loops.map((l) => Int32Array.from(l)),
  };
}

const SHAPES: Record<string, { rows: string[]; parts: number; holes: number }> = {
  "one pixel": { rows: ["...", ".#.", "..."], parts: 1, holes: 0 },
  "the whole field": { rows: ["##", "##", "##"], parts: 1, holes: 0 },
  "not convex": { rows: ["#.#.", "#.#.", "###.", "...."], parts: 1, holes: 0 },
  "with a hole": { rows: [".###", ".#.#", ".###"], parts: 1, holes: 1 },
  "two holes that touch at a corner, which is one": { rows: ["####.", "#.##.", "##.#.", "####."], parts: 1, holes: 1 },
  "a ring that is closed by corners only": { rows: [".##.", "#..#", "#..#", "###."], parts: 3, holes: 0 },
  "parts that touch at a corner": { rows: ["#..", ".#.", "..#"], parts: 3, holes: 0 },
  "parts at both ends of neighbouring rows": { rows: ["...#", "#..."], parts: 2, holes: 0 },
  "weak pixels": { rows: ["#+..", "+..+"], parts: 2, holes: 0 },
};

for (const [name, { rows, parts: count, holes }] of Object.entries(SHAPES)) {
  Deno.test(`the outline of a footprint holds its pixels exactly: ${name}`, () => {
    const { footprint, width } = drawn(rows), parts = outlineParts(footprint, width);
    assert.equal(parts.length, count);
    assert.equal(parts.reduce((sum, part) => sum + part.holes.length, 0), holes);
    const loops = parts.flatMap(({ edge, holes }) => [edge, ...holes]);
    for (const rule of ["nonzero", "evenodd"] as const) {
      assert.deepEqual(filled(loops, width, rows.length, rule), [...footprint.pixels]);
    }
    for (const { edge, holes, pixels } of parts) {
      assert.ok(doubleArea(edge) > 0 && holes.every((hole) => doubleArea(hole) < 0));
      assert.equal([edge, ...holes].reduce((sum, loop) => sum + doubleArea(loop), 0), 2 * pixels.length);
    }
    const roi = readRoi(imageJRoi(parts, { name: "C007", colour: [1, 2, 3], properties: { level: 0.3, a: "b" } }));
    assert.deepEqual(roi.loops, loops);
    assert.deepEqual([roi.composite, roi.name, roi.properties], [loops.length > 1, "C007", "level: 0.3\na: b\n"]);
  });
}

Deno.test("the line turns at every point of an outline, and every part is found, for random footprints", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 200; round++) {
    const width = 1 + Math.floor(9 * random()), height = 1 + Math.floor(9 * random()), share = random();
    const rows = Array.from(
      { length: height },
      () => Array.from({ length: width }, () => random() < share ? "#" : ".").join(""),
    );
    const { footprint } = drawn(rows), parts = outlineParts(footprint, width);
    const loops = parts.flatMap(({ edge, holes }) => [edge, ...holes]);
    assert.deepEqual(filled(loops, width, height, "nonzero"), [...footprint.pixels], rows.join("\n"));
    for (const loop of loops) {
      for (let i = 0; i < loop.length; i += 2) {
        const at = (k: number) => [loop[(i + 2 * k) % loop.length], loop[(i + 2 * k + 1) % loop.length]];
        const [[x0, y0], [x1, y1], [x2, y2]] = [at(0), at(1), at(2)];
        assert.notEqual(
          (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1),
          0,
          `a point that is no corner in\n${rows.join("\n")}`,
        );
      }
    }
  }
});

Deno.test("the outline leaves out what is weaker than its level", () => {
  const { footprint, width } = drawn(["#+.", ".+#"]);
  assert.deepEqual([...outlinedPixels(footprint, 0.5)], [0, 1, 4, 5]);
  assert.deepEqual([...outlinedPixels(footprint, 0.51)], [0, 5]);
  assert.equal(outlineParts(footprint, width, 0.5).length, 1);
  assert.deepEqual(outlineParts({ pixels: new Uint32Array(), values: new Float32Array() }, 5), []);
  assert.deepEqual(outlineParts({ pixels: Uint32Array.of(3), values: Float32Array.of(0) }, 5), []);
});

Deno.test("rois.zip has a region per cell that is not empty", () =>
  inTemporary(async (directory) => {
    const plain = fakeExtraction({ width: 33, height: 52, cells: 3 }), path = join(directory, "rois.zip");
    const cells = [0, 1, 2].map((k) => footprintOf(plain.footprints, k));
    const empty: Footprint = { pixels: new Uint32Array(), values: new Float32Array() };
    const footprints = packFootprints(33, 52, [cells[0], empty, cells[2]]);
    await exportResults(path, { ...plain, footprints, quality: { accepted: Uint8Array.of(1, 0, 0) } }, "imagej");
    const rois = readStoredZip(Deno.readFileSync(path));
    assert.deepEqual([...rois.keys()], ["C000.roi", "C002.roi"]);
    for (const [k, status] of [[0, "accepted"], [2, "rejected"]] as const) {
      const roi = readRoi(rois.get(`C00${k}.roi`)!);
      assert.deepEqual(filled(roi.loops, 33, 52, "nonzero"), [...outlinedPixels(cells[k])]);
      assert.deepEqual([roi.name, roi.properties], [`C00${k}`, `outline_level: 0.3\nstatus: ${status}\n`]);
    }
  }));

Deno.test("regions of a part of a recording lie on the recording", () =>
  inTemporary(async (directory) => {
    const plain = fakeExtraction({ width: 33, height: 26, cells: 1 }), path = join(directory, "rois.zip");
    const recording = { width: 90, height: 80, frames: 120, left: 7, top: 3, binning: 2 };
    await exportResults(path, { ...plain, movie: { ...plain.movie, recording } }, "imagej");
    const roi = readRoi(readStoredZip(Deno.readFileSync(path)).get("C000.roi")!);
    const expected = [...outlinedPixels(footprintOf(plain.footprints, 0))].flatMap((pixel) => {
      const x = 7 + 2 * (pixel % 33), y = 3 + 2 * Math.floor(pixel / 33);
      return [y * 90 + x, y * 90 + x + 1, (y + 1) * 90 + x, (y + 1) * 90 + x + 1];
    });
    assert.deepEqual(filled(roi.loops, 90, 80, "nonzero"), expected.sort((a, b) => a - b));
    assert.match(roi.properties, /field_left: 7\nfield_top: 3\nfield_binning: 2\n/);
    const [advice] = imagej.advice!({ ...plain, movie: { ...plain.movie, recording } }, {});
    assert.match(advice, /lie on the recording as it is in its files, 90×80 pixels/);
    assert.deepEqual(imagej.advice!(plain, {}), []);
  }));

Deno.test("a field too large for ImageJ's files is refused", () => {
  const part = { pixels: Uint32Array.of(0), edge: Int32Array.of(32767, 0, 32768, 0, 32768, 1, 32767, 1), holes: [] };
  const description = { name: "C000", colour: [0, 0, 0] as const, properties: {} };
  assert.throws(() => imageJRoi([part], description), /C000 lies beyond pixel 32767/);
});
