import assert from "node:assert/strict";
import { bytesPerSample, sampleArray } from "../src/core/movie.ts";
import { hdf5 } from "../src/movie/hdf5/format.ts";
import { Hdf5Service } from "../src/movie/hdf5/hdf5_service.ts";
import { refusalOf, shifted } from "./movie_damage.ts";
import { asMatlab, counts, FRAMES, hdf5File, HEIGHT, nwbSeries, nwbSession, WIDTH } from "./movie_hdf5_files.ts";
import { numbers, withFolder } from "./movie_tiff_bytes.ts";

const fixtures = new URL("./fixtures/hdf5/", import.meta.url);

/** Small movies of every structure: what the damage is done to. */
async function victims(folder: string): Promise<Uint8Array[]> {
  const path = `${folder}/victim.h5`, shape = [FRAMES, HEIGHT, WIDTH];
  await hdf5File(path, (writer) => {
    writer.group("/deep");
    writer.numbers("/deep/frames", shape, counts());
    writer.attribute("/deep/frames", "frame_rate", 20);
    writer.attribute("/deep", "names", ["one", "two"]);
    writer.softLink("/mov", "/deep/frames");
  });
  const plain = await Deno.readFile(path);
  const matlab = await Deno.readFile(await asMatlab(path));
  await hdf5File(path, (writer) => {
    nwbSession(writer);
    nwbSeries(writer, "/acquisition/movie");
    writer.numbers("/acquisition/movie/data", [FRAMES, WIDTH, HEIGHT], counts(), { gzip: 4, chunks: [4, 4, 4] });
    writer.numbers("/acquisition/movie/timestamps", [FRAMES], Float64Array.from({ length: FRAMES }, (_, i) => i / 20));
    writer.numbers("/acquisition/movie/dimension", [2], Int32Array.of(WIDTH, HEIGHT));
  });
  const nwb = await Deno.readFile(path);
  const made = ["packed", "latest_plain", "latest_packed", "latest_frames"];
  const others = await Promise.all(made.map((name) => Deno.readFile(new URL(`${name}.h5`, fixtures))));
  return [plain, matlab, nwb, ...others];
}

Deno.test("damaged HDF5 and NWB files are read or refused: no crash, no hang, no memory beyond their means", async () => {
  await withFolder(async (folder) => {
    const sound = await hdf5.open(
      await hdf5File(
        `${folder}/sound.h5`,
        (writer) => writer.numbers("/mov", [FRAMES, HEIGHT, WIDTH], counts(), { gzip: 1 }),
      ),
      {},
    );
    const { patience } = Hdf5Service;
    // Some of these files make the library go around in circles.
    Hdf5Service.patience = { inspect: 2, read: 2 };
    const all = await victims(folder), path = `${folder}/movie.h5`, next = numbers(20240608);
    const started = performance.now();
    // A fixed number of rounds, so that every run does the same; the clock only guards against slow machines.
    let refused = 0, read = 0, slowest = 0;
    for (let round = 0; round < 1500 && performance.now() - started < 30000; round++) {
      let bytes = all[round % all.length].slice();
      const flips = 1 + next() % 4;
      for (let i = 0; i < flips; i++) {
        const at = next() % bytes.length, how = next() % 4;
        bytes[at] = how === 0 ? 0 : how === 1 ? 255 : how === 2 ? bytes[at] ^ 1 << next() % 8 : next();
      }
      const kind = next() % 8;
      if (kind === 0) bytes = bytes.slice(0, next() % bytes.length);
      if (kind === 1) bytes = shifted(bytes, next);
      if (bytes.length === 0) continue;
      await Deno.writeFile(path, bytes);
      const before = performance.now();
      const refusal = await refusalOf(round, () => hdf5.open(path, {}), async (movie) => {
        const { width, height, frames, sampleType } = movie.header, size = width * height;
        // Even a lying header cannot ask for more than its filters could have packed into the file.
        assert.ok(size * frames * bytesPerSample(sampleType) <= 4 * 1032 * bytes.length);
        if (size < 2 ** 22) {
          const into = sampleArray(sampleType, size);
          for (const frame of new Set([0, frames - 1])) await movie.read(frame, 1, into);
          read++;
        }
      });
      if (refusal !== undefined) refused++;
      slowest = Math.max(slowest, performance.now() - before);
    }
    assert.ok(refused > 100 && read > 100, `${refused} refused, ${read} read`);
    assert.ok(slowest < 10000, `one file took ${slowest} ms`);
    // The other movie is none the worse for it, though the worker it was opened in is gone.
    const into = new Uint16Array(FRAMES * HEIGHT * WIDTH);
    await sound.read(0, FRAMES, into);
    assert.deepEqual(into, counts());
    sound.close();
    Hdf5Service.patience = patience;
  });
});
