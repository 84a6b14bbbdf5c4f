import assert from "node:assert/strict";
import { MovieError, ParameterError } from "../src/core/errors.ts";
import { type MovieSource, type SampleArray, sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { damageMovies } from "./movie_damage.ts";
import { NPY_TYPES, npyBytes, storedData, testValues } from "./movie_npy_bytes.ts";
import { fillSamples, sampleBytes, withFolder } from "./movie_tiff_bytes.ts";

const T = 6, H = 5, W = 7;

async function read(movie: MovieSource, start = 0, count = movie.header.frames): Promise<SampleArray> {
  const samples = sampleArray(movie.header.sampleType, count * movie.header.width * movie.header.height);
  await movie.read(start, count, samples);
  return samples;
}

Deno.test("every type of number in either byte order is read, those a movie cannot have with a note", async () => {
  await withFolder(async (folder) => {
    for (const [letters, type] of Object.entries(NPY_TYPES)) {
      for (const little of [true, false]) {
        const values = testValues(type, T * H * W), path = `${folder}/${letters}.npy`;
        const mark = letters.endsWith("1") ? "|" : little ? "<" : ">";
        await Deno.writeFile(
          path,
          npyBytes({ descr: mark + letters, shape: [T, H, W] }, storedData(type, values, little)),
        );
        const movie = await openMovie(path), { header } = movie;
        assert.deepEqual([header.frames, header.height, header.width, header.format], [T, H, W, "NumPy"]);
        const expected =
          { bool: "uint8", int8: "int16", uint8: "uint8", uint16: "uint16", int16: "int16" }[type as string];
        assert.equal(header.sampleType, expected ?? "float32");
        assert.deepEqual([...await read(movie)], values, `${mark}${letters}`);
        assert.deepEqual([...await read(movie, 4, 2)], values.slice(4 * H * W));
        if (header.sampleType === type) assert.equal(header.notes, undefined);
        else assert.match(header.notes!.join(), new RegExp(`stored as ${type} and read as ${header.sampleType}`));
        movie.close();
      }
    }
  });
});

Deno.test("every order of axes, in C and in Fortran order, gives the same frames", async () => {
  const samples = fillSamples(new Uint16Array(T * H * W), 2), sizes = { T, Y: H, X: W };
  await withFolder(async (folder) => {
    for (const axes of ["TYX", "YXT", "TXY", "XYT"]) {
      for (const fortran of [false, true]) {
        const letters = [...axes] as ("T" | "Y" | "X")[], shape = letters.map((axis) => sizes[axis]);
        const stored = new Uint16Array(samples.length);
        // Slowest axis first.
        const memory = fortran ? [...letters].reverse() : letters;
        for (let t = 0; t < T; t++) {
          for (let y = 0; y < H; y++) {
            for (let x = 0; x < W; x++) {
              const place = memory.reduce((sum, axis) => sum * sizes[axis] + { T: t, Y: y, X: x }[axis], 0);
              stored[place] = samples[(t * H + y) * W + x];
            }
          }
        }
        const path = `${folder}/${axes}${fortran}.npy`;
        await Deno.writeFile(path, npyBytes({ descr: "<u2", shape, fortran }, sampleBytes(stored, true)));
        const movie = await openMovie(path, { axes });
        assert.deepEqual(await read(movie), samples, `${axes} ${fortran}`);
        const pieces = await Promise.all([[5, 1], [0, 4], [2, 3]].map(([start, count]) => read(movie, start, count)));
        assert.deepEqual(pieces[0], samples.slice(5 * H * W));
        assert.deepEqual(pieces[1], samples.slice(0, 4 * H * W));
        assert.deepEqual(pieces[2], samples.slice(2 * H * W, 5 * H * W));
        assert.equal(/one pixel after another/.test(movie.header.notes?.join() ?? ""), memory.at(-1) === "T");
        movie.close();
      }
    }
  });
});

Deno.test("large movies pixel by pixel are gathered in pieces: many pixels, long gaps, long times", async () => {
  await withFolder(async (folder) => {
    for (const [frames, height, width] of [[40, 300, 400], [9000, 8, 16], [300_000, 2, 3]]) {
      const samples = fillSamples(new Uint16Array(frames * height * width), frames), size = height * width;
      const stored = new Uint16Array(samples.length);
      for (let t = 0; t < frames; t++) for (let p = 0; p < size; p++) stored[p * frames + t] = samples[t * size + p];
      const path = `${folder}/${frames}.npy`;
      await Deno.writeFile(path, npyBytes({ descr: "<u2", shape: [height, width, frames] }, sampleBytes(stored, true)));
      const movie = await openMovie(path, { axes: "YXT" });
      for (const [start, count] of [[0, frames], [frames >> 1, 3], [frames - 1, 1], [1, frames >> 2]]) {
        assert.deepEqual(await read(movie, start, count), samples.slice(start * size, (start + count) * size));
      }
      movie.close();
    }
  });
});

Deno.test("headers of versions 1 to 3, pictures and axes of length 1 are read", async () => {
  const samples = fillSamples(new Float32Array(T * H * W), 3), data = sampleBytes(samples, true);
  await withFolder(async (folder) => {
    const path = `${folder}/movie.npy`;
    const shapes = [[T, H, W], [T, 1, H, W], [1, T, H, W, 1], [1, 1, T, H, W]];
    for (const version of [1, 2, 3] as const) {
      for (const shape of shapes) {
        await Deno.writeFile(path, npyBytes({ descr: "<f4", shape, version }, data));
        const movie = await openMovie(path);
        assert.deepEqual([movie.header.frames, movie.header.height, movie.header.width], [T, H, W]);
        assert.deepEqual(new Uint8Array((await read(movie)).buffer), data);
        movie.close();
      }
    }
    const pictures = [[[T * H, W], [1, T * H, W]], [[1, 1, T * H, W], [1, T * H, W]]];
    for (const [shape, expected] of pictures) {
      await Deno.writeFile(path, npyBytes({ descr: "<f4", shape }, data));
      const movie = await openMovie(path);
      assert.deepEqual([movie.header.frames, movie.header.height, movie.header.width], expected);
      assert.deepEqual(new Uint8Array((await read(movie)).buffer), data);
      movie.close();
    }
    const last = { descr: "<u2", shape: [6, 5, 100] };
    await Deno.writeFile(path, npyBytes(last, new Uint8Array(6000)));
    const movie = await openMovie(path);
    assert.match(
      movie.header.notes!.join(),
      /read as 6 frames of 100×5 pixels; if it is 100 frames of 5×6.*--axes YXT/,
    );
    movie.close();
    await Deno.writeFile(path, npyBytes({ descr: "<u2", shape: [12, 12, 10] }, new Uint8Array(2880)));
    const square = await openMovie(path);
    assert.match(square.header.notes!.join(), /read as 12 frames of 10×12 pixels; if it is 10 frames of 12×12/);
    square.close();
    await Deno.writeFile(path, npyBytes(last, new Uint8Array(6000)));
    const said = await openMovie(path, { axes: "TYX" });
    assert.equal(said.header.notes, undefined);
    said.close();
  });
});

Deno.test("each kind of bad .npy file is refused with a sentence that says what is wrong", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/bad.npy`, data = new Uint8Array(T * H * W * 2), shape = [T, H, W];
    const good = npyBytes({ descr: "<u2", shape }, data);
    const text = (text: string) => npyBytes({ descr: "<u2", shape, text }, data);
    const cases: [RegExp, Uint8Array<ArrayBuffer>][] = [
      [/truncated: it ends in the header, after 8 bytes/, good.slice(0, 8)],
      [/header is said to take 118 bytes, and the file has 60/, good.slice(0, 60)],
      [/truncated or damaged/, npyBytes({ descr: "<u2", shape, version: 2 }, data).slice(0, 11)],
      [/6×5×7 samples of uint16 take 420 bytes, but only 400/, good.slice(0, -20)],
      [/version 9/, good.map((byte, i) => i === 6 ? 9 : byte)],
      [/does not state the type, the order and the shape/, text("{'descr': '<u2', 'fortran_order': False}")],
      [/does not state/, text("{'descr': '<u2', 'fortran_order': 0, 'shape': (6, 5, 7)}")],
      [/does not state/, text("{'descr': '<u2', 'fortran_order': False, 'shape': (6, -5, 7)}")],
      [/does not state/, text("{'descr': '<u2', 'fortran_order': False, 'shape': (6, 5, 7)")],
      [/does not state/, text("__import__('os').system('true')")],
      [/does not state/, text("")],
      [/type <c8, which are no samples/, npyBytes({ descr: "<c8", shape }, data)],
      [/type \|O, which are no samples/, npyBytes({ descr: "|O", shape }, data)],
      [
        /holds records, which are no samples/,
        text("{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (6, 5, 7), }"),
      ],
      [/has 1 axis \(210\)/, npyBytes({ descr: "<u2", shape: [210] }, data)],
      [/has 4 axes \(2×3×5×7\)/, npyBytes({ descr: "<u2", shape: [2, 3, 5, 7] }, data)],
      [/is empty: it is 0×5×7/, npyBytes({ descr: "<u2", shape: [0, 5, 7] }, data)],
      [/at most 2 GiB/, npyBytes({ descr: "<u2", shape: [6, 5_000_000, 7_000_000] }, data)],
      [/at most 2 GiB/, npyBytes({ descr: "<u2", shape: [6_000_000_000, 5, 7] }, data)],
      [/take 42000000000 bytes/, npyBytes({ descr: "<u2", shape: [600_000_000, 5, 7] }, data)],
    ];
    for (const [expected, bytes] of cases) {
      await Deno.writeFile(path, bytes);
      const error = await openMovie(path).then((movie) => movie.close(), (error) => error);
      assert.ok(error instanceof MovieError, `${expected}: ${error}`);
      assert.ok(error.message.includes(path) && !/undefined|NaN|\n|\.$/.test(error.message), error.message);
      assert.match(error.message, expected);
    }
    await Deno.writeFile(path, good);
    await assert.rejects(openMovie(path, { axes: "YTX" }), ParameterError);
    await Deno.writeFile(path, npyBytes({ descr: "<u2", shape: [30, 7] }, data));
    await assert.rejects(openMovie(path, { axes: "YXT" }), { name: "MovieError", message: /2 axes/ });
    const archive = `${folder}/movies.npz`;
    await Deno.writeFile(archive, new TextEncoder().encode("PK\x03\x04 and so on"));
    await assert.rejects(openMovie(archive), {
      name: "MovieError",
      message: /archive of NumPy arrays.*save the movie as \.npy/,
    });
    // A file that shrinks while it is read.
    await Deno.writeFile(path, good);
    const movie = await openMovie(path);
    await Deno.truncate(path, 200);
    await assert.rejects(read(movie), { name: "MovieError", message: /ends early/ });
    movie.close();
  });
});

Deno.test("damaged .npy files are read or refused: no crash, no hang, no memory beyond their means", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.npy`, shape = [T, H, W];
    const victims = ["<u2", ">f4", "<i8", "<f2"].flatMap((descr) =>
      [false, true].map((fortran) => {
        const data = storedData(
          NPY_TYPES[descr.slice(1)],
          testValues(NPY_TYPES[descr.slice(1)], T * H * W),
          descr[0] === "<",
        );
        return { path, bytes: npyBytes({ descr, shape, fortran }, data) };
      })
    );
    const { read, refused } = await damageMovies(path, victims, 3000, 4711, [0, 0.15]);
    assert.ok(read > 100 && refused > 100, `${refused} refused, ${read} read`);
  });
});
