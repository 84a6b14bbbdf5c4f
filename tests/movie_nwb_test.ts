import assert from "node:assert/strict";
import { type MovieSource, type SampleArray, sampleArray } from "../src/core/movie.ts";
import type { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { movieWriter } from "../src/movie/writer.ts";
import { openMovie, type OpenMovieOptions } from "../src/movie/open.ts";
import { counts, FRAMES, hdf5File, HEIGHT, nwbSeries, nwbSession, turned, WIDTH } from "./movie_hdf5_files.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const SIZE = HEIGHT * WIDTH, MOVIE = "/acquisition/movie";

async function frames(movie: MovieSource): Promise<SampleArray> {
  const { width, height, sampleType } = movie.header;
  const into = sampleArray(sampleType, movie.header.frames * width * height);
  await movie.read(0, movie.header.frames, into);
  return into;
}

/** Opens an NWB movie, compares its frames, and hands on what it says of itself. */
async function same(path: string, options: OpenMovieOptions = {}, expected: SampleArray = counts()) {
  const movie = await openMovie(path, options);
  try {
    assert.deepEqual([movie.header.frames, movie.header.height, movie.header.width], [FRAMES, HEIGHT, WIDTH]);
    assert.deepEqual(await frames(movie), expected);
    return movie.header;
  } finally {
    movie.close();
  }
}

function nwbFile(path: string, write: (writer: Hdf5Writer) => void): Promise<string> {
  return hdf5File(path, (writer) => {
    nwbSession(writer);
    write(writer);
  });
}

/** The movie as NWB's standard has it: frames × columns × rows. */
function standard(writer: Hdf5Writer, path = MOVIE, type = "OnePhotonSeries"): void {
  nwbSeries(writer, path, type);
  writer.numbers(`${path}/data`, [FRAMES, WIDTH, HEIGHT], turned("TXY"));
  writer.numbers(`${path}/dimension`, [2], Int32Array.of(WIDTH, HEIGHT));
}

function rate(writer: Hdf5Writer, value: number, path = MOVIE): void {
  writer.numbers(`${path}/starting_time`, [], Float64Array.of(1.5));
  writer.floatAttribute(`${path}/starting_time`, "rate", value);
}

async function tiff(path: string, from: number, to: number): Promise<void> {
  const writer = await movieWriter(path, { width: WIDTH, height: HEIGHT, frames: to - from, sampleType: "uint16" });
  await writer.write(counts().subarray(from * SIZE, to * SIZE));
  await writer.close();
}

Deno.test("a series is read columns first, with its rate, session, device and size of a pixel", async () => {
  await withFolder(async (folder) => {
    const path = await nwbFile(`${folder}/session.nwb`, (writer) => {
      standard(writer);
      rate(writer, 20);
      writer.attribute(`${MOVIE}/data`, "unit", "n.a.");
      writer.floatAttribute(`${MOVIE}/data`, "conversion", 1);
    });
    const header = await same(path);
    assert.deepEqual([header.format, header.frameRate, header.notes], ["NWB", 20, undefined]);
    assert.equal(header.startTime, "2024-05-06T07:08:09+02:00");
    assert.deepEqual(header.pixelSize, { x: 2.5, y: 2.25 });
    assert.deepEqual(header.metadata, {
      series: MOVIE,
      neurodata_type: "OnePhotonSeries",
      session_description: "a test",
      identifier: "one",
      lab: "a lab",
      subject: { subject_id: "M1" },
      device: { name: "scope", description: "V4" },
      imaging_plane: { name: "plane", grid_spacing: [...Float32Array.of(2.5e-6, 2.25e-6)] },
      starting_time: 1.5,
      conversion: 1,
      unit: "n.a.",
      axes: "TXY",
    });
  });
});

Deno.test("rows first is read when dimension or the user says so; without dimension a note says what was assumed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/session.nwb`;
    await nwbFile(path, (writer) => {
      nwbSeries(writer, MOVIE);
      writer.numbers(`${MOVIE}/data`, [FRAMES, HEIGHT, WIDTH], counts());
      writer.numbers(`${MOVIE}/dimension`, [2], Int32Array.of(WIDTH, HEIGHT));
    });
    assert.match((await same(path)).notes![0], /stored rows first, unlike NWB's standard: .* 7 columns and 5 rows/);
    await nwbFile(path, (writer) => {
      nwbSeries(writer, MOVIE);
      writer.numbers(`${MOVIE}/data`, [FRAMES, HEIGHT, WIDTH], counts());
    });
    const movie = await openMovie(path);
    assert.deepEqual([movie.header.width, movie.header.height], [HEIGHT, WIDTH]);
    assert.match(movie.header.notes![0], /read as 5 columns and 7 rows.*--axes TYX/);
    movie.close();
    assert.match((await same(path, { axes: "TYX" })).notes![0], /order TYX, as --axes says/);
  });
});

Deno.test("timestamps are checked, and a conversion is told, not applied", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/session.nwb`,
      seconds = Float64Array.from({ length: FRAMES }, (_, i) => 3 + i / 8 + (i > 6 ? 1 : 0));
    const write = (timestamps: Float64Array) =>
      nwbFile(path, (writer) => {
        standard(writer);
        writer.numbers(`${MOVIE}/timestamps`, [timestamps.length], timestamps);
        writer.floatAttribute(`${MOVIE}/data`, "conversion", 0.5);
        writer.floatAttribute(`${MOVIE}/data`, "offset", 2);
        writer.attribute(`${MOVIE}/data`, "unit", "volts");
      });
    await write(seconds);
    const header = await same(path);
    assert.deepEqual([header.timestamps, header.frameRate], [seconds, 8]);
    assert.match(
      header.notes!.join("\n"),
      /1 gap.*after frame 6.*\n.*conversion \(× 0.5 \+ 2, in volts\): samples are read as stored/,
    );
    await write(seconds.slice(0, 4));
    const short = await same(path);
    assert.deepEqual([short.timestamps, short.frameRate], [undefined, undefined]);
    assert.match(short.notes![0], /has 4 timestamps for 13 frames: they are not used/);
    // As many timestamps as the last axis has entries: frames that come last.
    await write(Float64Array.from({ length: HEIGHT }, (_, i) => i));
    await assert.rejects(openMovie(path), {
      name: "MovieError",
      message: /5 timestamps, which fit its last axis.*--axes/,
    });
  });
});

Deno.test("among several series the raw one-photon recording is read, another by its name", async () => {
  await withFolder(async (folder) => {
    const corrected = "/processing/ophys/MotionCorrection/stack/corrected";
    const path = await nwbFile(`${folder}/session.nwb`, (writer) => {
      standard(writer);
      nwbSeries(writer, "/acquisition/behaviour", "ImageSeries");
      writer.numbers("/acquisition/behaviour/data", [2, 3, 4], new Uint8Array(24));
      for (
        const group of [
          "/processing/ophys",
          "/processing/ophys/MotionCorrection",
          "/processing/ophys/MotionCorrection/stack",
        ]
      ) {
        writer.group(group);
      }
      standard(writer, corrected, "ImageSeries");
      writer.softLink("/processing/ophys/MotionCorrection/stack/original", MOVIE);
    });
    const header = await same(path);
    assert.deepEqual(header.notes, [
      `${MOVIE} is read; --dataset picks another one: /acquisition/behaviour, ${corrected}`,
    ]);
    for (const dataset of ["corrected", "stack/corrected", corrected, `${corrected}/data`]) {
      assert.equal((await same(path, { dataset })).metadata?.series, corrected);
    }
    await assert.rejects(openMovie(path, { dataset: "corected" }), {
      message: /no series corected; did you mean .*corrected\?/,
    });
    await assert.rejects(openMovie(path, { dataset: "else" }), {
      message: /no series else; it has \/acquisition\/\w+ \(\w+\), /,
    });
    await nwbFile(path, (writer) => {
      standard(writer);
      standard(writer, "/acquisition/second");
    });
    await assert.rejects(openMovie(path), {
      name: "MovieError",
      message: /holds 2 movies: name one with --dataset; it has .*movie/,
    });
    await nwbFile(path, () => {});
    await assert.rejects(openMovie(path), { name: "MovieError", message: /NWB file without a movie/ });
  });
});

Deno.test("frames in other files play as one movie, with the session's time; what does not fit is refused", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/raw`);
    await tiff(`${folder}/raw/0.tif`, 0, 5);
    await tiff(`${folder}/raw/1.tif`, 5, FRAMES);
    const path = `${folder}/session.nwb`;
    const write = (files: string[], starts: number[], more: (writer: Hdf5Writer) => void = () => {}) =>
      nwbFile(path, (writer) => {
        nwbSeries(writer, MOVIE);
        writer.numbers(`${MOVIE}/data`, [0, 0, 0], new Uint8Array(0));
        writer.texts(`${MOVIE}/external_file`, [files.length], files);
        writer.attribute(`${MOVIE}/external_file`, "starting_frame", Int32Array.from(starts));
        writer.text(`${MOVIE}/format`, "external");
        more(writer);
      });
    const both = ["raw/0.tif", "./raw/1.tif"];
    await write(both, [0, 5], (writer) => rate(writer, 12.5));
    const header = await same(path);
    assert.equal(header.frameRate, 12.5);
    assert.match(header.format!, /^NWB, frames in /);
    assert.deepEqual(header.files.map((file) => file.path), [`${folder}/raw/0.tif`, `${folder}/raw/1.tif`]);
    assert.deepEqual(header.pixelSize, { x: 2.5, y: 2.25 });
    // Absolute paths, Windows' separators.
    await write([`${folder}/raw/0.tif`, "raw\\1.tif"], [0, 5]);
    await same(path);
    const seconds = Float64Array.from({ length: FRAMES }, (_, i) => i / 4);
    await write(both, [0, 5], (writer) => writer.numbers(`${MOVIE}/timestamps`, [FRAMES], seconds));
    assert.deepEqual((await same(path)).timestamps, seconds);
    await write(both, [0, 5], (writer) => writer.numbers(`${MOVIE}/timestamps`, [3], seconds.slice(0, 3)));
    const short = await same(path);
    assert.equal(short.timestamps, undefined);
    assert.match(short.notes!.join(), /3 timestamps for 13 frames/);
    const refused = async (expected: RegExp) => {
      await assert.rejects(openMovie(path), (error: Error) => {
        assert.equal(error.name, "MovieError");
        assert.match(error.message, expected);
        assert.ok(!/undefined|NaN|\n|\.$/.test(error.message), error.message);
        return true;
      });
    };
    await write(both, [0, 4]);
    await refused(/"\.\/raw\/1\.tif" begins with frame 5, and it states 4/);
    await write(both, [0, 5], (writer) => writer.numbers(`${MOVIE}/num_samples`, [], Uint32Array.of(14)));
    await refused(/they hold 13 frames, and it states 14/);
    await write(["raw/none.tif"], [0]);
    await refused(/takes its frames from "raw\/none\.tif", which is not there: it has to lie at/);
    await write(["https://example.org/movie.avi"], [0]);
    await refused(/is at https:\/\/example\.org\/movie\.avi: download it/);
    await write(["session.nwb"], [0]);
    await refused(/which takes them from other files/);
    await write([], []);
    await refused(/names 0 text entries/);
  });
});

Deno.test("a link to data in another file is followed, and named when it leads nowhere", async () => {
  await withFolder(async (folder) => {
    await hdf5File(`${folder}/frames.h5`, (writer) => writer.numbers("/x", [FRAMES, WIDTH, HEIGHT], turned("TXY")));
    const path = await nwbFile(`${folder}/session.nwb`, (writer) => {
      nwbSeries(writer, MOVIE);
      writer.externalLink(`${MOVIE}/data`, "frames.h5", "/x");
      writer.numbers(`${MOVIE}/dimension`, [2], Int32Array.of(WIDTH, HEIGHT));
    });
    await same(path);
    await Deno.remove(`${folder}/frames.h5`);
    await assert.rejects(openMovie(path), {
      name: "MovieError",
      message: /movie\/data of .* is a link to \/x of the file "frames.h5"/,
    });
  });
});

Deno.test("our own NWB movies are read back the right way round", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.nwb`,
      timestamps = Float64Array.from({ length: FRAMES }, (_, i) => i / 4 + (i > 3 ? 1 : 0));
    const writer = await movieWriter(path, {
      width: WIDTH,
      height: HEIGHT,
      frames: FRAMES,
      sampleType: "uint16",
      timestamps,
      startTime: "2024-05-06T07:08:09Z",
      pixelSize: { x: 2.5, y: 2.25 },
    });
    await writer.write(counts());
    await writer.close();
    const header = await same(path);
    assert.deepEqual(header.timestamps, timestamps);
    assert.deepEqual(header.pixelSize, { x: 2.5, y: 2.25 });
    assert.equal(Date.parse(header.startTime!), Date.parse("2024-05-06T07:08:09Z"));
  });
});
