import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import { openMovie } from "../src/movie/open.ts";
import { fillSamples, numbers, sampleBytes, withFolder } from "./movie_tiff_bytes.ts";

const T = 11, H = 5, W = 7, SIZE = H * W;
const samples = fillSamples(new Float32Array(T * SIZE), 8);

/** Samples as CaImAn stores them: pixels along columns; order F frame after frame, order C pixel after pixel. */
function stored(order: string): Uint8Array {
  const all = new Float32Array(samples.length);
  for (let t = 0; t < T; t++) {
    for (let y = 0; y < H; y++) {
      for (let x = 0; x < W; x++) {
        const pixel = y + x * H;
        all[order === "F" ? t * SIZE + pixel : pixel * T + t] = samples[t * SIZE + y * W + x];
      }
    }
  }
  return sampleBytes(all, true);
}

Deno.test("memory maps of both orders are read, under every kind of name CaImAn gives them", async () => {
  await withFolder(async (folder) => {
    for (const order of ["F", "C"]) {
      const names = [
        `memmap_d1_${H}_d2_${W}_d3_1_order_${order}_frames_${T}.mmap`,
        `memmap__d1_${H}_d2_${W}_d3_1_order_${order}_frames_${T}_.mmap`,
        `a_d1_9_session_d1_${H}_d2_${W}_d3_1_order_${order}_frames_${T}_els__d1_${H}_d2_${W}_d3_1_order_${order}_frames_${T}_.mmap`,
        `d1_${H}_d2_${W}_order_${order}_frames_${T}_extra.mmap`,
      ];
      for (const name of names) {
        await Deno.writeFile(`${folder}/${name}`, stored(order));
        const movie = await openMovie(`${folder}/${name}`), { header } = movie;
        assert.deepEqual([header.frames, header.height, header.width, header.sampleType], [T, H, W, "float32"]);
        assert.equal(header.format, "CaImAn memory map");
        assert.equal(header.notes === undefined, order === "F");
        for (const [start, count] of [[0, T], [10, 1], [3, 5]]) {
          const into = new Float32Array(count * SIZE);
          await movie.read(start, count, into);
          assert.deepEqual(into, samples.slice(start * SIZE, (start + count) * SIZE), name);
        }
        movie.close();
        await Deno.remove(`${folder}/${name}`);
      }
    }
  });
});

Deno.test("memory maps whose name and size do not fit are refused with a sentence", async () => {
  await withFolder(async (folder) => {
    const cases: [RegExp, string][] = [
      [/has lost its shape.*_d1_128_d2_96/, "movie.mmap"],
      [/has lost its shape/, `d1_${H}_d2_${W}_d3_1_order_X_frames_${T}.mmap`],
      [/has lost its shape/, `d1_${H}_d2_${W}_d3_1_order_F_frames_99999999999.mmap`],
      [/volume of 3 planes/, `d1_${H}_d2_${W}_d3_3_order_F_frames_${T}.mmap`],
      [
        /truncated or misnamed: 12 frames of 7×5 float32 samples take 1680 bytes, and the file has 1540/,
        `d1_${H}_d2_${W}_d3_1_order_F_frames_12.mmap`,
      ],
      [/damaged or misnamed: 10 frames/, `d1_${H}_d2_${W}_d3_1_order_C_frames_10.mmap`],
      [/is empty: it is 11×0×7/, `d1_0_d2_${W}_d3_1_order_C_frames_11.mmap`],
      [/at most 2 GiB/, `d1_999999999_d2_999999999_d3_1_order_C_frames_11.mmap`],
    ];
    for (const [expected, name] of cases) {
      await Deno.writeFile(`${folder}/${name}`, stored("F"));
      const error = await openMovie(`${folder}/${name}`).then((movie) => movie.close(), (error) => error);
      assert.ok(error instanceof MovieError && error.message.includes(name), `${name}: ${error}`);
      assert.match(error.message, expected);
    }
  });
});

Deno.test("names of memory maps that make no sense are refused or read, whatever is in them", async () => {
  const next = numbers(77), letters = "d1_2345678_order_CF_frames_.mmap0-";
  await withFolder(async (folder) => {
    let refused = 0, read = 0;
    for (let round = 0; round < 400; round++) {
      const name = [...`d1_${H}_d2_${W}_d3_1_order_${round % 2 ? "C" : "F"}_frames_${T}`];
      for (let i = next() % 3; i > 0; i--) name[next() % name.length] = letters[next() % letters.length];
      const path = `${folder}/${name.join("")}.mmap`;
      await Deno.writeFile(path, stored("F"));
      try {
        const movie = await openMovie(path);
        await movie.read(movie.header.frames - 1, 1, new Float32Array(movie.header.width * movie.header.height));
        movie.close();
        read++;
      } catch (error) {
        if (!(error instanceof MovieError)) throw error;
        refused++;
      }
      await Deno.remove(path);
    }
    assert.ok(read > 50 && refused > 50, `${read} read, ${refused} refused`);
  });
});
