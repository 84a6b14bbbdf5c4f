/**
 * What a conversion costs: `deno run -A bench/convert.ts [--folder /tmp/annulus-bench] [--frames 8000]`. Makes a movie of 512×512 uint16
 * (4.2 GB at 8000 frames) once, and converts it to every format that can be written, each by `cli.ts convert` in a process of its own,
 * reading back included. Needs Linux (/proc) and room for two such movies.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { measureCommand } from "./cost.ts";

const SIZE = 512;

if (import.meta.main) {
  const { values: { folder, frames: text } } = parseArgs({
    args: Deno.args,
    options: { folder: { type: "string", default: "/tmp/annulus-bench" }, frames: { type: "string", default: "8000" } },
  });
  const frames = Number(text),
    movie = join(folder, `convert-${frames}.tif`),
    gigabytes = SIZE * SIZE * 2 * frames / 1e9;
  await Deno.mkdir(folder, { recursive: true });
  if (!await Deno.stat(movie).then(() => true, () => false)) await makeMovie(movie, frames);
  console.log(`${gigabytes.toFixed(1)} GB, ${SIZE}×${SIZE}×${frames} uint16\n`);
  console.log("| from TIFF to | CPU-s | GB per CPU-second | wall s | peak MB |\n| --- | --- | --- | --- | --- |");
  for (const ending of ["tif", "h5", "zarr", "nwb"]) {
    const out = join(folder, `converted.${ending}`);
    const { cpuSeconds, seconds, peakBytes } = await measureCommand(["convert", movie, "--out", out, "--force"]);
    await Deno.remove(out, { recursive: true });
    const cells = [cpuSeconds, gigabytes / cpuSeconds, seconds].map((value) => value.toFixed(1));
    console.log(`| ${ending} | ${cells.join(" | ")} | ${(peakBytes / 1e6).toFixed(0)} |`);
  }
}

/** A movie that compresses neither well nor badly: a slope with some noise in it. */
async function makeMovie(path: string, frames: number): Promise<void> {
  const writer = await tiffWriter(path, { width: SIZE, height: SIZE, sampleType: "uint16", frames, frameRate: 20 });
  const frame = new Uint16Array(SIZE * SIZE);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < frame.length; i++) frame[i] = 500 + (i % SIZE) + ((i * 2654435761 + t * 40503 >>> 16) & 63);
    await writer.write(frame);
  }
  await writer.close();
}
