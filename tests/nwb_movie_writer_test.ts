import assert from "node:assert/strict";
import { join } from "node:path";
import { type SampleArray, sampleArray, type SampleType } from "../src/core/movie.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import type { MovieWriterOptions } from "../src/movie/movie_writer.ts";
import { nwbMovieWriter } from "../src/movie/nwb/nwb_movie_writer.ts";
import { openMovie } from "../src/movie/open.ts";
import { isWritable, movieWriter } from "../src/movie/writer.ts";
import { seededRandom } from "./fake_extraction.ts";
import { inTemporary, message } from "./results_setting.ts";

const SERIES = "/acquisition/OnePhotonSeries";
const MOVIE: MovieWriterOptions = { width: 37, height: 70, frames: 9, sampleType: "uint16", frameRate: 12.5 };

/** Samples of a movie that differ everywhere. */
function samplesOf({ width, height, frames }: MovieWriterOptions, type: SampleType): SampleArray {
  const random = seededRandom(5), samples = sampleArray(type, width * height * frames);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = type === "float32" ? random() - 0.5 : Math.floor(65536 * random()) - (type === "int16" ? 32768 : 0);
  }
  return samples;
}

/** Writes a movie in pieces of ragged sizes. */
async function write(path: string, options: MovieWriterOptions, samples: SampleArray): Promise<void> {
  const writer = await movieWriter(path, options), size = options.width * options.height;
  for (let frame = 0, count = 1; frame < options.frames; frame += count, count = 4) {
    await writer.write(samples.subarray(frame * size, Math.min(frame + count, options.frames) * size) as SampleArray);
  }
  await writer.close();
}

Deno.test("a movie in every type is written as NWB and read back to the same samples", async () => {
  assert.ok(isWritable("movie.NWB"));
  await inTemporary(async (directory) => {
    for (const sampleType of ["uint8", "uint16", "int16", "float32"] as const) {
      const path = join(directory, `${sampleType}.nwb`), options = { ...MOVIE, sampleType };
      const samples = samplesOf(options, sampleType);
      await write(path, options, samples);
      const movie = await openMovie(path), { width, height, frames } = movie.header, read = samples.slice().fill(0);
      await movie.read(0, frames, read as SampleArray);
      movie.close();
      assert.deepEqual([width, height, frames, movie.header.sampleType], [37, 70, 9, sampleType]);
      assert.deepEqual(read, samples);
    }
  });
});

Deno.test("frames are [frame][x][y], and the file says so", async () => {
  await inTemporary(async (directory) => {
    const path = join(directory, "movie.nwb"), samples = samplesOf(MOVIE, "float32");
    await write(path, { ...MOVIE, sampleType: "float32" }, samples);
    const reader = await Hdf5Reader.open(path);
    const { data } = reader.numbers(`${SERIES}/data`, "float32", [9, 37, 70]);
    for (const [frame, x, y] of [[0, 0, 0], [0, 36, 0], [0, 0, 69], [5, 17, 40], [8, 36, 69], [8, 32, 31]]) {
      assert.equal(data[(frame * 37 + x) * 70 + y], samples[(frame * 70 + y) * 37 + x], `${frame}, ${x}, ${y}`);
    }
    assert.deepEqual([...reader.numbers(`${SERIES}/dimension`, "int32", [2]).data], [37, 70]);
    assert.equal(reader.textAttribute(SERIES, "neurodata_type"), "OnePhotonSeries");
    assert.equal(reader.softLink(`${SERIES}/imaging_plane`), "/general/optophysiology/ImagingPlane");
    assert.equal(reader.text(`${SERIES}/format`), "raw");
    reader.close();
  });
});

Deno.test("timestamps, start, pixel size, metadata and history go along", async () => {
  await inTemporary(async (directory) => {
    const path = join(directory, "movie.nwb");
    const timestamps = Float64Array.of(0.01, 0.09, 0.17, 0.25, 0.33, 0.41, 0.61, 0.69, 0.77);
    const facts = {
      timestamps,
      startTime: "2024-05-06T07:08:09.250Z",
      pixelSize: { x: 2.5, y: 2.25 },
      metadata: { gain: 3 },
      history: ["Cropped"],
    };
    await write(path, { ...MOVIE, ...facts }, samplesOf(MOVIE, "uint16"));
    const movie = await openMovie(path), { header } = movie;
    movie.close();
    assert.deepEqual([header.timestamps, header.frameRate], [timestamps, 12.5]);
    assert.deepEqual([header.startTime, header.pixelSize], [facts.startTime, facts.pixelSize]);
    const reader = await Hdf5Reader.open(path);
    assert.deepEqual(reader.texts("/acquisition/recording_metadata/entry"), ["gain"]);
    assert.match(reader.text("/general/data_collection"), /Before that: Cropped\./);
    reader.close();
    await write(path, MOVIE, samplesOf(MOVIE, "uint16"));
    const plain = await openMovie(path);
    plain.close();
    assert.deepEqual([plain.header.frameRate, plain.header.timestamps, plain.header.startTime], [
      12.5,
      undefined,
      undefined,
    ]);
  });
});

Deno.test("a stated rate that is not the timestamps' is kept beside them", async () => {
  await inTemporary(async (directory) => {
    const path = join(directory, "movie.nwb"), timestamps = Float64Array.from({ length: 9 }, (_, i) => i / 10);
    for (const [frameRate, right] of [[20, 20], [10, 10], [undefined, 10]] as const) {
      await write(path, { ...MOVIE, timestamps, frameRate }, samplesOf(MOVIE, "uint16"));
      const { header, close } = await openMovie(path);
      close();
      assert.equal(header.frameRate, right);
      assert.deepEqual(header.timestamps, frameRate === 20 ? timestamps : undefined);
    }
  });
});

Deno.test("a movie that came out of an NWB file keeps its session", async () => {
  await inTemporary(async (directory) => {
    const first = join(directory, "a.nwb"), second = join(directory, "b.nwb"), samples = samplesOf(MOVIE, "uint16");
    const session = { lab: "Curie Lab", subject: { subject_id: "m17" }, imaging_plane: { indicator: "GCaMP6f" } };
    const writer = await nwbMovieWriter(first, { ...MOVIE, session });
    await writer.write(samples);
    await writer.close();
    const movie = await openMovie(first);
    movie.close();
    await write(second, movie.header, samples);
    const reader = await Hdf5Reader.open(second);
    assert.equal(reader.text("/general/subject/subject_id"), "m17");
    assert.equal(reader.text("/general/lab"), "Curie Lab");
    assert.equal(reader.text("/general/optophysiology/ImagingPlane/indicator"), "GCaMP6f");
    reader.close();
  });
});

Deno.test("identical movies give identical files; other frames give another identifier", async () => {
  await inTemporary(async (directory) => {
    const samples = samplesOf(MOVIE, "uint16"), path = (name: string) => join(directory, `${name}.nwb`);
    await write(path("a"), MOVIE, samples);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const writer = await movieWriter(path("b"), MOVIE);
    await writer.write(samples);
    await writer.close();
    assert.deepEqual(await Deno.readFile(path("b")), await Deno.readFile(path("a")));
    samples[samples.length - 1] ^= 1;
    await write(path("c"), MOVIE, samples);
    const identifiers = await Promise.all(["a", "c"].map(async (name) => {
      const reader = await Hdf5Reader.open(path(name)), text = reader.text("/identifier");
      reader.close();
      return text;
    }));
    assert.notEqual(identifiers[0], identifiers[1]);
  });
});

Deno.test("what cannot be written leaves nothing behind", async () => {
  await inTemporary(async (directory) => {
    const path = join(directory, "movie.nwb"), { frameRate: _, ...timeless } = MOVIE, size = 37 * 70;
    assert.match(await message(movieWriter(path, timeless)), /states no frame rate: state it \(--frame_rate\)$/);
    const few = await movieWriter(path, MOVIE);
    await few.write(new Uint16Array(2 * size));
    assert.match(await message(few.close()), /got 2 frames, but 9 were announced/);
    const many = await movieWriter(path, MOVIE);
    assert.match(await message(many.write(new Uint16Array(10 * size))), /10 frames of 37×70 pixels were given after 0/);
    const wrong = await movieWriter(path, MOVIE);
    assert.match(await message(wrong.write(new Uint8Array(size))), /it takes a Uint16Array, not a Uint8Array/);
    const given = await movieWriter(path, MOVIE);
    await given.write(new Uint16Array(size));
    await given.abort();
    assert.match(await message(given.write(new Uint16Array(size))), /is finished/);
    assert.match(await message(movieWriter(join(directory, "no/movie.nwb"), MOVIE)), /^Cannot write .*no.movie\.nwb: /);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});
