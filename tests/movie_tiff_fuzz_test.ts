import assert from "node:assert/strict";
import { bytesPerSample, sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { arrayBytes, checkArrays, refusalOf } from "./movie_damage.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { fillSamples, numbers, plainPages, type TestTags, tiffBytes, withFolder } from "./movie_tiff_bytes.ts";

const width = 5, height = 4, size = width * height;

/** Small files with what programs write beside the samples: what the damage is done to. */
function victims(): Uint8Array[] {
  const samples = fillSamples(new Uint16Array(size * 6), 1);
  const described = (tags: TestTags, big = false) =>
    tiffBytes(plainPages(samples, width, height, (i): TestTags => i === 0 ? tags : {}), { big });
  const planes = Array.from(
    { length: 6 },
    (_, t) =>
      `<TiffData IFD="${t}" FirstT="${t >> 1}" FirstC="${t & 1}"><UUID FileName="other.ome.tif">a</UUID></TiffData>` +
      `<Plane TheT="${t >> 1}" TheC="${t & 1}" DeltaT="${t}"/>`,
  ).join("");
  const ome =
    `<OME UUID="a"><Image><AcquisitionDate>2024</AcquisitionDate><Pixels DimensionOrder="XYCZT" SizeX="5" SizeY="4" ` +
    `SizeT="3" SizeC="2" SizeZ="1" TimeIncrement="1" PhysicalSizeX="1" PhysicalSizeY="2">${planes}</Pixels></Image></OME>`;
  const settings =
    "SI.hChannels.channelSave = [1;2]\nSI.hRoiManager.scanFrameRate = 30\nSI.hStackManager.numSlices = 1\n";
  const thumbnail = plainPages(new Uint16Array(2), 2, 1, () => ({ 254: 1 }))[0];
  return [
    described({
      270: "ImageJ=1.54f\nimages=6\nchannels=2\nframes=3\nunit=um\nfinterval=0.1\n",
      282: [2, 1],
      283: [3, 1],
    }),
    described({ 270: ome }),
    described({ 270: ome }, true),
    described({ 270: '{"shape": [3, 2, 4, 5], "axes": "TCYX"}', 50838: [12, 6], 50839: Array(18).fill(73) }),
    tiffBytes(plainPages(samples, width, height, (i) => ({ 305: settings, 270: `frameTimestamps_sec = ${i}\n` }))),
    tiffBytes([...plainPages(samples, width, height), thumbnail]),
    tiffBytes(
      plainPages(samples, width, height).slice(0, 1).map(({ tags, blocks }) => ({
        tags: { ...tags, 279: size * 2, 33629: Array(12).fill(1) },
        blocks: [...blocks, ...blocks].slice(0, 1),
      })),
    ),
    tiffBytes(
      plainPages(fillSamples(new Uint16Array(size * 4), 1), width, height / 2, () => ({ 277: 2, 284: 2, 278: 1 }))
        .map(({ tags, blocks }) => ({ tags, blocks: [0, 1, 2, 3].map(() => blocks[0].subarray(0, 2 * width)) })),
    ),
  ];
}

Deno.test("damaged descriptions are read or refused: no crash, no hang, no memory beyond the file's means", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const other = await tiffWriter(`${folder}/other.ome.tif`, { width, height, sampleType: "uint16" });
    await other.write(new Uint16Array(size * 6));
    await other.close();
    const next = numbers(20240611), all = victims(), started = performance.now();
    let refused = 0, read = 0, slowest = 0;
    // A fixed number of rounds, so that every run does the same; the clock only guards against slow machines.
    for (let round = 0; round < 3000 && performance.now() - started < 15000; round++) {
      let bytes = all[round % all.length].slice();
      const kind = next() % 8, flips = kind === 0 ? 0 : 1 + next() % (kind < 6 ? 3 : 20);
      for (let i = 0; i < flips; i++) {
        const at = next() % bytes.length, how = next() % 5;
        // Digits turn into digits as often as into anything: 1 frame into 9.
        bytes[at] = how === 0
          ? 0
          : how === 1
          ? 255
          : how === 2
          ? bytes[at] ^ 1 << next() % 8
          : how === 3
          ? 48 + next() % 10
          : next();
      }
      if (kind === 0 || kind === 7) bytes = bytes.slice(0, next() % bytes.length);
      await Deno.writeFile(path, bytes);
      const before = performance.now(), arrays = arrayBytes(), channel = next() % 3;
      const refusal = await refusalOf(round, () => openMovie(path, channel === 0 ? {} : { channel }), async (movie) => {
        const { width, height, frames, sampleType, timestamps } = movie.header;
        const frameBytes = width * height * bytesPerSample(sampleType);
        // int8 and the like double in size; nothing else can exceed the files, all of whose pages are plain.
        assert.ok(frames * frameBytes <= 4 * bytes.length + 2000, `${frames} frames of ${frameBytes} bytes`);
        assert.ok(timestamps === undefined || timestamps.length === frames);
        const into = sampleArray(sampleType, width * height);
        for (const frame of new Set([0, frames - 1])) await movie.read(frame, 1, into);
        read++;
      });
      if (refusal !== undefined) refused++;
      slowest = Math.max(slowest, performance.now() - before);
      checkArrays(arrays);
    }
    assert.ok(refused > 100 && read > 100, `${refused} refused, ${read} read`);
    assert.ok(slowest < 5000, `one file took ${slowest} ms`);
  });
});
