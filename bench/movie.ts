/**
 * What reading a movie costs: gigabytes per CPU-second of uncompressed TIFFs, and the time to open 30 000 pages.
 * `deno run -A bench/movie.ts [folder for the temporary file]`
 */
import process from "node:process";
import { bytesPerSample, sampleArray, type SampleType } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";

/** What one movie cost. */
export interface MovieCost {
  /** What was read. */
  readonly what: string;
  /** Gigabytes (1e9 bytes) of samples. */
  readonly gigabytes: number;
  /** Gigabytes per CPU-second, everything from opening to closing. */
  readonly gigabytesPerCpuSecond: number;
  /** Wall seconds from opening to closing. */
  readonly seconds: number;
  /** Wall seconds until the page table stood. */
  readonly openSeconds: number;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Reads a movie in chunks of about 32 MB, as the engine does, and says what it cost. */
export async function measureReading(what: string, path: string): Promise<MovieCost> {
  const cpu = cpuSeconds(), wall = performance.now();
  const movie = await openMovie(path);
  const opened = performance.now();
  const { width, height, frames, sampleType } = movie.header;
  const frameBytes = width * height * bytesPerSample(sampleType);
  const chunk = Math.max(1, Math.floor(2 ** 25 / frameBytes));
  const into = sampleArray(sampleType, chunk * width * height);
  for (let start = 0; start < frames; start += chunk) await movie.read(start, Math.min(chunk, frames - start), into);
  movie.close();
  const gigabytes = frames * frameBytes / 1e9;
  return {
    what,
    gigabytes,
    gigabytesPerCpuSecond: gigabytes / (cpuSeconds() - cpu),
    seconds: (performance.now() - wall) / 1000,
    openSeconds: (opened - wall) / 1000,
  };
}

async function makeMovie(path: string, size: number, frames: number, sampleType: SampleType): Promise<void> {
  const writer = await tiffWriter(path, { width: size, height: size, sampleType, frames });
  const frame = sampleArray(sampleType, size * size).map((_, i) => i % 251);
  for (let i = 0; i < frames; i++) await writer.write(frame);
  await writer.close();
}

/** Writes a movie as page-by-page writers do: each frame behind its own directory. */
async function makeInterleavedMovie(path: string, size: number, frames: number): Promise<void> {
  const frame = new Uint8Array(size * size * 2).map((_, i) => i % 251);
  const pageBytes = 10 * 12 + 6 + frame.length;
  const page = new Uint8Array(pageBytes);
  const view = new DataView(page.buffer);
  page.set(frame, pageBytes - frame.length);
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const header = new Uint8Array(8);
  header.set([0x49, 0x49, 42, 0, 8]);
  await file.write(header);
  for (let i = 0; i < frames; i++) {
    const at = 8 + i * pageBytes;
    const entries = [
      [256, 4, size],
      [257, 4, size],
      [258, 3, 16],
      [259, 3, 1],
      [262, 3, 1],
      [273, 4, at + pageBytes - frame.length],
      [277, 3, 1],
      [278, 4, size],
      [279, 4, frame.length],
      [339, 3, 1],
    ];
    view.setUint16(0, entries.length, true);
    entries.forEach(([tag, type, value], k) => {
      view.setUint16(2 + 12 * k, tag, true);
      view.setUint16(4 + 12 * k, type, true);
      view.setUint32(6 + 12 * k, 1, true);
      view.setUint32(10 + 12 * k, value, true);
    });
    view.setUint32(2 + 12 * entries.length, i + 1 < frames ? at + pageBytes : 0, true);
    await file.write(page);
  }
}

/** All measurements of this file; makes about 1 GB at a time in `folder` and removes it. */
export async function benchMovie(folder?: string): Promise<MovieCost[]> {
  const path = await Deno.makeTempFile({ ...(folder ? { dir: folder } : {}), suffix: ".tif" });
  const costs: MovieCost[] = [];
  try {
    await makeMovie(path, 512, 2000, "uint16");
    costs.push(await measureReading("512×512×2000 uint16, frames together", path));
    await makeMovie(path, 128, 30000, "uint16");
    costs.push(await measureReading("128×128×30000 uint16, frames together", path));
    await makeInterleavedMovie(path, 128, 30000);
    costs.push(await measureReading("128×128×30000 uint16, directory before each frame", path));
    await makeInterleavedMovie(path, 512, 2000);
    costs.push(await measureReading("512×512×2000 uint16, directory before each frame", path));
  } finally {
    await Deno.remove(path);
  }
  return costs;
}

if (import.meta.main) {
  for (const cost of await benchMovie(Deno.args[0])) {
    console.log(
      `${cost.what}: ${cost.gigabytesPerCpuSecond.toFixed(2)} GB per CPU-second, ` +
        `${(cost.gigabytes / cost.seconds).toFixed(2)} GB/s, opened in ${cost.openSeconds.toFixed(3)} s`,
    );
  }
}
