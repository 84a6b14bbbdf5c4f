/** Movies as files: HDF5 as CaImAn has them, TIFF, and nothing left behind when something fails. */
import assert from "node:assert/strict";
import { ResultsError } from "../src/core/errors.ts";
import type { SampleType } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { hdf5MovieWriter } from "../src/movie/hdf5/hdf5_movie_writer.ts";
import { movieWriter } from "../src/movie/writer.ts";
import * as h5wasm from "npm:h5wasm@0.10.3/node";
import { withFolder } from "./movie_tiff_bytes.ts";
import { noiseMovie, samplesOf } from "./preprocess_movies.ts";

async function names(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) found.push(name);
  return found.sort();
}

/** The movie in a file, as the library itself reads it. */
async function readBack(path: string): Promise<{ shape: unknown; values: ArrayLike<number>; frameRate: unknown }> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, "r");
  try {
    const movie = file.get("mov") as h5wasm.Dataset;
    assert.deepEqual(movie.metadata.chunks, [1, ...movie.shape!.slice(1)]);
    return { shape: movie.shape, values: movie.value as ArrayLike<number>, frameRate: movie.attrs["fr"]?.value };
  } finally {
    file.close();
  }
}

Deno.test("an HDF5 movie holds every frame in its own type, and two runs write the same bytes", async () => {
  await withFolder(async (folder) => {
    for (const sampleType of ["uint8", "uint16", "int16", "float32"] satisfies SampleType[]) {
      const movie = noiseMovie({ width: 13, height: 7, frames: 40, type: sampleType });
      const samples = await samplesOf(movie), options = { ...movie.header, frameRate: 12.5 };
      const paths = ["a", "b"].map((name) => `${folder}/${sampleType}.${name}.h5`);
      for (const path of paths) {
        const writer = await hdf5MovieWriter(path, options);
        for (const [from, to] of [[0, 1], [1, 30], [30, 40]]) await writer.write(samples.subarray(from * 91, to * 91));
        await writer.close();
        await writer.abort();
      }
      const [one, other] = await Promise.all(paths.map((path) => Deno.readFile(path)));
      assert.deepEqual(one, other);
      const found = await readBack(paths[0]);
      assert.deepEqual(found.shape, [40, 7, 13]);
      assert.deepEqual(Array.from(found.values), Array.from(samples));
      assert.equal(found.frameRate, 12.5);
    }
    assert.equal((await names(folder)).length, 8, "Only whole files");
  });
});

Deno.test("a movie is written in the format its name ends in", async () => {
  await withFolder(async (folder) => {
    const movie = noiseMovie({ width: 9, height: 5, frames: 4, type: "uint16" }), samples = await samplesOf(movie);
    for (const name of ["a.tif", "b.TIFF", "c.h5", "d.hdf5"]) {
      const writer = await movieWriter(`${folder}/${name}`, movie.header);
      await writer.write(samples);
      await writer.close();
    }
    const source = await openMovie(`${folder}/b.TIFF`);
    assert.deepEqual(await samplesOf(source), samples);
    source.close();
    assert.deepEqual(Array.from((await readBack(`${folder}/d.hdf5`)).values), Array.from(samples));
    await assert.rejects(
      movieWriter(`${folder}/e.avi`, movie.header),
      (error) =>
        error instanceof ResultsError && /e\.avi: its name has to end in \.tif, .+ or \.\w+$/.test(error.message),
    );
  });
});

Deno.test("what is not finished leaves nothing behind, and what was there stays", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`, options = { width: 4, height: 3, frames: 5, sampleType: "uint8" } as const;
    await Deno.writeTextFile(path, "old");
    const rejected = async (work: Promise<unknown>, message: RegExp) => {
      await assert.rejects(work, (error) => error instanceof ResultsError && message.test(error.message));
      assert.deepEqual(await names(folder), ["movie.h5"]);
      assert.equal(await Deno.readTextFile(path), "old");
    };
    const given = await hdf5MovieWriter(path, options);
    await given.write(new Uint8Array(24));
    assert.equal((await names(folder)).length, 2);
    await given.abort();
    await rejected(given.write(new Uint8Array(12)), /is finished: nothing more can be written/);
    const short = await hdf5MovieWriter(path, options);
    await short.write(new Uint8Array(24));
    await rejected(short.close(), /movie\.h5: it got 2 frames, but 5 were announced$/);
    const long = await hdf5MovieWriter(path, options);
    await rejected(long.write(new Uint8Array(72)), /6 frames of 4×3 pixels were given after 0, and 5 were announced$/);
    const wrong = await hdf5MovieWriter(path, options);
    await rejected(wrong.write(new Uint16Array(12)), /it takes a Uint8Array, not a Uint16Array$/);
    await rejected(
      hdf5MovieWriter(`${folder}/none/movie.h5`, options),
      /^Cannot write .*none\/movie\.h5: no such file/,
    );
  });
});
