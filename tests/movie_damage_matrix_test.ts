/**
 * Every format times every kind of damage: what comes of it is either one sentence that names the file, or the right frames. The damage is
 * the same for all formats; what is peculiar to one is in its own tests.
 */
import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import { type SampleArray, sampleArray } from "../src/core/movie.ts";
import { Hdf5Service } from "../src/movie/hdf5/hdf5_service.ts";
import { openMovie } from "../src/movie/open.ts";
import { movieWriter } from "../src/movie/writer.ts";
import { aviBytes } from "./movie_avi_bytes.ts";
import { arrayBytes, checkArrays } from "./movie_damage.ts";
import { isxdBytes } from "./movie_isxd_bytes.ts";
import { npyBytes } from "./movie_npy_bytes.ts";
import { numbers, plainPages, tiffBytes, withFolder } from "./movie_tiff_bytes.ts";

const WIDTH = 37, HEIGHT = 29, FRAMES = 53, SIZE = WIDTH * HEIGHT;
const next = numbers(20260607);
/** Bytes of samples: small letters, so that the numbers above are not met among them. */
const raw = Uint8Array.from({ length: 2 * SIZE * FRAMES }, () => 97 + next() % 26);
const samples = new Uint16Array(raw.buffer), grey = raw.slice(0, SIZE * FRAMES);
/** A number is exchanged at so many of the places where it is found. */
const MOST_PLACES = 12;
const timestamps = Float64Array.from({ length: FRAMES }, (_, i) => 0.25 + i / 20);

/** A movie that is to be damaged: what is opened, and the file that is damaged (the same, usually). */
interface Victim {
  readonly path: string;
  readonly file: string;
  readonly truth: SampleArray;
  /** Whether the file is that of the frames; else it only says something about them, and may be left out. */
  readonly hasFrames: boolean;
}

async function one(path: string, bytes: Uint8Array, truth: SampleArray = samples): Promise<Victim[]> {
  await Deno.writeFile(path, bytes);
  return [{ path, file: path, truth, hasFrames: true }];
}

async function written(path: string): Promise<void> {
  const facts = { width: WIDTH, height: HEIGHT, frames: FRAMES, sampleType: "uint16" as const, frameRate: 20 };
  const writer = await movieWriter(path, { ...facts, timestamps, startTime: "2024-05-06T07:08:09Z" });
  await writer.write(samples);
  await writer.close();
}

async function ours(path: string): Promise<Victim[]> {
  await written(path);
  return [{ path, file: path, truth: samples, hasFrames: true }];
}

/** Grey AVI pictures: rows from the bottom, padded to four bytes. */
function pictures(from: number, to: number): Uint8Array[] {
  return Array.from({ length: to - from }, (_, t) => {
    const padded = new Uint8Array(40 * HEIGHT);
    for (let y = 0; y < HEIGHT; y++) {
      padded.set(grey.subarray((from + t) * SIZE + y * WIDTH).subarray(0, WIDTH), (HEIGHT - 1 - y) * 40);
    }
    return padded;
  });
}

function avi(from: number, to: number, more: Partial<Parameters<typeof aviBytes>[0]> = {}): Uint8Array {
  return aviBytes({ width: WIDTH, height: HEIGHT, pictures: pictures(from, to), ...more });
}

async function inFolder(path: string, files: Record<string, string | Uint8Array>, frames: RegExp, truth: SampleArray) {
  await Deno.mkdir(path, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${path}/${name}`, bytes);
  }
  return Object.keys(files).map((name) => ({ path, file: `${path}/${name}`, truth, hasFrames: frames.test(name) }));
}

const table = (titles: string, row: (i: number) => string) =>
  `${titles}\n${Array.from({ length: FRAMES }, (_, i) => row(i)).join("\n")}\n`;

const FORMATS: Readonly<Record<string, (folder: string) => Promise<Victim[]>>> = {
  "TIFF": (folder) => ours(`${folder}/ours.tif`),
  "BigTIFF": (folder) => one(`${folder}/big.tif`, tiffBytes(plainPages(samples, WIDTH, HEIGHT), { big: true })),
  "HDF5": (folder) => ours(`${folder}/ours.h5`),
  "NWB": (folder) => ours(`${folder}/ours.nwb`),
  "NumPy": (folder) => one(`${folder}/ours.npy`, npyBytes({ descr: "<u2", shape: [FRAMES, HEIGHT, WIDTH] }, raw)),
  "ISXD": (folder) => one(`${folder}/ours.isxd`, isxdBytes({ width: WIDTH, height: HEIGHT, samples })),
  "AVI": (folder) => one(`${folder}/ours.avi`, avi(0, FRAMES), grey),
  "OpenDML AVI": (folder) => one(`${folder}/dml.avi`, avi(0, FRAMES, { index: "opendml", perSegment: 20 }), grey),
  "CaImAn memory map": (folder) => {
    const columns = new Float32Array(SIZE * FRAMES);
    for (let i = 0; i < columns.length; i++) {
      const t = Math.floor(i / SIZE), x = Math.floor(i % SIZE / HEIGHT), y = i % HEIGHT;
      columns[i] = samples[t * SIZE + y * WIDTH + x];
    }
    const name = `m_d1_${HEIGHT}_d2_${WIDTH}_d3_1_order_F_frames_${FRAMES}_.mmap`;
    return one(`${folder}/${name}`, new Uint8Array(columns.buffer), Float32Array.from(samples));
  },
  "Zarr": async (folder) => {
    const path = `${folder}/ours.zarr`;
    await written(path);
    const names = [...Deno.readDirSync(`${path}/mov`)].map(({ name }) => `mov/${name}`);
    return [...names, ".zattrs", ".zgroup", "timestamps/.zarray", "timestamps/0"].map((name) => (
      { path, file: `${path}/${name}`, truth: samples, hasFrames: /^mov\/(\d|\.zarray)/.test(name) }
    ));
  },
  "Miniscope V4": (folder) =>
    inFolder(
      `${folder}/v4`,
      {
        "0.avi": avi(0, 30),
        "1.avi": avi(30, FRAMES),
        "metaData.json":
          '{"deviceName": "Miniscope", "deviceType": "Miniscope_V4", "deviceID": 0, "frameRate": "20FPS"}',
        "timeStamps.csv": table("Frame Number,Time Stamp (ms),Buffer Index", (i) => `${i},${50 * i},0`),
      },
      /avi|csv/,
      grey,
    ),
  "Miniscope V3": (folder) =>
    inFolder(
      `${folder}/v3`,
      {
        "msCam1.avi": avi(0, 30),
        "msCam2.avi": avi(30, FRAMES),
        "settings_and_notes.dat": "animal\texcitation\nm7\t20\n\nelapsedTime\tNote\n",
        "timestamp.dat": table("camNum\tframeNum\tsysClock\tbuffer", (i) => `1\t${i + 1}\t${50 * i}\t1`),
      },
      /avi|timestamp/,
      grey,
    ),
};

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Damage that no format can read over, and damage that it may. */
const FATAL: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  "empty": () => new Uint8Array(0),
  "cut after 4 bytes": (bytes) => bytes.slice(0, 4),
  "cut after 30 bytes": (bytes) => bytes.slice(0, Math.min(30, bytes.length - 3)),
  "cut in the middle": (bytes) => bytes.slice(0, bytes.length >> 1),
  "nothing but zeros": (bytes) => new Uint8Array(bytes.length),
  "text": (bytes) => new TextEncoder().encode("frame,cell 1\n0,1.5\n".repeat(100)).slice(0, bytes.length - 1),
};
const OTHER: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  "without its last byte": (bytes) => bytes.slice(0, -1),
  "without its last 100 bytes": (bytes) => bytes.slice(0, -100),
  "with 10 bytes too many": (bytes) => joined(bytes, new Uint8Array(10)),
  "with the start of another copy behind it": (bytes) => joined(bytes, bytes.subarray(0, 1000)),
  "without a byte in the header": (bytes) => joined(bytes.subarray(0, 20), bytes.subarray(21)),
  "with a byte too many in the header": (bytes) => joined(bytes.subarray(0, 20), Uint8Array.of(0), bytes.subarray(20)),
};

/** What is said of a damaged movie; nothing when it is read as if it were whole. Fails unless the frames that are read are the right ones. */
async function outcome({ path, truth }: Victim, what: string): Promise<string | undefined> {
  const arrays = arrayBytes();
  try {
    const movie = await openMovie(path);
    try {
      const { width, height, frames, sampleType, notes = [] } = movie.header, size = frames * width * height;
      assert.deepEqual([width, height], [WIDTH, HEIGHT], what);
      // Fewer frames are right when somebody says so.
      const told = frames < FRAMES ? notes.find((note) => note.includes("left out")) : undefined;
      assert.ok(frames === FRAMES || told !== undefined, `${what}: ${frames} frames`);
      const into = sampleArray(sampleType, size);
      await movie.read(0, frames, into);
      const wrong = into.findIndex((value, i) => value !== truth[i]);
      assert.ok(wrong < 0, `${what}: frame ${Math.floor(wrong / SIZE)} is read wrong`);
      const { timestamps } = movie.header;
      assert.ok(timestamps === undefined || timestamps.length === frames, what);
      return told;
    } finally {
      movie.close();
    }
  } catch (error) {
    assert.ok(error instanceof MovieError, `${what}: ${error instanceof Error ? error.stack : error}`);
    const { message } = error;
    assert.ok(message.includes(path) && message.length < 500 + path.length, `${what}: ${message}`);
    assert.ok(!/undefined|NaN|\n|\.$|\[object/.test(message.replaceAll(path, "")), `${what}: ${message}`);
    return message;
  } finally {
    checkArrays(arrays);
  }
}

/**
 * Where a number stands in the first and the last bytes of a file: as text, and in 2, 4 or 8 bytes of either order. (HDF5's sizes have 8: in
 * fewer, the number would be a part of an address.)
 */
function* places(
  bytes: Uint8Array,
  value: number,
  isHdf5: boolean,
): Generator<{ at: number; width: number; little: boolean }> {
  const isNear = (at: number) => at < 3000 || at > bytes.length - 3000;
  const text = [...String(value)].map((c) => c.charCodeAt(0)), isDigit = (byte: number) => byte >= 48 && byte <= 57;
  for (let at = 0; at < bytes.length; at++) {
    if (!isNear(at)) continue;
    if (
      text.every((byte, i) => bytes[at + i] === byte) && !isDigit(bytes[at - 1]) && !isDigit(bytes[at + text.length])
    ) yield { at, width: 0, little: true };
    for (const width of isHdf5 ? [8] : [8, 4, 2]) {
      if (at + width > bytes.length) continue;
      const part = bytes.subarray(at, at + width);
      const isLittle = part[0] === value && part.subarray(1).every((byte) => byte === 0);
      const isBig = part[width - 1] === value && part.subarray(0, -1).every((byte) => byte === 0);
      if (!isLittle && !isBig) continue;
      yield { at, width, little: isLittle };
      break;
    }
  }
}

function withNumber(
  bytes: Uint8Array,
  place: { at: number; width: number; little: boolean },
  from: number,
  to: bigint,
) {
  const { at, width, little } = place;
  if (width === 0) {
    const text = new TextEncoder().encode(String(to));
    return joined(bytes.subarray(0, at), text, bytes.subarray(at + String(from).length));
  }
  const copy = bytes.slice();
  for (let i = 0; i < width; i++) copy[little ? at + i : at + width - 1 - i] = Number(to >> BigInt(8 * i) & 255n);
  return copy;
}

/** All that is done to a file. */
function* damages(file: string, bytes: Uint8Array): Generator<{ what: string; damaged: Uint8Array; isFatal: boolean }> {
  // Zeros in place of samples alone are samples, and text in place of text may say the same.
  const isBare = /\/[0-9.]+$|mmap$/.test(file), isText = /json|zattrs|zgroup|dat$|csv$/.test(file);
  for (const [what, make] of Object.entries(FATAL)) {
    if (isBare && /zeros/.test(what)) continue;
    yield { what, damaged: make(bytes), isFatal: !isText };
  }
  for (const [what, make] of Object.entries(OTHER)) {
    // Samples from the first byte on: nobody can tell.
    if (isBare && /in the header/.test(what)) continue;
    yield { what, damaged: make(bytes), isFatal: false };
  }
  if (/npy|mmap$/.test(file)) {
    yield { what: "cut at a frame's end", damaged: bytes.slice(0, bytes.length - SIZE * 4), isFatal: true };
  }
  if (isBare) return;
  for (const value of [WIDTH, HEIGHT, FRAMES]) {
    for (const place of [...places(bytes, value, /h5|nwb$/.test(file))].slice(0, MOST_PLACES)) {
      for (const absurd of [0n, 2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 60n]) {
        const what = `with ${absurd} for ${value} at ${place.at}`;
        yield { what, damaged: withNumber(bytes, place, value, absurd), isFatal: false };
      }
    }
  }
}

for (const [name, make] of Object.entries(FORMATS)) {
  Deno.test(`${name}: whatever is done to it, it is refused with a sentence or read to the right frames`, async () => {
    const { patience } = Hdf5Service;
    Hdf5Service.patience = { inspect: 1, read: 1 };
    // Keeps the worker that reads HDF5 alive from file to file.
    const share = new Hdf5Service();
    try {
      await withFolder(async (folder) => {
        let refused = 0;
        for (const victim of await make(folder)) {
          assert.equal(await outcome(victim, "undamaged"), undefined);
          const { file, hasFrames } = victim, bytes = await Deno.readFile(file);
          for (const { what, damaged, isFatal } of damages(file, bytes)) {
            await Deno.writeFile(file, damaged);
            const message = await outcome(victim, `${file} ${what}`);
            if (message !== undefined) refused++;
            else assert.ok(!(isFatal && hasFrames), `${file} ${what} is read as if nothing were wrong with it`);
          }
          await Deno.writeFile(file, bytes);
        }
        assert.ok(refused > 8, `only ${refused} refused`);
      });
    } finally {
      share.close("");
      Hdf5Service.patience = patience;
    }
  });
}
