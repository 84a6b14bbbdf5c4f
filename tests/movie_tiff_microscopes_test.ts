import assert from "node:assert/strict";
import { type MovieHeader, type SampleArray, sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import {
  everyFrame,
  fillSamples,
  greyTags,
  plainPages,
  sampleBytes,
  type TestTags,
  tiffBytes,
  withFolder,
} from "./movie_tiff_bytes.ts";

const width = 4, height = 3, size = width * height;

async function read(path: string, channel?: number): Promise<{ header: MovieHeader; samples: SampleArray }> {
  const movie = await openMovie(path, channel === undefined ? {} : { channel });
  const { frames, sampleType } = movie.header;
  const samples = sampleArray(sampleType, movie.header.width * movie.header.height * frames);
  await movie.read(0, frames, samples);
  movie.close();
  return { header: movie.header, samples };
}

/** Settings as ScanImage writes them since 2016. */
function settings(extra = "", channels = "[1;2]"): string {
  return "SI.LINE_FORMAT_VERSION = 1\nSI.VERSION_MAJOR = '2019bR1'\nSI.hBeams.powers = 10\n" +
    `SI.hChannels.channelSave = ${channels}\nSI.hFastZ.enable = false\nSI.hRoiManager.scanFrameRate = 30\n` +
    `SI.hStackManager.framesPerSlice = Inf\nSI.hStackManager.numSlices = 1\n${extra}`;
}

function pageText(frame: number): string {
  return `frameNumbers = ${frame + 1}\nacquisitionNumbers = 1\nframeTimestamps_sec = ${(0.05 * frame).toFixed(9)}\n` +
    "acqTriggerTimestamps_sec = -0.00003\nepoch = [2024  5  6  7  8  9.25]\nauxTrigger0 = []\n";
}

Deno.test("a ScanImage recording: alternating channels, settings in the software tag, times in every page", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/scan.tif`;
    const samples = fillSamples(new Int16Array(size * 8), 6);
    const write = (text: string, frames = samples) =>
      Deno.writeFile(
        path,
        tiffBytes(plainPages(frames, width, height, (i) => ({ 270: pageText(i >> 1), 305: text })), { big: true }),
      );
    await write(settings());
    const { header, samples: found } = await read(path, 2);
    assert.deepEqual(found, everyFrame(samples, size, 1, 2));
    assert.equal(header.sampleType, "int16");
    assert.equal(header.frameRate, 30);
    assert.deepEqual([...header.timestamps!], [0, 0.05, 0.1, 0.15]);
    assert.equal(header.startTime, "2024-05-06T07:08:09.250");
    assert.equal(header.metadata!.Software, "ScanImage");
    assert.equal((header.metadata!.ScanImage as Record<string, unknown>).VERSION_MAJOR, "2019bR1");
    await assert.rejects(read(path), { name: "MovieError", message: /2 channels: say which one/ });

    // Averaged while recording; stopped in the middle of a frame.
    await write(settings("SI.hScan2D.logAverageFactor = 3\n"), samples.slice(0, 7 * size));
    const stopped = (await read(path, 1)).header;
    assert.deepEqual([stopped.frames, stopped.frameRate], [3, 10]);
    assert.match(stopped.notes!.join("\n"), /last frame of .* lacks some of its channels/);
    await write(settings("", "1"));
    assert.deepEqual((await read(path)).samples, samples);
    for (const volume of ["SI.hFastZ.enable = true\n", "SI.hStackManager.enable = 1\n"]) {
      await write(settings(`${volume}SI.hStackManager.numSlices = 5\n`));
      await assert.rejects(read(path, 1), { name: "MovieError", message: /ScanImage recording of 5 planes in depth/ });
    }
    await write(settings("", "[1;2;3;4;5;6;7;8;9]"));
    await assert.rejects(read(path, 1), {
      name: "MovieError",
      message: /incomplete.*fewer images than the 9 channels/,
    });
  });
});

Deno.test("older ScanImage files tell their channels and rate in the description", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/scan.tif`;
    const samples = fillSamples(new Int16Array(size * 4), 6);
    const texts = [
      "Frame Number = 1\nFrame Timestamp(s) = 0.000\nscanimage.SI5.channelsSave = [1 2]\nscanimage.SI5.scanFrameRate = 15\n",
      "scanimage.SI4.channelsSave = [1;2]\nscanimage.SI4.scanFramePeriod = 0.0666666666667\n",
      "state.configName='x'\rstate.acq.numberOfChannelsSave=2\rstate.acq.frameRate=15\rstate.acq.numberOfZSlices=1\r",
    ];
    for (const text of texts) {
      await Deno.writeFile(path, tiffBytes(plainPages(samples, width, height, (): TestTags => ({ 270: text }))));
      const { header, samples: found } = await read(path, 1);
      assert.deepEqual(found, everyFrame(samples, size, 0, 2));
      assert.equal(Number(header.frameRate!.toPrecision(6)), 15);
    }
  });
});

Deno.test("a MetaMorph stack plays all the planes behind its page, at the times it states", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/stack.stk`, frames = 4, width = 9, height = 8, size = width * height;
    const samples = fillSamples(new Uint16Array(size * frames), 8);
    const page = (times: number[]) => {
      const planes = times.flatMap((milliseconds) => [0, 1, 2460000, milliseconds, 0, 0]);
      return {
        tags: { ...greyTags(width, height, samples), 279: size * 2, 33629: planes },
        blocks: [sampleBytes(samples, true)],
      };
    };
    await Deno.writeFile(path, tiffBytes([page([1000, 1100, 1200, 1300])]));
    const { header, samples: found } = await read(path);
    assert.deepEqual(found, samples);
    assert.deepEqual([...header.timestamps!], [1, 1.1, 1.2, 1.3]);
    assert.equal(header.frameRate, 10);
    await Deno.writeFile(path, tiffBytes([page([0, 0, 0, 0])]));
    assert.equal((await read(path)).header.timestamps, undefined);
    await Deno.writeFile(path, tiffBytes([page(Array(900).fill(0))]));
    await assert.rejects(read(path), { name: "MovieError", message: /truncated.*900 frames/ });
  });
});

Deno.test("a UTF-16 note of ImageJ is kept, in either byte order", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/noted.tif`;
    const samples = fillSamples(new Uint16Array(size), 8);
    for (const littleEndian of [true, false]) {
      const bytes: number[] = [];
      const put = (value: number, length: number) => {
        for (let i = 0; i < length; i++) bytes.push((value >>> 8 * (littleEndian ? i : length - 1 - i)) & 255);
      };
      const text = (letters: string) => [...letters].forEach((letter) => put(letter.charCodeAt(0), 2));
      for (const [name, count] of [["IJIJ"], ["labl", 2], ["info", 1]] as const) {
        put([...name].reduce((value, letter) => value << 8 | letter.charCodeAt(0), 0), 4);
        if (count) put(count, 4);
      }
      text("one");
      text("two");
      text("Exposure: 50 ms, µ");
      const tags = { ...greyTags(width, height, samples), 50838: [20, 6, 6, 36], 50839: bytes };
      await Deno.writeFile(path, tiffBytes([{ tags, blocks: [sampleBytes(samples, littleEndian)] }], { littleEndian }));
      assert.equal((await read(path)).header.metadata?.ImageJInfo, "Exposure: 50 ms, µ");
    }
  });
});
