import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { MovieError } from "../src/core/errors.ts";
import { type MovieSource, type SampleArray, sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { isxdBytes, ratio, type TestRecording } from "./movie_isxd_bytes.ts";
import { fillSamples, withFolder } from "./movie_tiff_bytes.ts";

const WIDTH = 7, HEIGHT = 5, SIZE = WIDTH * HEIGHT;

async function all(movie: MovieSource): Promise<SampleArray> {
  const { width, height, frames, sampleType } = movie.header;
  const samples = sampleArray(sampleType, frames * width * height);
  await movie.read(0, frames, samples);
  return samples;
}

/** Opens a recording as a file that nothing but its content tells. */
async function opened(recording: TestRecording, check: (movie: MovieSource) => Promise<void> | void): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/recording.dat`, isxdBytes(recording));
    const movie = await openMovie(`${folder}/recording.dat`);
    try {
      await check(movie);
    } finally {
      movie.close();
    }
  });
}

for (const make of [Uint16Array, Float32Array, Uint8Array]) {
  Deno.test(`frames of a ${make.name} are read bit for bit, with rate, start, pixel size and metadata`, async () => {
    const samples = fillSamples(new make(SIZE * 9), 3);
    const extraProperties = { microscope: { gain: 2, led: { power: 0.4 } }, animal: { id: "m1" } };
    await opened({ width: WIDTH, height: HEIGHT, samples, changes: { extraProperties } }, async (movie) => {
      const { header } = movie;
      assert.deepEqual([header.width, header.height, header.frames], [WIDTH, HEIGHT, 9]);
      assert.equal(header.format, "Inscopix ISXD");
      assert.equal(header.frameRate, 20);
      assert.equal(header.startTime, "2023-11-14T15:13:20.250-07:00");
      assert.deepEqual(header.pixelSize, { x: 3, y: 2.5 });
      assert.deepEqual(header.metadata, { ...extraProperties, software: "isxcore 1.9.4" });
      assert.deepEqual([...header.timestamps!], [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4]);
      assert.equal(header.notes, undefined);
      assert.deepEqual(await all(movie), samples);
      const two = sampleArray(header.sampleType, SIZE * 2);
      await movie.read(6, 2, two);
      assert.deepEqual(two, samples.slice(SIZE * 6, SIZE * 8));
    });
  });
}

Deno.test("frames that were dropped, cut out or blank are not stored: they leave gaps in the timestamps, and notes", async () => {
  const samples = fillSamples(new Uint16Array(SIZE * 5), 4);
  const timing = { numTimes: 12, dropped: [4, 3], cropped: ["0 - 1", "7"], blank: [10, 10, 7] };
  // Of 0…11: 0, 1 and 7 were cut out, 3 and 4 dropped, 10 was blank. Six remain.
  await assert.rejects(opened({ width: WIDTH, height: HEIGHT, samples, timing }, () => {}), {
    name: "MovieError",
    message: /truncated or damaged: 6 frames take 420 bytes, and 350 come before/,
  });
  const six = fillSamples(new Uint16Array(SIZE * 6), 4);
  await opened({ width: WIDTH, height: HEIGHT, samples: six, timing }, async (movie) => {
    assert.equal(movie.header.frames, 6);
    assert.deepEqual([...movie.header.timestamps!], [0.1, 0.25, 0.3, 0.4, 0.45, 0.55]);
    const notes = movie.header.notes!.join("\n");
    assert.match(notes, /2 of 12 frames of the recording were dropped while recording, the first is frame 3/);
    assert.match(notes, /3 of 12 frames of the recording were cut out \(trimmed\), the first is frame 0/);
    assert.match(notes, /1 of 12 frames of the recording was blank, the first is frame 10/);
    assert.deepEqual(await all(movie), six);
  });
});

Deno.test("where something is stored for every time, the dropped ones are left out all the same", async () => {
  const samples = fillSamples(new Uint16Array(SIZE * 6), 5);
  await opened({ width: WIDTH, height: HEIGHT, samples, timing: { dropped: [1, 4] } }, async (movie) => {
    assert.deepEqual([...movie.header.timestamps!], [0, 0.1, 0.15, 0.25]);
    const kept = [0, 2, 3, 5].flatMap((frame) => [...samples.subarray(frame * SIZE, (frame + 1) * SIZE)]);
    assert.deepEqual([...await all(movie)], kept);
  });
});

Deno.test("lines before and after frames are skipped; the clock in them gives the interval", async () => {
  const samples = fillSamples(new Uint16Array(SIZE * 4), 6);
  const begin = 2 ** 40 + 12345, clock = [0, 51_000, 102_000, 255_000].map((time) => begin + time);
  const recording = { width: WIDTH, height: HEIGHT, samples, clock, timing: { numTimes: 6, dropped: [3, 4] } };
  const extraProperties = { producer: { version: "1.1.1" } };
  await opened({ ...recording, changes: { extraProperties } }, async (movie) => {
    assert.deepEqual(await all(movie), samples);
    const one = new Uint16Array(SIZE);
    await movie.read(3, 1, one);
    assert.deepEqual(one, samples.slice(3 * SIZE));
    assert.equal(movie.header.frameRate, Number((1 / 0.051).toPrecision(9)));
    assert.deepEqual([...movie.header.timestamps!], [0, 0.051, 0.102, 0.255]);
    assert.match(movie.header.notes!.join("\n"), /Timestamps have 1 gap \(about 2 frames dropped/);
  });
  // Older software, and clocks that make no sense: the stated period.
  for (const [version, factor] of [["1.1.0", 1], ["1.0.9", 1], ["2.0.0", 3]] as const) {
    const changes = { extraProperties: { producer: { version } } };
    await opened({ ...recording, clock: clock.map((time) => begin + (time - begin) * factor), changes }, (movie) => {
      assert.equal(movie.header.frameRate, 20, version);
    });
  }
  // Version 0 of the format never had such lines.
  await opened(
    { width: WIDTH, height: HEIGHT, samples, changes: { fileVersion: 0, hasFrameHeaderFooter: true } },
    async (movie) => {
      assert.deepEqual(await all(movie), samples);
    },
  );
});

Deno.test("a start that is no date places the parts of a recording on one clock", async () => {
  const samples = fillSamples(new Float32Array(SIZE * 3), 7);
  const start = { secsSinceEpoch: ratio(30100, 1000), utcOffset: 0 };
  await opened({ width: WIDTH, height: HEIGHT, samples, timing: { start } }, ({ header }) => {
    assert.equal(header.startTime, undefined);
    assert.deepEqual([...header.timestamps!], [30.1, 30.15, 30.2]);
  });
});

Deno.test("each kind of bad Inscopix file is refused with a sentence that says what is wrong", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/bad.isxd`, samples = new Uint16Array(SIZE * 4);
    const good = { width: WIDTH, height: HEIGHT, samples };
    const pixels = (x: unknown, y: unknown) => ({ spacingInfo: { numPixels: { x, y } } });
    const cases: [RegExp, Uint8Array<ArrayBuffer>][] = [
      [/ends with a description/, isxdBytes(good).slice(0, -1)],
      [/ends with a description/, isxdBytes(good).slice(0, 100)],
      [/ends with a description/, new Uint8Array(3)],
      [/ends with a description/, isxdBytes(good).map((byte, i, { length }) => i > length - 8 ? 255 : byte)],
      [/ends with a description/, isxdBytes(good).map((byte, i) => i === SIZE * 8 + 30 ? 0 : byte)],
      [
        /4 frames take 280 bytes, and 210 come before/,
        isxdBytes({ ...good, samples: samples.subarray(SIZE), timing: { numTimes: 4 } }),
      ],
      [
        /4 frames take 280 bytes, and 0 come before/,
        isxdBytes({ ...good, samples: samples.subarray(0, 0), timing: { numTimes: 4 } }),
      ],
      // A byte too many somewhere: which frames are right cannot be told.
      [/4 frames take 280 bytes, and 281 come before/, Uint8Array.of(0, ...isxdBytes(good))],
      [/2000000000 frames take/, isxdBytes({ ...good, timing: { numTimes: 2_000_000_000 } })],
      [/at most 2 GiB/, isxdBytes({ ...good, changes: pixels(1_000_000, 1_000_000) })],
      [/no spacingInfo.numPixels.x/, isxdBytes({ ...good, changes: { spacingInfo: null } })],
      [/has -7 as spacingInfo.numPixels.x/, isxdBytes({ ...good, changes: pixels(-7, 5) })],
      [/has "5" as spacingInfo.numPixels.y/, isxdBytes({ ...good, changes: pixels(7, "5") })],
      [/has 0 as timingInfo.numTimes/, isxdBytes({ ...good, timing: { numTimes: 0 } })],
      [/holds a cell set, not a movie/, isxdBytes({ ...good, changes: { type: 1 } })],
      [/holds events, not a movie/, isxdBytes({ ...good, changes: { type: 5 } })],
      [/holds something unknown/, isxdBytes({ ...good, changes: { type: "x" } })],
      [/holds something unknown/, isxdBytes({ ...good, changes: { type: "constructor" } })],
      [/samples of Inscopix's type "length": uint16/, isxdBytes({ ...good, changes: { dataType: "length" } })],
      [/samples of Inscopix's type 3: uint16/, isxdBytes({ ...good, changes: { dataType: 3 } })],
      [/does not state the type of its samples: uint16/, isxdBytes({ ...good, changes: { dataType: undefined } })],
      [/timingInfo.dropped lists 99, which is no frame of 4/, isxdBytes({ ...good, timing: { dropped: [99] } })],
      [/timingInfo.dropped lists -1/, isxdBytes({ ...good, timing: { dropped: [-1] } })],
      [/timingInfo.cropped lists "9 - 2"/, isxdBytes({ ...good, timing: { cropped: ["9 - 2"] } })],
      [/timingInfo.blank lists "all"/, isxdBytes({ ...good, timing: { blank: "all" } })],
      [/no frames: all 4 are listed/, isxdBytes({ ...good, timing: { cropped: ["0 - 3"] } })],
    ];
    for (const [expected, bytes] of cases) {
      await Deno.writeFile(path, bytes);
      const error = await openMovie(path).then((movie) => movie.close(), (error) => error);
      assert.ok(error instanceof MovieError, `${expected}: ${error}`);
      assert.ok(error.message.includes(path) && !/undefined|NaN|\n|\.$/.test(error.message), error.message);
      assert.match(error.message, expected);
    }
  });
});

Deno.test("a movie has no rate and no timestamps when its period makes no sense", async () => {
  for (const period of [ratio(0, 1000), ratio(50, 0), null, ratio(-1, 10)]) {
    await opened(
      { width: WIDTH, height: HEIGHT, samples: new Uint16Array(SIZE * 2), timing: { period } },
      ({ header }) => {
        assert.equal(header.frameRate, undefined);
        assert.equal(header.timestamps, undefined);
      },
    );
  }
});

const shared = new URL("../../shared/data/", import.meta.url),
  part2 = new URL("inscopix_movie_part2_108x123x63", shared);

Deno.test({
  name: "Inscopix's own file and Inscopix's own TIFF of it are the same 63 frames, bit for bit",
  ignore: !await Deno.stat(shared).then(() => true, () => false),
  async fn() {
    const isxd = await openMovie(fileURLToPath(`${part2}.isxd`)),
      tiff = await openMovie(fileURLToPath(`${part2}.tiff`));
    const [a, b] = await Promise.all([all(isxd), all(tiff)]);
    assert.deepEqual([isxd.header.frames, isxd.header.height, isxd.header.width], [63, 123, 108]);
    assert.deepEqual(new Uint8Array(a.buffer), new Uint8Array(b.buffer));
    assert.equal(isxd.header.frameRate, 10);
    assert.deepEqual(isxd.header.pixelSize, { x: 3, y: 3 });
    assert.deepEqual([isxd.header.timestamps![0], isxd.header.timestamps![62]], [30.1, 36.3]);
    isxd.close();
    tiff.close();
    const next = await openMovie(fileURLToPath(new URL("inscopix_movie_part3.isxd", shared)));
    assert.deepEqual([next.header.frames, next.header.height, next.header.width], [34, 128, 128]);
    assert.equal(next.header.timestamps![0], 62.3);
    await all(next);
    next.close();
  },
});
