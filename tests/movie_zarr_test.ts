import assert from "node:assert/strict";
import { MovieError, ParameterError } from "../src/core/errors.ts";
import { type MovieSource, type SampleArray, sampleArray, type SampleType } from "../src/core/movie.ts";
import { openMovie, type OpenMovieOptions } from "../src/movie/open.ts";
import { isWritable, movieWriter } from "../src/movie/writer.ts";
import { ChunkCache } from "../src/movie/zarr/chunk_cache.ts";
import { damageMovies } from "./movie_damage.ts";
import { fillSamples, withFolder } from "./movie_tiff_bytes.ts";
import {
  bytesOf,
  type Files,
  fixture,
  fixtureFrames,
  gridChunks,
  under,
  writeFiles,
  zarr2,
  zarr3,
  zarray,
  zarrJson,
} from "./zarr_folders.ts";

const frames = fixtureFrames();
const group = { zarr_format: 2 };

async function read(movie: MovieSource, start = 0, count = movie.header.frames): Promise<SampleArray> {
  const samples = sampleArray(movie.header.sampleType, count * movie.header.width * movie.header.height);
  await movie.read(start, count, samples);
  return samples;
}

/** Opens files as a folder, lets a test look at the movie, and closes it. */
async function opened(
  files: Files,
  check: (movie: MovieSource) => Promise<void> | void,
  options: OpenMovieOptions = {},
): Promise<void> {
  await withFolder(async (folder) => {
    await writeFiles(`${folder}/a.zarr`, files);
    const movie = await openMovie(`${folder}/a.zarr`, options);
    try {
      await check(movie);
    } finally {
      movie.close();
    }
  });
}

/** A one-dimensional array of float64, uncompressed in one chunk. */
function times(values: readonly number[], attributes: object, dtype = "<f8"): Files {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  const metadata = { ...zarray({ compressor: null, dtype }), shape: [values.length], chunks: [values.length] };
  return { ".zarray": metadata, ".zattrs": attributes, "0": bytes };
}

Deno.test("arrays of both versions and every codec are movies, read in any range and at the same time", async () => {
  const cases: Files[] = [
    zarr2(frames),
    zarr3(frames),
    ...["blosc2", "lz4", "delta", "blosc3", "shards", "minian"].map(fixture),
  ];
  for (const files of cases) {
    await opened(files, async (movie) => {
      const { header } = movie;
      assert.deepEqual([header.frames, header.height, header.width, header.sampleType], [6, 5, 7, "uint16"]);
      assert.equal(header.format, "Zarr");
      assert.deepEqual(await read(movie), frames);
      const ranges = [[0, 1], [3, 2], [5, 1], [0, 6], [2, 3]];
      const pieces = await Promise.all(ranges.map(([start, count]) => read(movie, start, count)));
      ranges.forEach(([start, count], i) =>
        assert.deepEqual(pieces[i], frames.slice(start * 35, (start + count) * 35))
      );
    });
  }
});

Deno.test("chunks of whole frames that are stored plainly are read without decoding", async () => {
  const plain = Object.fromEntries(gridChunks(frames, [4, 5, 7]).map(([[t], chunk]) => [`${t}.0.0`, bytesOf(chunk)]));
  const metadata = zarray({ chunks: [4, 5, 7], compressor: null, fill_value: 9 });
  await opened({ ".zarray": metadata, ...plain }, async (movie) => {
    assert.deepEqual(await read(movie), frames);
    assert.deepEqual(await read(movie, 3, 2), frames.slice(105, 175));
  });
  const { "1.0.0": _, ...first } = plain;
  await opened({ ".zarray": metadata, ...first }, async (movie) => {
    assert.match(movie.header.notes!.join(), /1 of 2 files of the array are not there: their samples are 9/);
    assert.deepEqual(await read(movie), Uint16Array.of(...frames.subarray(0, 140), ...new Array(70).fill(9)));
    assert.deepEqual(await read(movie, 5, 1), new Uint16Array(35).fill(9));
  });
  await withFolder(async (folder) => {
    const path = await writeFiles(`${folder}/m.zarr`, { ".zarray": metadata, ...first, "1.0.0": new Uint8Array(100) });
    await assert.rejects(openMovie(path), {
      name: "MovieError",
      message: /truncated or damaged: its 2 files of 280 bytes each have only 380 bytes/,
    });
    // One that is cut off later, or that another makes up for.
    await writeFiles(path, { ".zarray": metadata, ...first, "1.0.0": new Uint8Array(300) });
    const movie = await openMovie(path);
    await assert.rejects(read(movie), { name: "MovieError", message: /a chunk takes 280 bytes, and the file has 300/ });
    movie.close();
  });
});

Deno.test("axes go by their names, or as the user says", async () => {
  // The same numbers, taken as X×T×Y.
  const moved = Uint16Array.from({ length: 210 }, (_, i) => {
    const y = Math.floor(i / 42), x = Math.floor(i / 6) % 7, t = i % 6;
    return frames[(t * 5 + y) * 7 + x];
  });
  const files = {
    "zarr.json": zarrJson({
      shape: [5, 7, 6],
      chunk_grid: { name: "regular", configuration: { chunk_shape: [5, 7, 6] } },
      codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    }),
    "c/0/0/0": bytesOf(moved),
  };
  const check = async (movie: MovieSource) => {
    assert.deepEqual([movie.header.frames, movie.header.height, movie.header.width], [6, 5, 7]);
    assert.deepEqual(await read(movie), frames);
    assert.deepEqual(await read(movie, 2, 3), frames.slice(70, 175));
  };
  await opened(files, check, { axes: "YXT" });
  for (
    const names of [["height", "width", "frame"], ["y", "x", "time"], ["Y", "X", "T"], ["rows", "columns", "frames"]]
  ) {
    await opened({ ...files, "zarr.json": { ...files["zarr.json"], dimension_names: names } }, check);
  }
  await opened(
    { ...files, "zarr.json": { ...files["zarr.json"], dimension_names: ["a", "b", null] } },
    ({ header }) => {
      assert.deepEqual([header.frames, header.height, header.width], [5, 7, 6]);
    },
  );
  const five = { chunks: [4, 1, 1, 3, 4], shape: [6, 1, 1, 5, 7] };
  const renamed = Object.entries(zarr2(frames)).map(([name, content]) => [name.replace(/^(\d)\./, "$1.0.0."), content]);
  for (const attributes of [{}, { _ARRAY_DIMENSIONS: ["t", "c", "z", "y", "x"] }]) {
    await opened({ ...Object.fromEntries(renamed), ".zarray": zarray(five), ".zattrs": attributes }, check);
  }
});

Deno.test("types a movie cannot have are converted, with a note", async () => {
  const chunk = Float64Array.from({ length: 210 }, (_, i) => i / 4 - 20);
  const changes = { chunks: [6, 5, 7], compressor: null, dtype: "<f8" };
  await opened({ ".zarray": zarray(changes), "0.0.0": new Uint8Array(chunk.buffer) }, async (movie) => {
    assert.equal(movie.header.sampleType, "float32");
    assert.match(movie.header.notes!.join(), /stored as float64 and read as float32/);
    assert.deepEqual(await read(movie), Float32Array.from(chunk));
  });
  const truth = Uint8Array.from({ length: 210 }, (_, i) => i % 3 === 0 ? 1 : 0);
  await opened({ ".zarray": zarray({ ...changes, dtype: "|b1" }), "0.0.0": truth }, async (movie) => {
    assert.equal(movie.header.sampleType, "uint8");
    assert.deepEqual(await read(movie), truth);
  });
  const long = BigInt64Array.from({ length: 210 }, (_, i) => BigInt(i - 100));
  await opened(
    { ".zarray": zarray({ ...changes, dtype: "<i8" }), "0.0.0": new Uint8Array(long.buffer) },
    async (movie) => {
      assert.deepEqual(await read(movie), Float32Array.from(long, Number));
    },
  );
});

Deno.test("chunks are decoded once while they fit; a row that does not fit keeps what it has; failures are tried again", async () => {
  const loaded: string[] = [];
  let fails = true;
  const cache = new ChunkCache(300, async (index) => {
    loaded.push(index.join());
    await Promise.resolve();
    if (index[0] === 9 && fails) throw new MovieError("not now");
    return index[0] === 8 ? undefined : { data: new Uint8Array(index[0] === 7 ? 1000 : 100), strides: [] };
  });
  const asked = async (row: number, columns: number) => {
    loaded.length = 0;
    await Promise.all([0, 0].map(async () => {
      for (let x = 0; x < columns; x++) await cache.chunk([row, x], row);
    }));
    return [...loaded];
  };
  assert.deepEqual(await asked(0, 3), ["0,0", "0,1", "0,2"]);
  assert.deepEqual(await asked(0, 3), []);
  // Another row takes the place of the first, as far as it needs it.
  assert.deepEqual(await asked(1, 2), ["1,0", "1,1"]);
  assert.deepEqual([await asked(1, 2), await asked(0, 3)], [[], ["0,0", "0,1"]]);
  // Five chunks in the place of three: three stay.
  await asked(2, 5);
  assert.deepEqual(await asked(2, 5), ["2,3", "2,4"]);
  // Too large for the cache, but alone; missing ones are not remembered.
  assert.deepEqual([await asked(7, 1), await asked(7, 1), await asked(8, 1), await asked(8, 1)], [
    ["7,0"],
    [],
    ["8,0"],
    ["8,0"],
  ]);
  await assert.rejects(cache.chunk([9, 0], 9), MovieError);
  fails = false;
  await cache.chunk([9, 0], 9);
});

Deno.test("a group's movie is the only array of pictures over time, one of the usual names, or the one that is named", async () => {
  const movies = {
    ".zgroup": group,
    ...under("one", zarr2(frames)),
    ...under("sub/two", zarr2(frames)),
    "sub/.zgroup": group,
  };
  const path = /\/a\.zarr/.source;
  await opened(
    { ".zgroup": group, ...under("anything", zarr2(frames)), ...under("trace", times([1, 2], {})) },
    (movie) => {
      assert.match(movie.header.name, new RegExp(`${path}$`));
    },
  );
  await opened({ ...movies, ...under("Y_fm_chk", zarr2(frames)) }, async (movie) => {
    assert.ok(movie.header.notes!.includes("Y_fm_chk is read; --dataset picks another one: one, sub/two"));
    assert.deepEqual(await read(movie), frames);
  });
  await opened(movies, async (movie) => assert.deepEqual(await read(movie), frames), { dataset: "/sub/two/" });
  const refused = (files: Files, error: unknown, message: RegExp, options = {}) =>
    assert.rejects(opened(files, () => {}, options), (found: Error) => {
      assert.equal(found.constructor, error, `${found}`);
      assert.match(found.message, message);
      return true;
    });
  await refused(
    movies,
    MovieError,
    /several arrays that could be the movie: one \(6×5×7\), sub\/two \(6×5×7\); choose one \(--dataset\)/,
  );
  await refused(movies, MovieError, /no such array: it has one \(6×5×7\), sub\/two/, { dataset: "three" });
  await refused(zarr2(frames), ParameterError, /is a single array: leave it out/, { dataset: "mov" });
  await refused({ ".zgroup": group }, MovieError, /holds no movie: it has no arrays/);
  await refused(
    { ".zgroup": group, ...under("trace", times([1, 2], {})) },
    MovieError,
    /none of its arrays \(trace \(2\)\)/,
  );
  await refused({ ".zgroup": group, "bad/.zarray": "{" }, MovieError, /Array "bad" of movie .* is damaged/);
  // minian's footprints have no time axis.
  const { "varr/.zarray": __, ...rest } = fixture("minian");
  await refused(rest, MovieError, /none of its arrays \(A \(2×5×7\)/);
});

Deno.test("rate, timestamps, pixel size, start and metadata come from attributes and coordinates", async () => {
  const named = { _ARRAY_DIMENSIONS: ["frame", "height", "width"] };
  const root = {
    frame_rate: 12.5,
    pixel_size_um: [2, 3],
    start_time: "2024-05-06T07:08:09Z",
    animal: "m7",
    metadata: { gain: 3 },
  };
  const seconds = [0, 0.08, 0.16, 0.4, 0.48, 0.56];
  const files = {
    ...{ ".zgroup": group, ".zattrs": root },
    ...under("mov", { ...zarr2(frames), ".zattrs": named }),
    ...under("clock", times(seconds.map((time) => time * 1000), { units: "ms", _ARRAY_DIMENSIONS: ["frame"] })),
  };
  await opened(files, ({ header }) => {
    assert.equal(header.frameRate, 12.5);
    assert.deepEqual([...header.timestamps!].map((time) => Math.round(time * 1e9) / 1e9), seconds);
    assert.deepEqual(header.pixelSize, { x: 2, y: 3 });
    assert.equal(header.startTime, "2024-05-06T07:08:09Z");
    assert.deepEqual(header.metadata, { animal: "m7", gain: 3 });
    assert.match(header.notes!.join(), /Timestamps have 1 gap/);
  });
  // Opened as an array of its own, it still has what lies beside it.
  await withFolder(async (folder) => {
    await writeFiles(`${folder}/a.zarr`, files);
    const movie = await openMovie(`${folder}/a.zarr/mov`);
    assert.deepEqual([movie.header.frameRate, movie.header.timestamps?.length], [12.5, 6]);
    movie.close();
  });
  // Without a rate, that of the timestamps; along another axis, too few, or no numbers: none.
  const { ".zattrs": _, ...silent } = files;
  await opened(silent, ({ header }) => assert.ok(Math.abs(header.frameRate! - 12.5) < 1e-6));
  await opened(
    { ...silent, ...under("clock", times(seconds, { units: "s", _ARRAY_DIMENSIONS: ["unit_id"] })) },
    ({ header }) =>
      assert.deepEqual([header.timestamps, header.frameRate, header.notes], [undefined, undefined, undefined]),
  );
  await opened(
    { ...silent, ...under("clock", times([1, 2], { units: "s" })) },
    ({ header }) => assert.match(header.notes!.join(), /Timestamps in clock are left out: there are 2 for 6 frames/),
  );
  await opened(
    { ...silent, ...under("clock", times([0, 1, 2, NaN, 4, 5], { units: "s" })) },
    ({ header }) => assert.match(header.notes!.join(), /some are no numbers/),
  );
  await opened(
    { ...silent, "clock/0": new Uint8Array(7) },
    ({ header }) =>
      assert.match(header.notes!.join(), /Timestamps are left out: array clock has a chunk 0 that is damaged/),
  );
  await opened(
    { ...silent, ...under("clock", times(seconds, {})), ...under("timestamps", times(seconds, {})) },
    ({ header }) => assert.deepEqual([...header.timestamps!], seconds),
  );
});

Deno.test("each kind of bad Zarr folder is refused with a sentence that says what is wrong", async () => {
  const { "0.0.0": _, ...fewer } = zarr2(frames);
  const cases: [RegExp, Files][] = [
    [/its \.zarray is not a JSON object/, { ...zarr2(frames), ".zarray": "{" }],
    [/its shape is \[6,-5,7\]/, { ...zarr2(frames), ".zarray": zarray({ shape: [6, -5, 7] }) }],
    [/is damaged or incomplete: 0 of the 8 files/, { ".zarray": zarray() }],
    [/at most 2 GiB/, { ...zarr2(frames), ".zarray": zarray({ shape: [6, 1e6, 1e6], chunks: [6, 1e6, 1e6] }) }],
    [/at most 2 GiB, a movie 2147483647 frames/, {
      ...zarr2(frames),
      ".zarray": zarray({ shape: [1e12, 5, 7], chunks: [1e11, 3, 4] }),
    }],
    [/cut into 4000000000 files/, { ...zarr2(frames), ".zarray": zarray({ shape: [2e9, 5, 7], chunks: [1, 3, 7] }) }],
    [/8 of the 1000004 files/, { ...zarr2(frames), ".zarray": zarray({ shape: [1000004, 5, 7], chunks: [4, 3, 4] }) }],
    [/chunks of 4×20000×20000 uint16, 3200000000 bytes/, {
      ...zarr2(frames),
      ".zarray": zarray({ shape: [4, 20000, 20000], chunks: [4, 20000, 20000] }),
    }],
    [/encoded with bz2, which cannot be read/, fixture("bz2")],
    [/holds complex64, not samples/, { ...zarr3(frames), "zarr.json": zarrJson({ data_type: "complex64" }) }],
    [/2 axes \(30×7\)|1 axis/, { ".zarray": zarray({ shape: [210], chunks: [210] }), "0": new Uint8Array(9) }],
    [/is empty: it is 6×0×7/, { ".zarray": zarray({ shape: [6, 0, 7] }) }],
  ];
  await withFolder(async (folder) => {
    for (const [expected, files] of cases) {
      const path = await writeFiles(`${folder}/bad.zarr`, files);
      const error = await openMovie(path).then((movie) => movie.close(), (error) => error);
      assert.ok(error instanceof MovieError, `${expected}: ${error}`);
      assert.ok(error.message.includes(path) && !/undefined|NaN|\n|\.$/.test(error.message), error.message);
      assert.match(error.message, expected);
    }
    // Chunks are looked at when they are read.
    const movie = await openMovie(await writeFiles(`${folder}/bad.zarr`, { ...fewer, "0.0.0": new Uint8Array(12) }));
    await assert.rejects(read(movie), { name: "MovieError", message: /has a chunk 0\.0\.0 that is damaged/ });
    await read(movie, 4, 2);
    movie.close();
  });
});

for (const sampleType of ["uint8", "uint16", "int16", "float32"] as SampleType[]) {
  Deno.test(`a movie of ${sampleType} that is written as Zarr is read back with everything it says`, async () => {
    await withFolder(async (folder) => {
      const width = 300, height = 200, count = 90, path = `${folder}/out.zarr`, size = width * height;
      const samples = fillSamples(sampleArray(sampleType, count * size), 11);
      const timestamps = Float64Array.from({ length: count }, (_, i) => 5 + i / 20 + (i > 40 ? 0.5 : 0));
      const facts = {
        ...{ frameRate: 20, timestamps, startTime: "2024-05-06T07:08:09.250Z", pixelSize: { x: 2.5, y: 2.25 } },
        metadata: { gain: 3, animal: { id: "m" } },
      };
      assert.ok(isWritable(path));
      const writer = await movieWriter(path, { width, height, frames: count, sampleType, ...facts });
      for (let at = 0, step = 1; at < count; at += step, step = step * 3 % 50) {
        await writer.write(samples.slice(at * size, Math.min(count, at + step) * size));
      }
      await writer.close();
      await writer.abort();
      const movie = await openMovie(path);
      const { notes, files, name, format, ...header } = movie.header;
      assert.deepEqual(header, { width, height, frames: count, sampleType, ...facts });
      assert.match(notes!.join(), /Timestamps have 1 gap/);
      assert.deepEqual([name, format, files[0].frames], [path, "Zarr", count]);
      const back = await read(movie);
      assert.deepEqual(new Uint8Array(back.buffer), new Uint8Array(samples.buffer));
      movie.close();
    });
  });
}

Deno.test("a movie that is given up or fails leaves nothing behind", async () => {
  await withFolder(async (folder) => {
    const options = { width: 2, height: 2, frames: 3, sampleType: "uint8" as const }, path = `${folder}/out.zarr`;
    const given = await movieWriter(path, options);
    await given.write(new Uint8Array(8));
    await given.abort();
    const short = await movieWriter(path, options);
    await short.write(new Uint8Array(8));
    await assert.rejects(short.close(), { name: "ResultsError", message: /got 2 frames, but 3 were announced/ });
    const long = await movieWriter(path, options);
    await assert.rejects(long.write(new Uint8Array(16)), {
      name: "ResultsError",
      message: /4 frames of 2×2 pixels were given/,
    });
    await assert.rejects(long.write(new Uint8Array(4)), { name: "ResultsError", message: /is finished/ });
    const other = await movieWriter(path, options);
    await assert.rejects(other.write(new Uint16Array(4)), { name: "ResultsError", message: /takes a Uint8Array/ });
    await assert.rejects(movieWriter(`${folder}/none/out.zarr`, options), {
      name: "ResultsError",
      message: /does not exist/,
    });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("damaged Zarr folders are read or refused: no crash, no hang, no memory beyond their means", async () => {
  await withFolder(async (folder) => {
    let all = 0, wrong = 0;
    const cases = [
      zarr2(frames),
      zarr3(frames),
      ...["blosc2", "lz4", "delta", "blosc3", "shards", "minian"].map(fixture),
    ];
    for (const [k, files] of cases.entries()) {
      const path = await writeFiles(`${folder}/${k}.zarr`, files);
      const victims = Object.keys(files).filter((name) => !/^(height|width|unit_id|A)\//.test(name)).map((name) => {
        const file = `${path}/${name}`;
        return { path: file, bytes: Deno.readFileSync(file) };
      });
      const metadata = victims.filter(({ path }) => /zarray|zattrs|json/.test(path));
      for (const some of [victims, metadata]) {
        const { read, refused } = await damageMovies(path, some, 80, 100 + k);
        all += read;
        wrong += refused;
      }
    }
    assert.ok(all > 100 && wrong > 100, `${wrong} refused, ${all} read`);
  });
});
