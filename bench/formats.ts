/**
 * What reading each format costs: gigabytes per CPU-second, from opening to closing, in chunks of about 32 MB as the engine reads.
 * `deno run -A bench/formats.ts [name of a format …]`. The movies, half a gigabyte each, are made once in /tmp/annulus-bench.
 */
import { movieWriter } from "../src/movie/writer.ts";
import { ZarrWriter } from "../src/zarr/zarr_writer.ts";
import { contiguousHdf5 } from "./contiguous_hdf5.ts";
import { measureReading } from "./movie.ts";
import { writeRawAvi } from "./raw_avi.ts";

const FOLDER = "/tmp/annulus-bench";
/** The movie: samples of a camera, 12 bits with noise, so that compression has something to do. */
const SIZE = 512, FRAMES = 1000;

/** A format and how a movie of it is made. */
interface BenchedFormat {
  readonly name: string;
  readonly file: string;
  readonly make: (path: string) => Promise<void>;
}

/** All formats, for others to be added: one line each. */
export const BENCHED_FORMATS: readonly BenchedFormat[] = [
  { name: "TIFF", file: "movie.tif", make: byOurWriter },
  { name: "AVI, uncompressed", file: "movie.avi", make: uncompressedAvi },
  { name: "HDF5, chunks of a frame", file: "movie.h5", make: byOurWriter },
  {
    name: "HDF5, contiguous",
    file: "contiguous.h5",
    make: (path) => plain(path, contiguousHdf5([FRAMES, SIZE, SIZE])),
  },
  { name: "NWB", file: "movie.nwb", make: byOurWriter },
  { name: "Zarr", file: "movie.zarr", make: byOurWriter },
  { name: "Zarr, zlib", file: "compressed.zarr", make: zarrCompressed },
  { name: "NumPy", file: "movie.npy", make: (path) => plain(path, npyHeader("u2", [FRAMES, SIZE, SIZE])) },
  { name: "NumPy, int32", file: "int32.npy", make: (path) => plain(path, npyHeader("i4", [FRAMES / 2, SIZE, SIZE])) },
  {
    name: "NumPy, pixel by pixel",
    file: "pixels.npy",
    make: (path) => plain(path, npyHeader("u2", [FRAMES, SIZE, SIZE], "True")),
  },
  { name: "Inscopix ISXD", file: "movie.isxd", make: (path) => plain(path, new Uint8Array(0), isxdFooter()) },
  { name: "CaImAn memory map, order F", file: mmapName("F"), make: (path) => plain(path, new Uint8Array(0)) },
  { name: "CaImAn memory map, order C", file: mmapName("C"), make: (path) => plain(path, new Uint8Array(0)) },
];

/** Frames of 12 bits: a slope and noise. */
function* frames(): Generator<Uint16Array<ArrayBuffer>> {
  let state = 12345;
  const frame = new Uint16Array(SIZE * SIZE);
  for (let t = 0; t < FRAMES; t++) {
    for (let i = 0; i < frame.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      frame[i] = 1000 + (i >> 9) + (state >>> 25);
    }
    yield frame;
  }
}

async function byOurWriter(path: string): Promise<void> {
  const writer = await movieWriter(path, {
    width: SIZE,
    height: SIZE,
    frames: FRAMES,
    sampleType: "uint16",
    frameRate: 20,
  });
  for (const frame of frames()) await writer.write(frame);
  await writer.close();
}

/** Two pixels of 8 bits stand for one of 16. */
async function uncompressedAvi(path: string): Promise<void> {
  function* pictures() {
    for (const frame of frames()) yield new Uint8Array(frame.buffer);
  }
  await writeRawAvi(path, 2 * SIZE, SIZE, FRAMES, pictures());
}

async function zarrCompressed(path: string): Promise<void> {
  const writer = ZarrWriter.create(path), per = 8, chunk = new Uint16Array(per * SIZE * SIZE);
  writer.frames("mov", [FRAMES, SIZE, SIZE], chunk, { chunks: [per, SIZE, SIZE] });
  let t = 0;
  for (const frame of frames()) {
    chunk.set(frame, t % per * frame.length);
    if (++t % per === 0) await writer.writeFrames("mov", t - per, chunk);
  }
  writer.close();
}

/** All samples as they are, between a header and a footer. */
async function plain(path: string, header: Uint8Array, footer: Uint8Array = new Uint8Array(0)): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  await write(file, header);
  for (const frame of frames()) await write(file, new Uint8Array(frame.buffer));
  await write(file, footer);
}

async function write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

function npyHeader(type: string, shape: readonly number[], fortran = "False"): Uint8Array {
  const text = `{'descr': '<${type}', 'fortran_order': ${fortran}, 'shape': (${shape.join(", ")}), }`.padEnd(117) +
    "\n";
  return Uint8Array.from([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0, ...new TextEncoder().encode(text)]);
}

function isxdFooter(): Uint8Array<ArrayBuffer> {
  const ratio = (num: number, den: number) => ({ num, den });
  const json = new TextEncoder().encode(JSON.stringify({
    ...{ type: 0, dataType: 0, fileVersion: 1, hasFrameHeaderFooter: false },
    spacingInfo: { numPixels: { x: SIZE, y: SIZE } },
    timingInfo: { numTimes: FRAMES, period: ratio(50, 1000), start: { secsSinceEpoch: ratio(0, 1), utcOffset: 0 } },
  }));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Uint8Array.of(...json, 0, ...length);
}

/** Two numbers of 16 bits stand for one of 32. */
function mmapName(order: string): string {
  return `movie_d1_${SIZE}_d2_${SIZE}_d3_1_order_${order}_frames_${FRAMES / 2}.mmap`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const { name, file, make } of BENCHED_FORMATS) {
    if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
    const path = `${FOLDER}/${file}`;
    if (!await exists(path)) await make(path);
    // Once to have the file in the system's memory, once to measure.
    await measureReading(name, path);
    const cost = await measureReading(name, path);
    console.log(
      `${name}: ${cost.gigabytesPerCpuSecond.toFixed(2)} GB per CPU-second, ${
        (cost.gigabytes / cost.seconds).toFixed(2)
      } GB/s, opened in ${cost.openSeconds.toFixed(3)} s`,
    );
  }
}
