/** What a user may say of a movie when it is opened: which dataset, axes, channel, device; and what a folder may hold. */
import assert from "node:assert/strict";
import { info } from "../src/cli/info.ts";
import { openMovie, type OpenMovieOptions } from "../src/movie/open.ts";
import { sameMovie } from "../src/results/motion_reuse.ts";
import { aviBytes, testPictures } from "./movie_avi_bytes.ts";
import { ran, refused, writeMovieFile } from "./cli_commands.ts";
import { hdf5File, turned } from "./movie_hdf5_files.ts";
import { npyBytes, storedData } from "./movie_npy_bytes.ts";
import { sampleBytes, tiffBytes, withFolder } from "./movie_tiff_bytes.ts";
import { movieOf, noiseMovie, samplesOf } from "./preprocess_movies.ts";

/** One small file of each kind, by kind. */
async function files(folder: string) {
  const samples = Array.from({ length: 2 * 3 * 4 }, (_, i) => i);
  const grey = aviBytes({ width: 8, height: 4, codec: "GREY", pictures: testPictures(8, 4, 3) });
  await Deno.writeFile(
    `${folder}/movie.npy`,
    npyBytes({ descr: "<u2", shape: [2, 3, 4] }, storedData("uint16", samples)),
  );
  await Deno.writeFile(`${folder}/movie.avi`, grey);
  await Deno.mkdir(`${folder}/scope`);
  await Deno.writeFile(`${folder}/scope/0.avi`, grey);
  await Deno.writeTextFile(
    `${folder}/scope/timeStamps.csv`,
    "Frame Number,Time Stamp (ms),Buffer Index\n0,0,0\n1,50,0\n2,100,0\n",
  );
  return {
    tiff: await writeMovieFile(`${folder}/movie.tif`, noiseMovie({ width: 4, height: 3, frames: 2, type: "uint16" })),
    hdf5: await writeMovieFile(`${folder}/movie.h5`, noiseMovie({ width: 4, height: 3, frames: 2, type: "uint16" })),
    zarr: await writeMovieFile(`${folder}/movie.zarr`, noiseMovie({ width: 4, height: 3, frames: 2, type: "uint16" })),
    npy: `${folder}/movie.npy`,
    avi: `${folder}/movie.avi`,
    miniscope: `${folder}/scope`,
  };
}

/** Opens a movie, returns its header, and closes it. */
async function opened(path: string | readonly string[], options?: OpenMovieOptions) {
  const movie = await openMovie(path, options);
  movie.close();
  return movie.header;
}

/** The sentence a movie is refused with. */
async function refusal(kind: string, path: string | readonly string[], options?: OpenMovieOptions): Promise<string> {
  let message = "";
  await assert.rejects(opened(path, options), (error: Error) => {
    message = error.message;
    return error.name === kind;
  });
  assert(!/\n|undefined|\.$/.test(message), message);
  return message;
}

Deno.test("an option that means nothing to a movie is refused, whatever its value, and says what it is about", async () => {
  await withFolder(async (folder) => {
    const paths = await files(folder);
    const takes: Record<string, readonly string[]> = {
      tiff: ["channel"],
      hdf5: ["dataset", "axes"],
      zarr: ["dataset", "axes"],
      npy: ["axes"],
      avi: [],
      miniscope: ["device"],
    };
    const given = { dataset: "mov", axes: "TYX", channel: 1, device: "scope" };
    for (const [kind, path] of Object.entries(paths)) {
      for (const [name, value] of Object.entries(given)) {
        const options = { [name]: value };
        if (takes[kind].includes(name)) {
          const { history } = await opened(path, options);
          assert.deepEqual(history, [`Opened with ${name} ${value}`], `${kind} ${name}`);
        } else {
          const message = await refusal("ParameterError", path, options);
          assert(message.startsWith(`${name} is given as ${value}, but it is about `), message);
          assert(message.includes(path) && message.endsWith(": leave it out"), message);
        }
      }
      assert.equal((await opened(path)).history, undefined, kind);
    }
    // Of several movies one has to know it.
    const both = [paths.tiff, paths.hdf5];
    assert.equal((await opened(both, { dataset: "mov" })).frames, 4);
    assert.match(
      await refusal("ParameterError", both, { device: "x" }),
      /^device .* recordings of several devices, and ".*movie\.tif" is TIFF/,
    );
    assert.match(await refusal("MovieError", [], { channel: 1 }), /empty/);
  });
});

Deno.test("values that make no sense, and things that are not there, are refused by name", async () => {
  await withFolder(async (folder) => {
    const { tiff, hdf5, zarr, npy, miniscope } = await files(folder);
    for (const channel of [0, -1, 1.5, NaN]) {
      assert.equal(
        await refusal("ParameterError", tiff, { channel }),
        `channel is ${channel}; it must be a whole number of at least 1`,
      );
    }
    for (const axes of ["", "tyx", "TYZ", "TYXC", "YX"]) {
      assert.match(await refusal("ParameterError", npy, { axes }), /^axes is .*; it must be TYX, YXT, TXY or XYT \(T/);
    }
    assert.match(await refusal("MovieError", tiff, { channel: 2 }), /movie\.tif.* channel/);
    assert.match(await refusal("MovieError", hdf5, { dataset: "/mow" }), /\/mow.*mov/);
    assert.match(await refusal("MovieError", zarr, { dataset: "mow" }), /mow.*mov/);
    assert.match(await refusal("MovieError", miniscope, { device: "camera" }), /camera.*scope/);
    // The command line speaks of its flags, and takes axes in lower case.
    for (const channel of ["two", "1.5", "-1", "0x1", ""]) {
      await refused(
        2,
        /^--channel is .*, but it has to be a whole number, from 1$/,
        info,
        tiff,
        `--channel=${channel}`,
      );
    }
    await refused(2, /^channel is 0; it must be/, info, tiff, "--channel", "0");
    await refused(2, /^axes is UP; it must be/, info, npy, "--axes", "up");
    await refused(2, /^dataset is given as mov, but it is about files with datasets/, info, tiff, "--dataset", "mov");
    const { record } = await ran(info, npy, "--axes", "xyt");
    assert.deepEqual([record.movie.width, record.movie.height, record.movie.frames], [2, 3, 4]);
  });
});

Deno.test("what was chosen makes it another movie: its history says so, and displacements are not mixed up", async () => {
  await withFolder(async (folder) => {
    const path = await hdf5File(`${folder}/two.h5`, (writer) => {
      writer.numbers("/a", [13, 5, 7], turned("TYX"));
      writer.numbers("/b", [7, 5, 13], turned("XYT"));
    });
    const a = await opened(path, { dataset: "a" }), b = await opened(path, { dataset: "b", axes: "XYT" });
    assert.deepEqual([a.history, b.history], [["Opened with dataset a"], ["Opened with dataset b, axes XYT"]]);
    assert.deepEqual([b.width, b.height, b.frames], [7, 5, 13]);
    assert.equal(sameMovie(a, await opened(path, { dataset: "a" })), true);
    assert.equal(sameMovie(a, b), false);
    const movie = await openMovie(path, { dataset: "b", axes: "XYT" });
    assert.deepEqual(await samplesOf(movie), turned("TYX"));
    movie.close();

    // A channel of a TIFF of two.
    const page = (value: number) => {
      const samples = new Uint16Array(12).fill(value);
      return {
        tags: { 256: 4, 257: 3, 258: 16, 259: 1, 262: 1, 277: 1, 278: 3 },
        blocks: [sampleBytes(samples, true)],
      };
    };
    const description = "ImageJ=1.53c\nimages=6\nchannels=2\nframes=3\nhyperstack=true\n";
    const pages = [11, 21, 12, 22, 13, 23].map(page);
    Object.assign(pages[0].tags, { 270: description });
    await Deno.writeFile(`${folder}/two.tif`, tiffBytes(pages));
    assert.match(await refusal("MovieError", `${folder}/two.tif`), /2 channels.*--channel/);
    const second = await openMovie(`${folder}/two.tif`, { channel: 2 });
    assert.deepEqual([second.header.frames, second.header.history], [3, ["Opened with channel 2"]]);
    const samples = await samplesOf(second);
    second.close();
    assert.deepEqual([samples[0], samples[12], samples[24]], [21, 22, 23]);
    assert.match(
      await refusal("MovieError", `${folder}/two.tif`, { channel: 3 }),
      /has 2 channels, so there is no channel 3$/,
    );
  });
});

Deno.test("a folder holds one movie's files: of one format, or folders that are movies; others are refused", async () => {
  await withFolder(async (folder) => {
    const mixed = `${folder}/mixed`;
    await Deno.mkdir(mixed);
    const movie = noiseMovie({ width: 4, height: 3, frames: 2, type: "uint16" });
    await writeMovieFile(`${mixed}/a.tif`, movie);
    await writeMovieFile(`${mixed}/b.h5`, movie);
    assert.match(
      await refusal("MovieError", mixed),
      /^Folder ".*mixed" holds movies of several formats \(".*a\.tif" is TIFF, ".*b\.h5" HDF5\): name the files that belong/,
    );
    // The content decides, not the ending.
    await Deno.rename(`${mixed}/b.h5`, `${folder}/b.h5`);
    await Deno.copyFile(`${folder}/b.h5`, `${mixed}/b.tif`);
    assert.match(await refusal("MovieError", mixed), /several formats .*b\.tif/);
    assert.equal((await opened([`${mixed}/a.tif`, `${mixed}/b.tif`])).frames, 4, "By name they may be joined");

    const folders = `${folder}/folders`;
    await Deno.mkdir(`${folders}/day 1`, { recursive: true });
    await Deno.mkdir(`${folders}/day 2`);
    await Deno.copyFile(`${mixed}/a.tif`, `${folders}/day 1/a.tif`);
    assert.match(await refusal("MovieError", folders), /holds no movie: none of its 2 entries ends in .*\.tif.* or /);
    const pair = await opened([`${folders}/day 1`, `${mixed}/a.tif`]);
    assert.deepEqual(pair.files.map(({ path }) => path), [`${folders}/day 1/a.tif`, `${mixed}/a.tif`]);
    assert.match(await refusal("MovieError", [`${folders}/day 1`, `${folders}/day 2`]), /day 2" holds no movie/);

    // Zarr folders in a folder are its movies, in natural order.
    const arrays = `${folder}/arrays`;
    await Deno.mkdir(arrays);
    for (const number of [10, 9]) {
      await writeMovieFile(
        `${arrays}/${number}.zarr`,
        movieOf({ width: 2, height: 2, frames: 1, type: "uint8" }, () => number),
      );
    }
    const joined = await openMovie(arrays);
    assert.deepEqual([...await samplesOf(joined)], [9, 9, 9, 9, 10, 10, 10, 10]);
    joined.close();
    // A link back to the folder itself ends, too.
    await Deno.symlink(arrays, `${arrays}/11.zarr`);
    assert.match(await refusal("MovieError", arrays), /arrays/);
  });
});
