import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type MovieSource, type SampleArray, sampleArray } from "../src/core/movie.ts";
import type { NumberArray } from "../src/hdf5/hdf5_types.ts";
import type { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { hdf5MovieWriter } from "../src/movie/hdf5/hdf5_movie_writer.ts";
import { openMovie, type OpenMovieOptions } from "../src/movie/open.ts";
import { asMatlab, counts, FRAMES, hdf5File, HEIGHT, shapeOf, turned, WIDTH } from "./movie_hdf5_files.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const SHAPE = [FRAMES, HEIGHT, WIDTH], SIZE = HEIGHT * WIDTH;

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/hdf5/${name}`, import.meta.url));
}

async function frames(movie: MovieSource, start = 0, count = movie.header.frames): Promise<SampleArray> {
  const { width, height, sampleType } = movie.header, into = sampleArray(sampleType, count * width * height);
  await movie.read(start, count, into);
  return into;
}

/** Opens a movie, compares every range of its frames, and hands on what it says of itself. */
async function same(path: string, expected: SampleArray, options: OpenMovieOptions = {}) {
  const movie = await openMovie(path, options);
  try {
    const { width, height } = movie.header;
    assert.deepEqual([movie.header.frames, height, width], SHAPE);
    assert.deepEqual(await frames(movie), expected);
    for (let start = 0; start < FRAMES; start++) {
      for (const count of [1, 2, FRAMES - start]) {
        if (start + count > FRAMES) continue;
        assert.deepEqual(await frames(movie, start, count), expected.slice(start * SIZE, (start + count) * SIZE));
      }
    }
    return movie.header;
  } finally {
    movie.close();
  }
}

Deno.test("the movie is the dataset mov, or the only one with three axes, or the one that is named", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`;
    await hdf5File(path, (writer) => {
      writer.group("/a");
      writer.numbers("/a/other", [3, 2, 2], new Uint8Array(12));
      writer.numbers("/mov", SHAPE, counts());
      writer.attribute("/mov", "fr", 20);
      writer.attribute("/mov", "start_time", 0);
      writer.attribute("/mov", "file_name", ["one.tif", "two.tif"]);
    });
    const header = await same(path, counts());
    assert.deepEqual([header.format, header.frameRate, header.notes], ["HDF5", 20, undefined]);
    assert.deepEqual(header.metadata, { fr: 20, start_time: 0, file_name: ["one.tif", "two.tif"], dataset: "/mov" });
    const other = await openMovie(path, { dataset: "a/other" });
    assert.deepEqual([other.header.frames, other.header.sampleType], [3, "uint8"]);
    other.close();
    await hdf5File(path, (writer) => {
      writer.group("/deep");
      writer.attribute("/deep", "fps", 12.5);
      writer.group("/deep/er");
      writer.numbers("/deep/er/frames", SHAPE, counts());
      writer.numbers("/deep/table", [3, 4], new Float64Array(12));
      writer.text("/deep/name", "x");
    });
    assert.equal((await same(path, counts())).frameRate, 12.5);
  });
});

Deno.test("our own files are read back, with all they say", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`;
    const writer = await hdf5MovieWriter(path, {
      width: WIDTH,
      height: HEIGHT,
      frames: FRAMES,
      sampleType: "uint16",
      frameRate: 7.5,
    });
    await writer.write(counts());
    await writer.close();
    assert.equal((await same(path, counts())).frameRate, 7.5);
  });
});

Deno.test("every type of number is read as the sample type that holds it, with a note when that is another", async () => {
  const values = counts();
  const cases: [NumberArray, string, string | undefined][] = [
    [Uint8Array.from(values), "uint8", undefined],
    [values, "uint16", undefined],
    [Int16Array.from(values), "int16", undefined],
    [Float32Array.from(values, (value) => value / 7), "float32", undefined],
    [Int8Array.from(values), "int16", "Samples are stored as int8 and read as int16"],
    [
      Int32Array.from(values, (v) => v - 40000),
      "float32",
      "Samples are stored as int32 and read as float32: whole numbers beyond 16777216 are rounded",
    ],
    [
      Uint32Array.from(values, (v) => v * 65536),
      "float32",
      "Samples are stored as uint32 and read as float32: whole numbers beyond 16777216 are rounded",
    ],
    [
      BigInt64Array.from(values, (v) => -BigInt(v)),
      "float32",
      "Samples are stored as int64 and read as float32: whole numbers beyond 16777216 are rounded",
    ],
    [
      BigUint64Array.from(values, BigInt),
      "float32",
      "Samples are stored as uint64 and read as float32: whole numbers beyond 16777216 are rounded",
    ],
    [
      Float64Array.from(values, Math.sqrt),
      "float32",
      "Samples are stored as float64 and read as float32: about 7 of 16 digits are kept",
    ],
  ];
  await withFolder(async (folder) => {
    for (const [data, type, note] of cases) {
      const path = await hdf5File(`${folder}/movie.h5`, (writer) => writer.numbers("/mov", SHAPE, data));
      const expected = sampleArray(type as "uint8", data.length);
      data.forEach((value: number | bigint, i: number) => expected[i] = Number(value));
      const header = await same(path, expected);
      assert.equal(header.sampleType, type);
      assert.deepEqual(header.notes, note === undefined ? undefined : [note]);
    }
  });
});

Deno.test("files of h5py in other structures are read: packed, checked, latest version, big-endian, float16", async () => {
  for (const name of ["packed", "latest_plain", "latest_packed", "latest_frames", "big_endian"]) {
    assert.equal((await same(fixture(`${name}.h5`), counts())).frameRate, 20, name);
  }
  const header = await same(
    fixture("float16.h5"),
    Float32Array.from(new Float16Array(Array.from(counts(), (v) => v / 256))),
  );
  assert.deepEqual(header.notes, ["Samples are stored as float16 and read as float32"]);
  await assert.rejects(openMovie(fixture("lzf.h5")), {
    name: "MovieError",
    message: /is packed with LZF \(HDF5 filter 32000\).*h5repack/,
  });
});

Deno.test("chunks of any shape are unpacked into the same frames, in any order of the axes", async () => {
  await withFolder(async (folder) => {
    for (const axes of ["TYX", "TXY", "YXT", "XYT"]) {
      for (const chunk of [undefined, 1, 2, 3, 100]) {
        const shape = shapeOf(axes);
        const chunks = chunk === undefined ? undefined : shape.map((size, axis) => Math.min(size, chunk + axis));
        const path = await hdf5File(`${folder}/movie.h5`, (writer) => {
          writer.numbers("/mov", shape, turned(axes), chunks ? { gzip: 1, chunks } : {});
        });
        const header = await same(path, counts(), { axes });
        assert.equal(header.metadata?.axes, axes === "TYX" ? undefined : axes);
        assert.equal(
          header.notes?.some((note) => note.includes(`--axes says ${axes}`)),
          axes === "TYX" ? undefined : true,
        );
      }
    }
  });
});

Deno.test("the axes are found by labels, by MATLAB's way of storing, and by chunks of single frames; else a note says it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`;
    const write = (axes: string, more: (writer: Hdf5Writer) => void = () => {}, chunks?: number[]) =>
      hdf5File(path, (writer) => {
        writer.numbers("/mov", shapeOf(axes), turned(axes), chunks ? { chunks } : {});
        more(writer);
      });
    await write("XYT", (writer) => writer.attribute("/mov", "axes", "xyt"));
    assert.deepEqual((await same(path, counts())).notes, [
      "/mov is read as columns × rows × frames: its labels say so",
    ]);
    await write("YXT", (writer) => writer.attribute("/mov", "axes", ["Height", "width", "frame"]));
    await same(path, counts());
    await write("YXT", () => {}, [HEIGHT, WIDTH, 1]);
    assert.match((await same(path, counts())).notes![0], /rows × columns × frames: its chunks are single frames/);
    await write("TXY", (writer) => writer.attribute("/mov", "MATLAB_class", "uint16"));
    assert.equal((await same(path, counts())).metadata?.axes, "TXY");
    // What the user says goes before all of that.
    await write("TYX", (writer) => writer.attribute("/mov", "MATLAB_class", "uint16"));
    await same(path, counts(), { axes: "TYX" });
    // Square frames that come last look like many frames that are not square.
    await hdf5File(path, (writer) => writer.numbers("/mov", [4, 4, 6], new Uint8Array(96)));
    const movie = await openMovie(path);
    assert.equal(movie.header.frames, 4);
    assert.match(
      movie.header.notes![0],
      /4 frames of 4 rows and 6 columns; if it holds 6 frames of 4×4 pixels, say --axes YXT/,
    );
    movie.close();
    // An axis of length 1 is none; two axes are one frame.
    await hdf5File(path, (writer) => writer.numbers("/mov", [FRAMES, 1, HEIGHT, WIDTH], counts()));
    await same(path, counts());
    await hdf5File(path, (writer) => writer.numbers("/image", [HEIGHT, WIDTH], counts().slice(0, SIZE)));
    const image = await openMovie(path, { dataset: "image" });
    assert.equal(image.header.frames, 1);
    assert.deepEqual(await frames(image), counts().slice(0, SIZE));
    image.close();
  });
});

Deno.test("MATLAB v7.3 files hold the transpose; CNMF_E's Y is found, also with all pixels along one axis", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.mat`;
    await hdf5File(path, (writer) => {
      writer.numbers("/Y", shapeOf("TXY"), turned("TXY"));
      writer.numbers("/other", [2, 2, 2], new Float64Array(8));
      writer.numbers("/Fs", [1, 1], Float64Array.of(15));
    });
    const header = await same(await asMatlab(path), counts());
    assert.deepEqual([header.format, header.frameRate, header.metadata], ["MATLAB v7.3", 15, {
      dataset: "/Y",
      axes: "TXY",
    }]);
    await hdf5File(path, (writer) => {
      writer.numbers("/Y", [FRAMES, SIZE], turned("TXY"));
      writer.numbers("/Ysiz", [1, 3], Float64Array.of(HEIGHT, WIDTH, FRAMES));
    });
    assert.deepEqual((await same(await asMatlab(path), counts())).notes, [
      "/Y has its pixels along one axis: Ysiz says 5×7",
    ]);
    await hdf5File(path, (writer) => {
      writer.numbers("/Y", [FRAMES, SIZE], turned("TXY"));
      writer.numbers("/Ysiz", [1, 3], Float64Array.of(HEIGHT + 1, WIDTH, FRAMES));
    });
    await assert.rejects(openMovie(await asMatlab(path)), {
      name: "MovieError",
      message: /35 pixels per frame, which are not 6 rows of 7/,
    });
  });
});

Deno.test("timestamps, beginning and size of a pixel are read where a file has them", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`, seconds = Float64Array.from({ length: FRAMES }, (_, i) => 2 + i / 10);
    const write = (timestamps: Float64Array, unit?: string) =>
      hdf5File(path, (writer) => {
        writer.numbers("/mov", SHAPE, counts());
        writer.attribute("/mov", "start_time", "2024-05-06T07:08:09Z");
        writer.attribute("/mov", "element_size_um", Float64Array.of(1, 2.5, 3.5));
        writer.numbers("/timestamps", [timestamps.length], timestamps);
        if (unit !== undefined) writer.attribute("/timestamps", "units", unit);
      });
    await write(seconds.map((value) => value * 1000), "ms");
    const header = await same(path, counts());
    assert.deepEqual(header.timestamps?.map((value) => Math.round(value * 1e6) / 1e6), seconds);
    assert.equal(header.frameRate, 10);
    assert.equal(header.startTime, "2024-05-06T07:08:09Z");
    assert.deepEqual(header.pixelSize, { x: 3.5, y: 2.5 });
    assert.equal(header.notes, undefined);
    await write(seconds.map((value, i) => i < 5 ? value : value + 3));
    const doubtful = await same(path, counts());
    assert.match(doubtful.notes!.join(), /does not state a unit.*,Timestamps have 1 gap/);
    await write(seconds.slice(1));
    const short = await same(path, counts());
    assert.deepEqual([short.timestamps, short.notes], [undefined, [
      "/timestamps has 12 timestamps for 13 frames: they are not used",
    ]]);
    await write(seconds, "frames");
    assert.match((await same(path, counts())).notes![0], /is in "frames", not in seconds/);
  });
});

Deno.test("data in another file is reached by links; what is missing is said", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    await hdf5File(
      `${folder}/data/frames.h5`,
      (writer) => writer.numbers("/x", SHAPE, counts(), { chunks: [1, HEIGHT, WIDTH] }),
    );
    const path = await hdf5File(`${folder}/movie.h5`, (writer) => {
      writer.externalLink("/mov", "data/frames.h5", "/x");
      writer.softLink("/nowhere", "/none");
    });
    await same(path, counts());
    await assert.rejects(openMovie(path, { dataset: "nowhere" }), {
      message: /\/nowhere of ".*" is a link to \/none, which cannot be opened/,
    });
    await Deno.remove(`${folder}/data/frames.h5`);
    for (const options of [{}, { dataset: "mov" }]) {
      await assert.rejects(openMovie(path, options), {
        name: "MovieError",
        message: /\/mov of ".*" is a link to \/x of the file "data\/frames.h5", which cannot be opened/,
      });
    }
  });
});

Deno.test("frames that lie one after another are read where they lie: behind a user block, in either kind of header", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`;
    await Deno.copyFile(fixture("latest_plain.h5"), path);
    await hdf5File(`${folder}/plain.h5`, (writer) => {
      writer.group("/group");
      writer.numbers("/group/other", [2], Uint8Array.of(1, 2));
      writer.numbers("/mov", SHAPE, counts());
      for (let i = 0; i < 40; i++) {
        writer.attribute("/mov", `attribute ${i}`, "so many that the header has to go on elsewhere");
      }
    });
    for (const file of [path, `${folder}/plain.h5`, await asMatlab(path), await asMatlab(`${folder}/plain.h5`)]) {
      const movie = await openMovie(file, { axes: "TYX" });
      // What is written to the file now is read: nothing of the library's stands in between.
      const changed = await Deno.readFile(file), first = counts()[0], second = counts()[1];
      const bytes = new Uint8Array(Uint16Array.from(counts().slice(0, 5)).buffer);
      const at = changed.findIndex((_, i) => bytes.every((byte, k) => changed[i + k] === byte));
      new DataView(changed.buffer).setUint16(at, 12345, true);
      await Deno.writeFile(file, changed);
      assert.deepEqual([...await frames(movie, 0, 1)].slice(0, 2), [12345, second], file);
      new DataView(changed.buffer).setUint16(at, first, true);
      await Deno.writeFile(file, changed);
      assert.deepEqual(await frames(movie), counts());
      movie.close();
      await assert.rejects(frames(movie), { name: "MovieError", message: /was closed/ });
    }
  });
});

Deno.test("many files play as one and may be open together, in a worker that ends with the last of them", async () => {
  await withFolder(async (folder) => {
    for (let i = 0; i < 20; i++) {
      await hdf5File(
        `${folder}/part${i}.h5`,
        (writer) => writer.numbers("/mov", [1, 1, 3], Uint8Array.of(i, 2 * i, 3 * i)),
      );
    }
    const movie = await openMovie(folder), other = await openMovie(`${folder}/part7.h5`);
    assert.equal(movie.header.frames, 20);
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => frames(movie, 19 - i, 1)));
    all.forEach((frame, i) => assert.deepEqual(frame, Uint8Array.of(19 - i, 2 * (19 - i), 3 * (19 - i))));
    movie.close();
    movie.close();
    assert.deepEqual(await frames(other), Uint8Array.of(7, 14, 21));
    other.close();
    await assert.rejects(frames(other), { name: "MovieError", message: /was closed/ });
  });
});

Deno.test("each kind of file without a movie that can be read is refused with a sentence", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`;
    const refusal = async (expected: RegExp, write: (writer: Hdf5Writer) => void, options: OpenMovieOptions = {}) => {
      await hdf5File(path, write);
      const error = await openMovie(path, options).then((movie) => movie.close(), (error) => error);
      assert.equal(error?.name, "MovieError", `${error}`);
      assert.match(error.message, expected);
      assert.ok(error.message.includes(path) && !/undefined|NaN|\n|\.$/.test(error.message), error.message);
    };
    const two = (writer: Hdf5Writer) => {
      writer.numbers("/first", [2, 3, 4], new Uint16Array(24));
      writer.numbers("/second", [5, 3, 4], new Float32Array(60));
    };
    await refusal(/holds no movie: none of its 0 datasets/, () => {});
    await refusal(/none of its 2 datasets has numbers along three axes; it has \/table \(3×4 float64\)/, (writer) => {
      writer.numbers("/table", [3, 4], new Float64Array(12));
      writer.text("/text", "x");
    });
    await refusal(/holds 2 datasets.*--dataset; it has \/first \(2×3×4 uint16\), \/second \(5×3×4 float32\)/, two);
    await refusal(/has no dataset \/secnd; did you mean \/second\?/, two, { dataset: "secnd" });
    await refusal(/has no dataset \/else; it has \/first/, two, { dataset: "else" });
    await refusal(/\/deep of ".*" is a group, not a dataset; it holds \/deep\/x \(2×3×4 uint8\)/, (writer) => {
      writer.group("/deep");
      writer.numbers("/deep/x", [2, 3, 4], new Uint8Array(24));
    }, { dataset: "deep" });
    await refusal(/has 4 axes \(2×3×2×2\), but a movie has three/, (writer) => {
      writer.numbers("/volume", [2, 3, 2, 2], new Uint8Array(24));
    }, { dataset: "volume" });
    await refusal(/has 1 axis \(5\), but a movie has three/, (writer) => writer.numbers("/x", [5], new Uint8Array(5)), {
      dataset: "x",
    });
    await refusal(/does not hold numbers/, (writer) => writer.texts("/x", [1, 1, 1], ["a"]), { dataset: "x" });
    await refusal(/is empty: its shape is 0×3×4/, (writer) => writer.numbers("/x", [0, 3, 4], new Uint8Array(0)), {
      dataset: "x",
    });
    await refusal(
      /is no movie: it holds annulus results/,
      (writer) => writer.attribute("/", "format", "annulus results"),
    );
    await refusal(/is no movie: it holds results of CaImAn/, (writer) => {
      writer.group("/estimates");
      writer.group("/params");
    });
    // A shape that no file of this size holds.
    await refusal(
      /claims 40000000000 bytes, but its file has only/,
      (writer) => writer.frames("/mov", [400000, 100, 500], new Uint16Array(0)),
    );
    await refusal(
      /frames of 60000×60000 pixels; at most 2 GiB/,
      (writer) => writer.frames("/mov", [2, 60000, 60000], new Uint8Array(0)),
    );
  });
});

Deno.test("files that are cut short are refused, wherever they are cut", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.h5`;
    for (const name of ["packed.h5", "latest_packed.h5", "latest_plain.h5"]) {
      const whole = await Deno.readFile(fixture(name));
      for (const at of [9, 60, 600, whole.length >> 1, whole.length - 1]) {
        await Deno.writeFile(path, whole.slice(0, at));
        await assert.rejects(openMovie(path), {
          name: "MovieError",
          message: /cannot be read|is truncated or damaged: the HDF5 library cannot read/,
        });
      }
    }
    // One that shrinks while it is open.
    await Deno.writeFile(path, await Deno.readFile(fixture("latest_plain.h5")));
    const movie = await openMovie(path);
    assert.equal((await frames(movie)).length, FRAMES * SIZE);
    await Deno.truncate(path, 500);
    await assert.rejects(frames(movie), { name: "MovieError", message: /ends early/ });
    movie.close();
  });
});
