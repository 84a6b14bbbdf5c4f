import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import { sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { everyFrame, fillSamples, plainPages, type TestTags, tiffBytes, withFolder } from "./movie_tiff_bytes.ts";

const width = 5, height = 4, size = width * height;

interface Xml {
  readonly sizes?: string;
  readonly order?: string;
  readonly pixels?: string;
  readonly inside?: string;
  readonly image?: string;
  readonly after?: string;
  readonly root?: string;
}

/** OME-XML of one image. */
function omeXml(
  { sizes = "", order = "XYCZT", pixels = "", inside = "", image = "", after = "", root = "" }: Xml,
): string {
  return `<?xml version="1.0" encoding="UTF-8"?><!-- a comment --><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" ${root}>` +
    `<Image ID="Image:0" Name="cells &amp; glia">${image}<Pixels ID="Pixels:0" DimensionOrder="${order}" Type="uint16" ` +
    `SizeX="${width}" SizeY="${height}" ${sizes} ${pixels}>${inside}</Pixels></Image>${after}</OME>`;
}

function omeBytes(samples: Uint16Array, xml: string): Uint8Array {
  return tiffBytes(plainPages(samples, width, height, (i): TestTags => i === 0 ? { 270: xml } : {}));
}

const sizesOf = (t: number, c = 1, z = 1) => `SizeT="${t}" SizeC="${c}" SizeZ="${z}"`;

async function read(path: string | string[], channel?: number) {
  const movie = await openMovie(path, channel === undefined ? {} : { channel });
  const samples = sampleArray(movie.header.sampleType, size * movie.header.frames);
  await movie.read(0, movie.header.frames, samples);
  movie.close();
  return { header: movie.header, samples };
}

Deno.test("OME-XML tells the pixel size, the rate, the times and the beginning of a movie", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.ome.tif`;
    const samples = fillSamples(new Uint16Array(size * 4), 1);
    const plane = (t: number, time: string) => `<Plane TheC="0" TheZ="0" TheT="${t}" ${time}/>`;
    const xml = omeXml({
      sizes: sizesOf(4),
      pixels:
        'PhysicalSizeX="650" PhysicalSizeXUnit="nm" PhysicalSizeY="0.7" TimeIncrement="50" TimeIncrementUnit="ms"',
      inside: '<Channel ID="Channel:0:0" Name="GCaMP6f"/><TiffData/>' +
        [100, 150, 200, 400].map((time, t) => plane(t, `DeltaT="${time}" DeltaTUnit="ms"`)).join(""),
      image: "<AcquisitionDate>2024-05-06T07:08:09</AcquisitionDate>",
    });
    await Deno.writeFile(path, omeBytes(samples, xml));
    const { header, samples: found } = await read(path);
    assert.deepEqual(found, samples);
    assert.equal(header.format, "OME-TIFF");
    assert.equal(header.frameRate, 20);
    assert.deepEqual(header.pixelSize, { x: 0.65, y: 0.7 });
    assert.equal(header.startTime, "2024-05-06T07:08:09");
    assert.deepEqual([...header.timestamps!].map((time) => Number(time.toPrecision(9))), [0.1, 0.15, 0.2, 0.4]);
    assert.deepEqual(header.metadata, { ImageName: "cells & glia", Channels: ["GCaMP6f"] });
    assert.match(header.notes!.join("\n"), /1 gap \(about 3 frames dropped/);

    // Without an increment the times say the rate; when one lacks its time, none is used.
    const times = [0, 0.1, 0.2, 0.3].map((time, t) => plane(t, `DeltaT="${time}"`));
    await Deno.writeFile(path, omeBytes(samples, omeXml({ sizes: sizesOf(4), inside: times.join("") })));
    assert.equal((await read(path)).header.frameRate, 10);
    await Deno.writeFile(path, omeBytes(samples, omeXml({ sizes: sizesOf(4), inside: times.slice(1).join("") })));
    const bare = (await read(path)).header;
    assert.deepEqual([bare.timestamps, bare.frameRate, bare.pixelSize], [undefined, undefined, undefined]);
    const pixels = 'PhysicalSizeX="1" PhysicalSizeXUnit="pixel" PhysicalSizeY="1" PhysicalSizeYUnit="pixel"';
    await Deno.writeFile(path, omeBytes(samples, omeXml({ sizes: sizesOf(4), pixels })));
    assert.equal((await read(path)).header.pixelSize, undefined);
  });
});

Deno.test("channels of an OME-TIFF are chosen in every order of its planes, and TiffData may scatter them", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.ome.tif`;
    const samples = fillSamples(new Uint16Array(size * 6), 2);
    for (
      const [order, wanted] of [["XYCZT", everyFrame(samples, size, 1, 2)], ["XYZTC", samples.slice(3 * size)]] as const
    ) {
      await Deno.writeFile(path, omeBytes(samples, omeXml({ sizes: sizesOf(3, 2), order })));
      assert.deepEqual((await read(path, 2)).samples, wanted, order);
      await assert.rejects(read(path), { name: "MovieError", message: /2 channels: say which one.*--channel 1 to 2/ });
      await assert.rejects(read(path, 3), { name: "MovieError", message: /no channel 3/ });
    }
    // The planes lie in the file backwards.
    const inside = Array.from(
      { length: 6 },
      (_, i) => `<TiffData IFD="${5 - i}" FirstT="${i >> 1}" FirstC="${i & 1}" PlaneCount="1"/>`,
    ).join("");
    await Deno.writeFile(path, omeBytes(samples, omeXml({ sizes: sizesOf(3, 2), inside })));
    const found = (await read(path, 1)).samples;
    for (let t = 0; t < 3; t++) {
      const page = 5 - 2 * t;
      assert.deepEqual(found.subarray(t * size, (t + 1) * size), samples.subarray(page * size, (page + 1) * size));
    }
    await Deno.writeFile(path, omeBytes(samples, omeXml({ sizes: sizesOf(1, 1, 6) })));
    assert.deepEqual((await read(path)).samples, samples, "depth alone plays");
    await Deno.writeFile(path, omeBytes(samples, omeXml({ sizes: sizesOf(3, 1, 2) })));
    await assert.rejects(read(path), { name: "MovieError", message: /2 planes in depth at each of 3 times/ });
  });
});

/** A set of two files; `master` is the description they share, or the name of the file they refer to. */
function setXml(own: string, uuids = ["urn:uuid:a", "urn:uuid:b"]): string {
  const inside = ["one.ome.tif", "two.ome.tif"].map((name, i) =>
    `<TiffData IFD="0" FirstT="${3 * i}" PlaneCount="${i === 0 ? 3 : 2}"><UUID FileName="${name}">${
      uuids[i]
    }</UUID></TiffData>`
  ).join("");
  return omeXml({ sizes: sizesOf(5), inside, root: `UUID="${own}"` });
}

Deno.test("any file of an OME-TIFF set opens the whole; a folder and a list play it once", async () => {
  await withFolder(async (folder) => {
    const samples = fillSamples(new Uint16Array(size * 5), 3);
    const one = `${folder}/one.ome.tif`, two = `${folder}/two.ome.tif`;
    await Deno.writeFile(one, omeBytes(samples.subarray(0, 3 * size), setXml("urn:uuid:a")));
    await Deno.writeFile(two, omeBytes(samples.subarray(3 * size), setXml("urn:uuid:b")));
    const files = [[one, 3], [two, 2]];
    for (const path of [one, two, folder, [one, two], [two, one]]) {
      const { header, samples: found } = await read(path);
      assert.deepEqual(found, samples, String(path));
      assert.deepEqual(header.files.map(({ path, frames }) => [path, frames]), files);
      for (const { path, bytes } of header.files) assert.equal(bytes, (await Deno.stat(path)).size);
    }
    // Reads that cross the border between the files, at once.
    const movie = await openMovie(one);
    await Promise.all([[0, 5], [2, 2], [3, 1], [1, 4]].map(async ([start, count]) => {
      const into = new Uint16Array(count * size);
      await movie.read(start, count, into);
      assert.deepEqual(into, samples.slice(start * size, (start + count) * size));
    }));
    movie.close();

    // The second only refers to the first, then both to a file of its own kind.
    const refers = (uuid: string, file: string) =>
      `<OME UUID="${uuid}"><BinaryOnly MetadataFile="${file}" UUID="u"/></OME>`;
    await Deno.writeFile(two, omeBytes(samples.subarray(3 * size), refers("urn:uuid:b", "one.ome.tif")));
    assert.deepEqual((await read(two)).samples, samples);
    assert.deepEqual((await read(folder)).samples, samples);
    await Deno.writeFile(one, omeBytes(samples.subarray(0, 3 * size), refers("urn:uuid:a", "set.companion.ome")));
    await Deno.writeFile(two, omeBytes(samples.subarray(3 * size), refers("urn:uuid:b", "set.companion.ome")));
    await assert.rejects(read(one), {
      name: "MovieError",
      message: /"set.companion.ome" describes, but there is no such file/,
    });
    await Deno.writeTextFile(`${folder}/set.companion.ome`, setXml("urn:uuid:c"));
    assert.deepEqual((await read(one)).samples, samples);
    assert.deepEqual((await read(two)).samples, samples);
  });
});

Deno.test("a missing file of a set is named; a single renamed file needs none", async () => {
  await withFolder(async (folder) => {
    const samples = fillSamples(new Uint16Array(size * 5), 3);
    await Deno.writeFile(`${folder}/one.ome.tif`, omeBytes(samples.subarray(0, 3 * size), setXml("urn:uuid:a")));
    await assert.rejects(read(`${folder}/one.ome.tif`), {
      name: "MovieError",
      message: /several files, of which "two.ome.tif" is missing/,
    });
    const renamed = `${folder}/renamed.tif`;
    const inside = '<TiffData IFD="0" PlaneCount="5"><UUID FileName="old.ome.tif">urn:uuid:x</UUID></TiffData>';
    for (const root of ['UUID="urn:uuid:x"', ""]) {
      await Deno.writeFile(renamed, omeBytes(samples, omeXml({ sizes: sizesOf(5), inside, root })));
      assert.deepEqual((await read(renamed)).samples, samples);
    }
    // A file of the set that holds nothing of the movie would be played as a movie of its own, twice.
    const elsewhere = '<TiffData IFD="0" PlaneCount="3"><UUID FileName="one.ome.tif">urn:uuid:a</UUID></TiffData>';
    await Deno.writeFile(
      renamed,
      omeBytes(samples, omeXml({ sizes: sizesOf(3), inside: elsewhere, root: 'UUID="urn:uuid:z"' })),
    );
    await assert.rejects(read(renamed), {
      name: "MovieError",
      message: /no part of the first image.*one.ome.tif": open/,
    });
    // Files of a set that do not fit together.
    const wide = fillSamples(new Uint16Array(14 * 2), 3);
    await Deno.writeFile(`${folder}/two.ome.tif`, tiffBytes(plainPages(wide, 7, 2)));
    await assert.rejects(read(`${folder}/one.ome.tif`), {
      name: "MovieError",
      message: /two.ome.tif" is 7×2 uint16, but/,
    });
  });
});

Deno.test("further images of an OME-TIFF are left out with a note, also when they are of another size", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.ome.tif`;
    const samples = fillSamples(new Uint16Array(size * 3), 2);
    const after =
      '<Image ID="Image:1"><Pixels DimensionOrder="XYCZT" SizeX="2" SizeY="2" SizeT="1" SizeC="1" SizeZ="1">' +
      '<TiffData IFD="3" PlaneCount="1"/></Pixels></Image>';
    const inside = '<TiffData IFD="0" PlaneCount="3"/>';
    const pages = plainPages(
      samples,
      width,
      height,
      (i): TestTags => i === 0 ? { 270: omeXml({ sizes: sizesOf(3), inside, after }) } : {},
    );
    await Deno.writeFile(path, tiffBytes([...pages, ...plainPages(new Uint8Array(4), 2, 2)]));
    const { header, samples: found } = await read(path);
    assert.deepEqual(found, samples);
    assert.match(header.notes!.join("\n"), /holds 2 OME images: the first is read/);
  });
});

Deno.test("damaged OME-XML is refused with a sentence, and cannot ask for memory", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.ome.tif`;
    const samples = fillSamples(new Uint16Array(size * 3), 2);
    const cases: [RegExp, string][] = [
      [/OME-XML in .* is damaged/, omeXml({ sizes: sizesOf(3) }).slice(0, -9)],
      [/OME-XML in .* is damaged/, "<OME><Image></OME>"],
      [/OME-XML in .* is damaged/, '<!DOCTYPE x [<!ENTITY a "aaaa">]><OME>&a;</OME>'],
      [/is damaged: its elements are nested too deeply/, `<OME>${"<a>".repeat(200_000)}`],
      [/describes no image/, "<OME></OME>"],
      [/no Pixels with a known DimensionOrder/, omeXml({ sizes: sizesOf(3), order: "TZCXY" })],
      [/no Pixels/, "<OME><Image/></OME>"],
      [/SizeT of Pixels is "many", and a whole number of at least 1/, omeXml({ sizes: 'SizeT="many"' })],
      [/SizeT of Pixels is "-3"/, omeXml({ sizes: 'SizeT="-3"' })],
      [/SizeT of Pixels is "1e300"/, omeXml({ sizes: 'SizeT="1e300"' })],
      [/incomplete: its OME-XML says 9000000000000000 images, but the file has 3/, omeXml({ sizes: sizesOf(9e15) })],
      [/incomplete: its OME-XML says 4 images, but the file has 3/, omeXml({ sizes: sizesOf(4) })],
      [/2 channels/, omeXml({ sizes: sizesOf(1, 2) })],
      [/does not say where frame 1 is/, omeXml({ sizes: sizesOf(3), inside: '<TiffData IFD="0" PlaneCount="1"/>' })],
      [
        /frame 2 should be page 4 of .* which has 3/,
        omeXml({ sizes: sizesOf(3), inside: '<TiffData IFD="1" PlaneCount="3"/>' }),
      ],
      [/places its images twice/, omeXml({ sizes: sizesOf(3), inside: "<TiffData/>".repeat(9) })],
      [/IFD of TiffData is "x"/, omeXml({ sizes: sizesOf(3), inside: '<TiffData IFD="x"/>' })],
      [/describes no image/, '<OME><BinaryOnly MetadataFile="movie.ome.tif"/></OME>'],
    ];
    for (const [message, xml] of cases) {
      await Deno.writeFile(path, omeBytes(samples, xml));
      const error = await read(path).catch((error) => error);
      assert.ok(error instanceof MovieError, `${xml}: ${error}`);
      assert.match(error.message, message);
      assert.ok(!/\n|undefined|NaN|\.$/.test(error.message), error.message);
    }
  });
});

Deno.test("10 000 frames in OME-XML open, each at its place", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.ome.tif`, frames = 10_000;
    const samples = new Uint8Array(frames).map((_, i) => i % 251);
    const planes = Array.from(
      { length: frames },
      (_, t) =>
        `<TiffData IFD="${t}" FirstT="${t}" PlaneCount="1"><UUID FileName="movie.ome.tif">urn:uuid:a</UUID></TiffData>` +
        `<Plane TheT="${t}" TheC="0" TheZ="0" DeltaT="${t / 20}"/>`,
    );
    const xml = omeXml({ sizes: sizesOf(frames), inside: planes.join(""), root: 'UUID="urn:uuid:a"' })
      .replace('SizeX="5" SizeY="4"', 'SizeX="1" SizeY="1"');
    const pages = plainPages(samples, 1, 1, (i): TestTags => i === 0 ? { 270: xml } : {});
    await Deno.writeFile(path, tiffBytes(pages));
    const movie = await openMovie(path);
    assert.equal(movie.header.frameRate, 20);
    assert.equal(movie.header.timestamps!.at(-1), 499.95);
    const into = new Uint8Array(frames);
    await movie.read(0, frames, into);
    movie.close();
    assert.deepEqual(into, samples);
  });
});
