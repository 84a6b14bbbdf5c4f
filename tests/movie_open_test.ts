import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { openMovie } from "../src/movie/open.ts";
import { movieWriter } from "../src/movie/writer.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { fillSamples, greyTags, type TestPage, tiffBytes, withFolder } from "./movie_tiff_bytes.ts";

const frame = new Uint16Array(12);

function page(changes: Record<number, number | number[] | string> = {}, bytes = 24): TestPage {
  return { tags: { ...greyTags(4, 3, frame), ...changes }, blocks: [new Uint8Array(bytes)] };
}

/** Opens bytes as a file and returns the one sentence it is refused with. */
async function refusal(path: string, bytes: Uint8Array): Promise<string> {
  await Deno.writeFile(path, bytes);
  const error = await openMovie(path).then((movie) => movie.close(), (error) => error);
  assert.ok(error instanceof MovieError, `${error}`);
  assert.ok(error.message.includes(path), error.message);
  assert.ok(!/undefined|NaN|\n|\.$/.test(error.message.replace(path, "")), error.message);
  return error.message;
}

Deno.test("each kind of bad file is refused with a sentence that says what is wrong", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const good = tiffBytes([page(), page(), page()]);
    const cases: [RegExp, Uint8Array][] = [
      [/is empty/, new Uint8Array(0)],
      [/holds text/, new TextEncoder().encode("frame,cell 1\n0,1.5\n")],
      [/holds text/, new TextEncoder().encode("II")],
      [/HDF5/, Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0)],
      [/AVI/, new TextEncoder().encode("RIFF\0\0\0\0AVI ")],
      [/holds RIFF data that are no AVI video/, new TextEncoder().encode("RIFF\0\0\0\0WAVEfmt ")],
      [/zeros/, new Uint8Array(4000)],
      [/unknown kind/, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 200)],
      [/truncated.*header.*5 bytes/, good.slice(0, 5)],
      [/truncated.*header.*12 bytes/, tiffBytes([page()], { big: true }).slice(0, 12)],
      [/truncated.*directory of page 1/, good.slice(0, 40)],
      [/truncated.*directory of page 3/, good.slice(0, good.length - 30)],
      [/no pages/, tiffBytes([])],
      [/page 2 reaches byte 1024.*file has/, tiffBytes([page(), page({ 273: 1000 })])],
      [/Page 2 .* 5×3 uint16, but page 1 is 4×3 uint16/, tiffBytes([page(), page({ 256: 5 }, 30)])],
      [/Page 3 .* 4×3 int16, but page 1 is 4×3 uint16/, tiffBytes([page(), page(), page({ 339: 2 })])],
      [/has 3 channels: say which one.*--channel 1 to 3/, tiffBytes([page({ 277: 3, 258: [8, 8, 8], 262: 2 }, 36)])],
      [/has 2 channels/, tiffBytes([page({ 277: 2, 258: [16, 16] }, 48)])],
      [/24-bit signed integers.*convert the movie to float32/, tiffBytes([page({ 258: 24, 339: 2 }, 36)])],
      [/float24\).*convert the movie to float32/, tiffBytes([page({ 258: 24, 339: 3 }, 36)])],
      [/complex/, tiffBytes([page({ 258: 64, 339: 6 }, 96)])],
      [/ 1 bits per sample.*uint8/, tiffBytes([page({ 258: 1 })])],
      [/ 4 bits per sample.*uint8/, tiffBytes([page({ 258: 4 })])],
      [/12 bits per sample.*uint16/, tiffBytes([page({ 258: 12 })])],
      [/0×3 pixels/, tiffBytes([page({ 256: 0 })])],
      [/said to have 0 channels/, tiffBytes([page({ 277: 0 })])],
      [/4×3 pixels of 4000000000 channels: .* at most 2 GiB/, tiffBytes([page({ 277: 4_000_000_000, 262: 2 })])],
      [/at most 2 GiB/, tiffBytes([page({ 256: 4_000_000_000, 257: 4_000_000_000 })])],
      [/24 bytes where 20000000 belong/, tiffBytes([page({ 256: 2000, 257: 5000, 278: 5000 })])],
      [/lists 1 of its 3 strips/, tiffBytes([page({ 278: 1 })])],
      [/cut into 2000000000 strips/, tiffBytes([page({ 256: 1, 257: 2_000_000_000, 258: 8, 278: 1 })])],
      [/strips are 4×0 pixels/, tiffBytes([page({ 278: 0 })])],
      [/tiles are 60000×60000 pixels/, tiffBytes([{ ...page({ 322: 60000, 323: 60000 }), tiled: true }])],
      [/20000000 bytes in 24 bytes of deflate/, tiffBytes([page({ 256: 2000, 257: 5000, 278: 5000, 259: 8 })])],
      [/FillOrder/, tiffBytes([page({ 266: 2 })])],
      [/predictor 3 on uint16/, tiffBytes([page({ 259: 5, 317: 3 })])],
    ];
    for (const [expected, bytes] of cases) assert.match(await refusal(path, bytes), expected);
  });
});

Deno.test("a list of pages that runs in a circle is refused", async () => {
  await withFolder(async (folder) => {
    const bytes = tiffBytes([page(), page()]);
    const view = new DataView(bytes.buffer);
    // The last four bytes link to the next directory: back to the first.
    view.setUint32(bytes.length - 4, view.getUint32(4, true), true);
    assert.match(await refusal(`${folder}/circle.tif`, bytes), /circle after page 2/);
  });
});

Deno.test("a movie cut in the middle of a frame is refused at opening, one that shrinks later at reading", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    // The directory first, then the samples, as many cameras write.
    const directoryFirst = tiffBytes([{ tags: { ...greyTags(4, 3, frame), 273: 512, 279: 24 }, blocks: [] }]);
    const bytes = new Uint8Array(512 + 24);
    bytes.set(directoryFirst);
    await Deno.writeFile(path, bytes);
    const movie = await openMovie(path);
    await movie.read(0, 1, frame);
    await Deno.truncate(path, 520);
    await assert.rejects(movie.read(0, 1, frame), { name: "MovieError", message: /ends early/ });
    movie.close();
    assert.match(await refusal(path, bytes.slice(0, 520)), /truncated.*page 1 reaches byte 536 .*file has 520/);
  });
});

Deno.test("a missing file, an unfit folder, an empty list and a wrong frame rate are refused", async () => {
  await withFolder(async (folder) => {
    await assert.rejects(openMovie(`${folder}/none.tif`), { name: "MovieError", message: /does not exist/ });
    await assert.rejects(openMovie([]), { name: "MovieError", message: /empty/ });
    await Deno.writeTextFile(`${folder}/notes.txt`, "x");
    await Deno.writeTextFile(`${folder}/._movie.tif`, "x");
    await assert.rejects(openMovie(folder), { name: "MovieError", message: /holds no movie.* 2 entries/ });
    for (const frameRate of [0, -1, NaN, Infinity]) {
      await assert.rejects(openMovie(folder, { frameRate }), { name: "ParameterError", message: /frame rate/ });
    }
  });
});

Deno.test("the content decides, not the name; int16 may be negative; one frame of one pixel is a movie", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.dat`;
    const writer = await tiffWriter(path, { width: 1, height: 1, sampleType: "int16" });
    await writer.write(Int16Array.of(-32768));
    await writer.close();
    const movie = await openMovie(path);
    const into = new Int16Array(1);
    await movie.read(0, 1, into);
    assert.equal(into[0], -32768);
    assert.equal(movie.header.frames, 1);
    const [file] = movie.header.files;
    const { size, mtime } = await Deno.stat(path);
    assert.deepEqual(file, { path, bytes: size, modified: mtime!.toISOString(), frames: 1 });
    movie.close();
  });
});

Deno.test("a folder plays in natural order, and the whole reads across the borders of its files", async () => {
  await withFolder(async (folder) => {
    const names = ["movie.tif", "movie-2.TIF", "movie-10.tiff"];
    const samples = fillSamples(new Uint8Array(6 * 9), 9);
    for (let i = 0; i < 3; i++) {
      const writer = await tiffWriter(`${folder}/${names[i]}`, {
        width: 3,
        height: 2,
        sampleType: "uint8",
        frameRate: 10,
      });
      await writer.write(samples.subarray(18 * i, 18 * (i + 1)));
      await writer.close();
    }
    await Deno.writeTextFile(`${folder}/readme.txt`, "not a movie");
    const movie = await openMovie(folder);
    assert.equal(movie.header.name, folder);
    assert.equal(movie.header.frames, 9);
    assert.equal(movie.header.frameRate, 10);
    assert.deepEqual(movie.header.files.map((file) => file.path), names.map((name) => `${folder}/${name}`));
    for (let start = 0; start < 9; start++) {
      for (let count = 0; start + count <= 9; count++) {
        const into = new Uint8Array(6 * count);
        await movie.read(start, count, into);
        assert.deepEqual(into, samples.slice(6 * start, 6 * (start + count)), `frames ${start} + ${count}`);
      }
    }
    movie.close();
    // A list keeps its own order.
    const reversed = await openMovie([`${folder}/${names[2]}`, `${folder}/${names[0]}`]);
    const into = new Uint8Array(36);
    await reversed.read(0, 6, into);
    assert.deepEqual(into, Uint8Array.of(...samples.subarray(36), ...samples.subarray(0, 18)));
    assert.equal(reversed.header.name, `${folder}/${names[2]} and 1 more`);
    reversed.close();
  });
});

Deno.test("what annulus wrote beside the parts of a movie is passed over; alone it is told", async () => {
  await withFolder(async (folder) => {
    const page = tiffBytes([{ tags: greyTags(1, 1, frame), blocks: [Uint8Array.of(7, 1)] }]);
    for (const name of ["1.tif", "2.tif"]) await Deno.writeFile(`${folder}/${name}`, page);
    for (const name of ["1.truth.h5", "results.h5", "shifts.h5", "projections.h5"]) {
      const writer = await Hdf5Writer.create(`${folder}/${name}`);
      writer.attribute("/", "format", "annulus results");
      writer.close();
    }
    // Results in a folder of their own, and what the system leaves behind.
    await Deno.mkdir(`${folder}/results`);
    await Deno.copyFile(`${folder}/results.h5`, `${folder}/results/results.h5`);
    for (const name of ["Thumbs.db", ".DS_Store", "._1.tif", "notes.txt"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "x");
    }
    const movie = await openMovie(folder);
    assert.equal(movie.header.frames, 2);
    movie.close();
    for (const name of ["1.tif", "2.tif"]) await Deno.remove(`${folder}/${name}`);
    await assert.rejects(openMovie(folder), {
      name: "MovieError",
      message: /truth\.h5" is no movie: it holds annulus results/,
    });
    // Any other HDF5 file may be the movie.
    await Deno.writeFile(`${folder}/1.tif`, page);
    await Deno.copyFile(`${folder}/results.h5`, `${folder}/my results.h5`);
    await assert.rejects(openMovie(folder), { name: "MovieError", message: /several formats.*my results\.h5/ });
  });
});

Deno.test("an empty folder is called empty, and folders in a circle come to an end", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/empty.tif`);
    await assert.rejects(openMovie(`${folder}/empty.tif`), {
      name: "MovieError",
      message: /holds no movie: it is empty/,
    });
    await Deno.mkdir(`${folder}/round`);
    await Deno.symlink(".", `${folder}/round/again.zarr`);
    const error = await openMovie(`${folder}/round`).catch((error) => error);
    assert.ok(error instanceof MovieError && /name the folder that holds/.test(error.message), `${error}`);
    assert.ok(error.message.length < folder.length + 300, error.message);
  });
});

Deno.test("a given frame rate that the timestamps contradict is told", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/m.h5`, timestamps = Float64Array.of(0, 0.05, 0.1);
    const facts = { width: 2, height: 1, frames: 3, sampleType: "uint8" as const, frameRate: 20, timestamps };
    const writer = await movieWriter(path, facts);
    await writer.write(Uint8Array.of(1, 2, 3, 4, 5, 6));
    await writer.close();
    for (
      const [frameRate, notes] of [[19.5, undefined], [
        30,
        /given as 30 per second, but the timestamps amount to 20/,
      ]] as const
    ) {
      const movie = await openMovie(path, { frameRate });
      assert.equal(movie.header.frameRate, frameRate);
      if (notes) assert.match(movie.header.notes!.join(), notes);
      else assert.equal(movie.header.notes, undefined);
      movie.close();
    }
  });
});

Deno.test("files that do not continue each other are refused, naming both", async () => {
  await withFolder(async (folder) => {
    const make = async (name: string, width: number, frameRate: number) => {
      const writer = await tiffWriter(`${folder}/${name}`, { width, height: 2, sampleType: "uint8", frameRate });
      await writer.write(new Uint8Array(width * 2));
      await writer.close();
      return `${folder}/${name}`;
    };
    const a = await make("a.tif", 3, 10), b = await make("b.tif", 4, 10), c = await make("c.tif", 3, 20);
    await assert.rejects(openMovie([a, b]), {
      name: "MovieError",
      message: /b\.tif" cannot continue ".*a\.tif": it is 4×2 uint8, the first is 3×2 uint8/,
    });
    await assert.rejects(openMovie([a, c]), { name: "MovieError", message: /20 frames per second but .* says 10/ });
    const settled = await openMovie([a, c], { frameRate: 15 });
    assert.equal(settled.header.frameRate, 15);
    settled.close();
    await Deno.writeTextFile(`${folder}/d.tif`, "text");
    await assert.rejects(openMovie(folder), { name: "MovieError", message: /d\.tif" is not a movie.*text/ });
  });
});

Deno.test("a folder of more files than may be open at once is read at random", async () => {
  await withFolder(async (folder) => {
    const files = 150;
    for (let i = 0; i < files; i++) {
      await Deno.writeFile(
        `${folder}/${i}.tif`,
        tiffBytes([{ tags: greyTags(1, 1, frame), blocks: [Uint8Array.of(i, 1)] }]),
      );
    }
    const movie = await openMovie(folder);
    const all = new Uint16Array(files);
    await movie.read(0, files, all);
    assert.deepEqual([...all], Array.from({ length: files }, (_, i) => 256 + i));
    await Promise.all(Array.from({ length: files }, async (_, i) => {
      const one = new Uint16Array(1);
      await movie.read(files - 1 - i, 1, one);
      assert.equal(one[0], 256 + files - 1 - i);
    }));
    movie.close();
  });
});
