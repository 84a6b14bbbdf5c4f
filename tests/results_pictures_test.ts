import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { Canvas, textWidth } from "../src/results/canvas.ts";
import { cellColour, HEAT } from "../src/results/colours.ts";
import { contrastRange, stretched } from "../src/results/contrast.ts";
import { enlargement, FIELD_MARGIN, fieldPicture } from "../src/results/field_picture.ts";
import { footprintPicture } from "../src/results/footprint_picture.ts";
import { PICTURES } from "../src/results/pictures.ts";
import { encodePng } from "../src/results/png.ts";
import { shortNumber, ticks } from "../src/results/ticks.ts";
import { fakeExtraction } from "./fake_extraction.ts";

/** Width, height and raw rows (a filter byte, then RGB) of a PNG. */
function decode(png: Uint8Array): { width: number; height: number; rows: Uint8Array } {
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let data = new Uint8Array(0), width = 0, height = 0;
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at), type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    if (type === "IHDR") width = view.getUint32(at + 8), height = view.getUint32(at + 12);
    if (type === "IDAT") data = Uint8Array.from([...data, ...png.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return { width, height, rows: new Uint8Array(inflateSync(data)) };
}

function pixel(canvas: Canvas, x: number, y: number): number[] {
  return [...canvas.data.subarray(3 * (y * canvas.width + x), 3 * (y * canvas.width + x) + 3)];
}

Deno.test("a canvas becomes a PNG with the same pixels", () => {
  const canvas = new Canvas(3, 2, [1, 2, 3]);
  canvas.blend(1, 1, [200, 100, 50]);
  const { width, height, rows } = decode(encodePng(canvas));
  assert.deepEqual([width, height], [3, 2]);
  // Undo the row filters: none (0), left (1) or above (2) are what a small picture may use; others would fail here.
  const pixels = new Uint8Array(3 * 3 * 2);
  for (let y = 0; y < 2; y++) {
    const filter = rows[y * 10];
    assert.ok(filter <= 2);
    for (let i = 0; i < 9; i++) {
      const before = filter === 1 && i >= 3
        ? pixels[y * 9 + i - 3]
        : filter === 2 && y > 0
        ? pixels[(y - 1) * 9 + i]
        : 0;
      pixels[y * 9 + i] = rows[y * 10 + 1 + i] + before;
    }
  }
  assert.deepEqual(pixels, canvas.data);
});

Deno.test("every picture can be drawn, also of nothing, and equal extractions give equal bytes", () => {
  const sizes = [{}, { cells: 0 }, { cells: 1, frames: 1, width: 1, height: 1 }, {
    cells: 25,
    frames: 4000,
    width: 90,
  }];
  for (const options of sizes) {
    for (const [name, draw] of Object.entries(PICTURES)) {
      const png = draw(fakeExtraction(options));
      const { width, height } = decode(png);
      assert.ok(width >= 320 && height >= 130 && width <= 1600, `${name}: ${width}×${height}`);
      assert.deepEqual(draw(fakeExtraction(options)), png);
    }
  }
});

Deno.test("pictures of constant and of broken values can be drawn", () => {
  for (const value of [0, 5, NaN, Infinity]) {
    const extraction = fakeExtraction({ cells: 2, frames: 30 });
    extraction.summary.correlation.fill(value);
    extraction.summary.pnr.fill(value);
    extraction.traces.raw.fill(value);
    extraction.traces.denoised.fill(0);
    for (const draw of Object.values(PICTURES)) assert.ok(draw(extraction).length > 100);
  }
});

Deno.test("a field's brightest pixel has the brightest colour, at its enlarged place", () => {
  const image = new Float32Array(20 * 10);
  image[7 * 20 + 13] = 1;
  const canvas = fieldPicture(image, 20, 10, "test");
  const scale = enlargement(20, 10);
  const middle = (x: number, y: number) =>
    pixel(canvas, FIELD_MARGIN.left + Math.floor((x + 0.5) * scale), FIELD_MARGIN.top + Math.floor((y + 0.5) * scale));
  assert.deepEqual(middle(13, 7), [...HEAT[255]]);
  assert.deepEqual(middle(12, 7), [...HEAT[0]]);
});

Deno.test("a contour runs around its cell, not through it", () => {
  const { footprints } = fakeExtraction({ cells: 1, seed: 5 });
  const black = new Float32Array(48 * 40);
  const canvas = footprintPicture(footprints, black);
  const colour = cellColour(0), scale = enlargement(48, 40);
  let inside = 0, count = 0;
  const weights = new Map([...footprints.pixels].map((p, i) => [p, footprints.values[i]]));
  const peak = Math.max(...footprints.values);
  for (let y = 0; y < 40 * scale; y++) {
    for (let x = 0; x < 48 * scale; x++) {
      const shown = pixel(canvas, FIELD_MARGIN.left + x, FIELD_MARGIN.top + y);
      if (shown.some((value, c) => Math.abs(value - colour[c]) > 3)) continue;
      count++;
      const weight = weights.get(Math.floor(y / scale) * 48 + Math.floor(x / scale)) ?? 0;
      if (weight > 0.8 * peak) inside++;
    }
  }
  assert.ok(count > 60, `${count} pixels of contour`);
  assert.equal(inside, 0);
});

Deno.test("contrast leaves out a few odd pixels", () => {
  const image = Float32Array.from({ length: 10_000 }, (_, i) => i / 10_000);
  image[3] = 1e6;
  image[4] = NaN;
  const range = contrastRange(image);
  assert.ok(Math.abs(range.low - 0.01) < 0.001 && Math.abs(range.high - 0.997) < 0.001);
  assert.equal(stretched(1e6, range), 1);
  assert.equal(stretched(-1, range), 0);
  assert.equal(stretched(NaN, range), 0);
});

Deno.test("the heat colours grow steadily brighter", () => {
  const brightness = HEAT.map(([r, g, b]) => 0.2126 * r ** 2.2 + 0.7152 * g ** 2.2 + 0.0722 * b ** 2.2);
  for (let i = 4; i < 256; i++) assert.ok(brightness[i] > brightness[i - 4], `colour ${i}`);
});

Deno.test("ticks are round and labels short", () => {
  assert.deepEqual(ticks(99.9, 10), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  assert.deepEqual(ticks(1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(0, 5), [0]);
  assert.equal(shortNumber(0.98243, 0.9), "0.98");
  assert.equal(shortNumber(-0.0004, 0.9), "0");
  assert.equal(shortNumber(23.8, 21), "24");
});

Deno.test("text is as wide as its measure, and an outline surrounds it", () => {
  const canvas = new Canvas(60, 20);
  canvas.text(5, 10, "H1", [255, 255, 255], { outline: [255, 0, 0] });
  const columns = [...Array(60).keys()].filter((x) =>
    [...Array(20).keys()].some((y) => pixel(canvas, x, y).join() === "255,255,255")
  );
  // "H" fills its five columns, "1" the middle three of its five.
  assert.deepEqual([columns[0], columns[columns.length - 1]], [5, 5 + textWidth("H1") - 2]);
  assert.deepEqual(pixel(canvas, 4, 10), [255, 0, 0]);
});
