import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import type { MovieHeader } from "../src/core/movie.ts";
import { openMovie, type OpenMovieOptions } from "../src/movie/open.ts";
import { aviBytes, testPictures } from "./movie_avi_bytes.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const WIDTH = 8, HEIGHT = 4, SIZE = WIDTH * HEIGHT;
const all = testPictures(WIDTH, HEIGHT, 12);

/** What lies in a folder: text, bytes, or another folder. */
interface Tree {
  readonly [name: string]: string | Uint8Array | Tree;
}

async function write(folder: string, tree: Tree): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, what] of Object.entries(tree)) {
    if (typeof what === "string") await Deno.writeTextFile(`${folder}/${name}`, what);
    else if (what instanceof Uint8Array) await Deno.writeFile(`${folder}/${name}`, what);
    else await write(`${folder}/${name}`, what as Tree);
  }
}

/** An AVI file of frames `[from, to)`; it claims 60 frames per second, as these recorders do. */
function part(from: number, to: number): Uint8Array {
  return aviBytes({ width: WIDTH, height: HEIGHT, codec: "GREY", rate: 60, pictures: all.slice(from, to) });
}

/** timeStamps.csv of frames at these milliseconds. */
function table(milliseconds: readonly number[], numbers: readonly number[] = milliseconds.map((_, i) => i)): string {
  return "Frame Number,Time Stamp (ms),Buffer Index\n" +
    milliseconds.map((time, i) => `${numbers[i]},${time},0\n`).join("");
}

const times = all.map((_, i) => 50 * i - 20);
const meta = {
  deviceName: "My V4 Miniscope",
  deviceType: "Miniscope_V4_BNO",
  deviceID: 0,
  frameRate: "20FPS",
  gain: "High",
  framesPerFile: 4,
};
const start = {
  year: 2023,
  month: 3,
  day: 7,
  hour: 9,
  minute: 5,
  second: 2,
  msec: 7,
  msecSinceEpoch: Date.UTC(2023, 2, 7, 8, 5, 2, 7),
};
const device: Tree = {
  "0.avi": part(0, 4),
  "1.avi": part(4, 8),
  "2.avi": part(8, 12),
  "timeStamps.csv": table(times),
  "metaData.json": JSON.stringify(meta),
};
const camera: Tree = {
  "0.avi": part(0, 2),
  "timeStamps.csv": table([0, 30]),
  "metaData.json": JSON.stringify({ deviceName: "My WebCam", deviceType: "WebCam", deviceID: 1 }),
};
const session: Tree = {
  "metaData.json": JSON.stringify({
    recordingStartTime: start,
    animalName: "m7",
    miniscopes: ["My V4 Miniscope"],
    cameras: ["My WebCam"],
  }),
  "My_V4_Miniscope": device,
  "My_WebCam": camera,
};

/** Opens a tree, checks that the frames are those that were recorded, and returns the header. */
async function opened(
  tree: Tree,
  options: OpenMovieOptions & { at?: string | string[]; first?: number; size?: number } = {},
) {
  const { at = "", first = 0, size, ...rest } = options;
  let header: MovieHeader | undefined;
  await withFolder(async (folder) => {
    await write(`${folder}/r`, tree);
    const movie = await openMovie(
      typeof at === "string" ? `${folder}/r${at}` : at.map((one) => `${folder}/r${one}`),
      rest,
    );
    try {
      header = movie.header;
      if (size !== undefined) assert.equal(header.frames, size);
      const into = new Uint8Array(header.frames * SIZE);
      await movie.read(0, header.frames, into);
      for (let i = 0; i < header.frames; i++) {
        assert.deepEqual(into.slice(i * SIZE, (i + 1) * SIZE), all[first + i], `frame ${i}`);
      }
    } finally {
      movie.close();
    }
  });
  return header!;
}

async function refusal(tree: Tree, at: string | string[] = "", options: OpenMovieOptions = {}): Promise<string> {
  const error = await opened(tree, { at, ...options }).catch((error) => error);
  assert.ok(error instanceof MovieError, `${error}`);
  assert.ok(!/undefined|NaN|\n/.test(error.message), error.message);
  return error.message;
}

Deno.test("V4: a session is its miniscope, with timestamps, rate, start and what the recorder says", async () => {
  const header = await opened(session, { size: 12 });
  assert.deepEqual([...header.timestamps!], times.map((time) => time / 1000));
  assert.equal(header.frameRate, 20);
  assert.equal(header.startTime, "2023-03-07T09:05:02.007+01:00");
  assert.equal(header.format, "UCLA Miniscope V4, AVI (grey (GREY))");
  assert.deepEqual(header.files.map(({ path, frames }) => [path.replace(/.*\/r\//, ""), frames]), [
    ["My_V4_Miniscope/0.avi", 4],
    ["My_V4_Miniscope/1.avi", 4],
    ["My_V4_Miniscope/2.avi", 4],
  ]);
  const { gain, animalName, device } = header.metadata!;
  assert.deepEqual([gain, animalName, device], ["High", "m7", "My V4 Miniscope"]);
  assert.equal(header.notes, undefined);
});

Deno.test("V4: a device's folder, a camera, Miniscopes/ and Cameras/, no session's metaData.json", async () => {
  const one = await opened(session, { at: "/My_V4_Miniscope", size: 12 });
  assert.equal(one.startTime, "2023-03-07T09:05:02.007+01:00");
  for (const name of ["My WebCam", "my_webcam", "My_WebCam"]) {
    assert.equal((await opened(session, { device: name, size: 2 })).frameRate, 33.33);
  }
  assert.equal((await opened(session, { at: "/My_WebCam", size: 2 })).frames, 2);
  const { "metaData.json": said, ...folders } = session;
  await opened(folders, { size: 12 });
  await opened({ "metaData.json": said, Miniscopes: { Scope1: device }, Cameras: { My_WebCam: camera } }, { size: 12 });
  // A day with a single recording is that recording.
  await opened({ "09_05_02": session }, { size: 12 });
});

Deno.test("V4: several miniscopes have to be chosen from; a name that is none is refused", async () => {
  const two: Tree = { ...session, HPC: { ...device, "metaData.json": JSON.stringify({ ...meta, deviceName: "HPC" }) } };
  assert.match(await refusal(two), /has 2 miniscopes: choose one of "HPC", "My V4 Miniscope" with --device/);
  assert.equal((await opened(two, { device: "HPC", size: 12 })).metadata!.device, "HPC");
  assert.match(await refusal(session, "", { device: "PFC" }), /no device "PFC": it has "My V4 Miniscope", "My WebCam"/);
  assert.match(await refusal(session, "/My_WebCam", { device: "PFC" }), /no device "PFC"/);
  assert.match(await refusal({ a: camera, b: camera }, ""), /holds 2 Miniscope recordings|no miniscope: choose one/);
});

Deno.test("V4: single files take their part of the timestamps", async () => {
  const last = await opened(session, { at: "/My_V4_Miniscope/2.avi", first: 8, size: 4 });
  assert.deepEqual([...last.timestamps!], times.slice(8).map((time) => time / 1000));
  assert.equal(last.frameRate, 20);
  const two = await opened(session, { at: ["/My_V4_Miniscope/1.avi", "/My_V4_Miniscope/2.avi"], first: 4, size: 8 });
  assert.deepEqual([...two.timestamps!], times.slice(4).map((time) => time / 1000));
  // Where the files before are gone, the recorder's number of frames per file tells.
  const { "0.avi": _, ...rest } = device;
  const alone = await opened(rest, { at: "/2.avi", first: 8, size: 4 });
  assert.deepEqual([...alone.timestamps!], times.slice(8).map((time) => time / 1000));
  const unknown = await opened({ ...rest, "metaData.json": "{}" }, { at: "/2.avi", first: 8, size: 4 });
  assert.equal(unknown.timestamps, undefined);
  assert(unknown.notes!.some((note) => /Files before this one are missing/.test(note)));
});

Deno.test('V4: the frame rate is 20FPS, 20, "20" or what the timestamps amount to; a difference is told', async () => {
  for (const frameRate of [20, "20", "20.0 fps", "20FPS"]) {
    assert.equal((await opened({ ...device, "metaData.json": JSON.stringify({ ...meta, frameRate }) })).frameRate, 20);
  }
  // Whole milliseconds: 33, 33, 34 are 30 frames per second.
  const ms = all.map((_, i) => Math.round(i * 1000 / 30));
  const { "metaData.json": _, ...bare } = device;
  const header = await opened({ ...bare, "timeStamps.csv": table(ms) });
  assert.ok(Math.abs(header.frameRate! - 30) < 0.05, `${header.frameRate}`);
  const other = await opened({ ...device, "timeStamps.csv": table(ms) });
  assert.equal(other.frameRate, 20);
  assert(other.notes!.some((note) => /says 20 frames per second but the timestamps amount to (30|29\.9)/.test(note)));
  const broken = await opened({ ...device, "metaData.json": "{" });
  assert(broken.notes!.some((note) => /no valid JSON/.test(note)));
});

Deno.test("V4: gaps, disorder, dropped frames and rows too many are told; rows too few are refused", async () => {
  const gap = times.map((time, i) => i > 6 ? time + 150 : time), numbers = gap.map((_, i) => i > 6 ? i + 3 : i);
  const notes = async (csv: string) => (await opened({ ...device, "timeStamps.csv": csv }, { size: 12 })).notes ?? [];
  const told = await notes(table(gap, numbers));
  assert(told.some((note) => /1 gap \(about 3 frames dropped/.test(note)), `${told}`);
  assert(told.some((note) => /leave out 3, the first after 6/.test(note)), `${told}`);
  const back = times.slice();
  back[5] = back[3] - 1;
  assert((await notes(table(back))).some((note) => /go back/.test(note)));
  assert((await notes(table([...times, 600, 650]))).some((note) => /2 rows more than the movie has frames/.test(note)));
  // Without the last line's end, and with one that was cut off.
  assert.deepEqual(await notes(table(times).trimEnd()), []);
  assert.deepEqual(await notes(table(times) + "12,58"), []);
  assert.match(
    await refusal({ ...device, "timeStamps.csv": table(times.slice(0, 9)) }),
    /timeStamps.csv" are shorter than the movie: they have 9 rows for at least 12 frames/,
  );
  assert.match(
    await refusal({ ...device, "timeStamps.csv": table(times).replace("\n3,", "\nthree,") }),
    /line 5 is "three,130,0"/,
  );
  assert.match(await refusal({ ...device, "timeStamps.csv": "" }), /first line must name the columns/);
  const repeated = times.map((_, i) => i === 4 ? 3 : i);
  assert((await notes(table(times, repeated))).some((note) => /do not go up at one place/.test(note)));
  // Lines across the pieces in which a table is read, lines without end, tables without end.
  const [titles, ...rows] = table(times).trimEnd().split("\n").map((line) =>
    line.replace(/,0$/, `,${"0".repeat(3000)}`)
  );
  const long = [titles, ...new Array(60).fill(rows).flat()].join("\r\n");
  assert.match((await notes(long)).join(), /708 rows more than the movie has frames/);
  assert.match(
    await refusal({ ...device, "timeStamps.csv": table(times) + "1,".repeat(3000) }),
    /more than 4096 characters/,
  );
  assert.match(await refusal({ ...device, "timeStamps.csv": new Uint8Array(2 ** 26 + 1) }), /67108865 bytes: too many/);
  // Descriptions that are none are left out, and not read first.
  for (const what of ["{", "[1]", new Uint8Array(2 ** 24 + 1), {}]) {
    const { notes = [] } = await opened({ ...device, "metaData.json": what }, { size: 12 });
    assert.match(notes.join(), /metaData.json" is no valid JSON and was left out/);
  }
  const { "timeStamps.csv": _, ...without } = device;
  assert((await opened(without)).notes!.some((note) => /has no timeStamps.csv/.test(note)));
});

Deno.test("V4: a file missing between others is refused, an empty last one is left out and told", async () => {
  const { "1.avi": _, ...hole } = device;
  assert.match(await refusal(hole), /lacks 1.avi: 2.avi comes after 0.avi/);
  const { "0.avi": __, ...headless } = device;
  assert.match(
    await refusal({ ...headless, "2.avi": part(8, 12), "3.avi": part(8, 12), "5.avi": part(0, 1) }),
    /lacks (0|4).avi/,
  );
  const emptied = await opened({ ...device, "2.avi": new Uint8Array(0) }, { size: 8 });
  assert(emptied.notes!.some((note) => /2.avi" is empty \(0 bytes\) and is left out/.test(note)));
  assert(emptied.notes!.some((note) => /4 rows more/.test(note)));
  assert.match(await refusal({ ...device, "1.avi": new Uint8Array(0) }), /1.avi" is empty/);
  assert.match(await refusal({ "metaData.json": session["metaData.json"], Miniscope: {} }), /holds no movie/);
  assert.match(
    await refusal({ "metaData.json": device["metaData.json"] }),
    /holds no movie: there is no file like 0.avi/,
  );
});

Deno.test("V4: ten files and more are in natural order", async () => {
  const many: Record<string, string | Uint8Array> = {
    "timeStamps.csv": table(times),
    "metaData.json": JSON.stringify(meta),
  };
  for (let i = 0; i < 12; i++) many[`${i}.avi`] = part(i, i + 1);
  assert.deepEqual([...(await opened(many, { size: 12 })).timestamps!], times.map((time) => time / 1000));
});

Deno.test("V4: a day of recordings names them; several named in order are joined by when they began", async () => {
  const began = (minute: number): Tree => ({
    ...session,
    "metaData.json": JSON.stringify({
      recordingStartTime: { ...start, minute, msecSinceEpoch: start.msecSinceEpoch + 60000 * (minute - 5) },
      miniscopes: ["My V4 Miniscope"],
      cameras: ["My WebCam"],
    }),
  });
  const day: Tree = { "09_05_02": began(5), "09_15_02": began(15), "notes.txt": "x" };
  assert.match(await refusal(day), /holds 2 Miniscope recordings \(09_05_02, 09_15_02\): name the folder of one/);
  await withFolder(async (folder) => {
    await write(folder, day);
    const movie = await openMovie([`${folder}/09_05_02`, `${folder}/09_15_02`]);
    const { timestamps, frames } = movie.header;
    movie.close();
    assert.equal(frames, 24);
    assert.deepEqual([timestamps![0], timestamps![11], timestamps![12]], [-0.02, 0.53, 599.98]);
  });
});

Deno.test("V3: msCam files with timestamp.dat of two cameras and settings", async () => {
  const rows = ["camNum\tframeNum\tsysClock\tbuffer"];
  for (let i = 0; i < 12; i++) {
    // The miniscope is camera 1; the first time it states is nonsense, as it often is.
    rows.push(`1\t${i + 1}\t${i === 0 ? 4294967279 : 40 + 50 * i}\t1`);
    if (i % 2 === 0) rows.push(`0\t${i / 2 + 1}\t${41 + 50 * i}\t1`);
  }
  const tree: Tree = {
    "msCam1.avi": part(0, 5),
    "msCam2.avi": part(5, 10),
    "msCam10.avi": part(10, 12),
    "behavCam1.avi": part(0, 6),
    "timestamp.dat": rows.join("\r\n") + "\r\n",
    "settings_and_notes.dat":
      "animal\texcitation\tmsCamExposure\trecordLength\nm3\t23\t255\t0\n\nelapsedTime\tNote\n12\tlight on\n",
  };
  assert.match(await refusal(tree), /lacks msCam3.avi: msCam10.avi comes after msCam2.avi/);
  const { "msCam10.avi": last, ...rest } = tree, complete: Tree = { ...rest, "msCam3.avi": last };
  const header = await opened(complete, { size: 12 });
  assert.equal(header.format, "UCLA Miniscope V3, AVI (grey (GREY))");
  assert.deepEqual([...header.timestamps!], all.map((_, i) => (40 + 50 * i) / 1000));
  assert.equal(header.frameRate, 20);
  assert.deepEqual([header.metadata!.animal, header.metadata!.excitation], ["m3", 23]);
  assert(header.notes!.some((note) => /4294967279 ms\) lies after the second/.test(note)));
  const behaviour = await opened(complete, { device: "behavCam", size: 6 });
  assert.equal(behaviour.timestamps![1], 0.141);
  await opened(complete, { device: "Miniscope", size: 12 });
  const second = await opened(complete, { at: "/msCam2.avi", first: 5, size: 5 });
  assert.equal(second.timestamps![0], 0.29);
  const { "timestamp.dat": _, ...timeless } = complete;
  const bare = await opened(timeless, { size: 12 });
  assert.deepEqual([bare.frameRate, bare.timestamps], [60, undefined]);
  assert.match(
    await refusal({ ...complete, "timestamp.dat": rows.slice(0, 15).join("\n") }),
    /timestamp.dat" are shorter than the movie/,
  );
});

Deno.test("folders of AVI files that are no recording are movies in natural order; empty folders are refused", async () => {
  const header = await opened({ "a2.avi": part(4, 8), "a1.avi": part(0, 4), "a10.avi": part(8, 12) }, { size: 12 });
  assert.equal(header.format, "AVI (grey (GREY))");
  await opened({ "0.avi": part(0, 4), "1.avi": part(4, 12) }, { size: 12 });
  assert.match(await refusal({}), /holds no movie/);
});
