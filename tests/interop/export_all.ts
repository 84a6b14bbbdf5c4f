/**
 * Makes what the independent readers of this folder check: `deno run -A tests/interop/export_all.ts FOLDER` extracts the cells of a small
 * simulated movie, whose field is not square, and writes its results in every format, and the movie in every format that can be written.
 */
import { join } from "node:path";
import type { Extraction } from "../../src/core/extraction.ts";
import { type MovieHeader, type MovieSource, sampleArray } from "../../src/core/movie.ts";
import { resolveParameters } from "../../src/core/parameters.ts";
import { extract } from "../../src/cnmfe/extract.ts";
import { openCompute } from "../../src/gpu/open.ts";
import { movieWriter } from "../../src/movie/writer.ts";
import { exportResults } from "../../src/results/export.ts";
import { EXPORT_FORMATS } from "../../src/results/exports/export_formats.ts";
import { saveResults } from "../../src/results/hdf5.ts";
import { fakeMotion } from "../fake_motion.ts";
import { simulate } from "../../src/simulation/simulate.ts";

/** What only a user knows, so that NWB's inspector has nothing to ask for. */
const SESSION = {
  session_description: "A simulated mouse does nothing",
  experiment_description: "Formats",
  experimenter: ["Curie, Marie"],
  institution: "University of Paris",
  lab: "Curie Lab",
  keywords: ["simulation"],
  subject: { subject_id: "m17", species: "Mus musculus", sex: "F", age: "P90D", description: "Simulated" },
  imaging_plane: { indicator: "GCaMP6f", location: "CA1", excitation_lambda: 470 },
  optical_channel: { emission_lambda: 520 },
};

const [folder] = Deno.args;
if (folder === undefined) throw new Error("deno run -A tests/interop/export_all.ts FOLDER");

/** Frames that were dropped, so that the timestamps have a gap. */
const GAP = { after: 99, frames: 3 };

await Deno.mkdir(join(folder, "movies"), { recursive: true });
const { source } = simulate({ width: 72, height: 56, frames: 300, cells: 8, seed: 11, frame_rate: 12.5 });
const movie = withFacts(source);
await writeMovies(movie);
const results = await extracted(movie);
console.log(`${results.footprints.count} cells`);
await saveResults(join(folder, "results.h5"), results);
const motion = fakeMotion({ width: 72, height: 56, frames: 300, frameRate: 12.5, local: true });
for (const format of EXPORT_FORMATS.filter(({ output }) => output !== "results.h5")) {
  await exportResults(join(folder, format.output), results, format, { force: true, session: SESSION, motion });
  console.log(`made: ${format.output}`);
}

/** The movie with everything a recording may say of itself. */
function withFacts(source: MovieSource): MovieSource {
  const { frames, frameRate = 1 } = source.header;
  const timestamps = Float64Array.from(
    { length: frames },
    (_, frame) => (frame + (frame > GAP.after ? GAP.frames : 0)) / frameRate,
  );
  const header: MovieHeader = {
    ...source.header,
    name: "movies/movie.tif",
    files: [{ path: join(folder, "movies/movie.tif"), bytes: 1, frames }],
    timestamps,
    startTime: "2024-05-06T07:08:09.250Z",
    pixelSize: { x: 2.5, y: 2.25 },
    metadata: { device: "simulator", gain: 3 },
  };
  return { ...source, header };
}

/** The movie by every writer, and as movie.npy by a plain one. */
async function writeMovies({ header, read }: MovieSource): Promise<void> {
  const { width, height, frames, sampleType } = header, samples = sampleArray(sampleType, width * height * frames);
  await read(0, frames, samples);
  for (const name of ["movie.tif", "movie.h5", "movie.zarr", "movie.nwb"]) {
    const writer = await movieWriter(join(folder, "movies", name), { ...header, session: SESSION });
    await writer.write(samples);
    await writer.close();
    console.log(`made: movies/${name}`);
  }
  const type = { uint8: "|u1", uint16: "<u2", int16: "<i2", float32: "<f4" }[sampleType];
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${frames}, ${height}, ${width}), }`;
  const head = new TextEncoder().encode(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`.replace("\x93", ""));
  const bytes = new Uint8Array(samples.buffer);
  const file = new Uint8Array(1 + head.length + bytes.length);
  file[0] = 0x93;
  file.set(head, 1);
  file.set(bytes, 1 + head.length);
  await Deno.writeFile(join(folder, "movies/movie.npy"), file);
}

/** What the engine finds in it, with qualities that issue 5 will measure made up, so that every format has some to hold. */
async function extracted(movie: MovieSource): Promise<Extraction> {
  const compute = await openCompute("cpu");
  try {
    const parameters = resolveParameters({ gSig: 3 }, movie.header);
    const found = await extract(movie, parameters, { compute, memoryBytes: 500e6 }), { count } = found.footprints;
    const quality = {
      accepted: Uint8Array.from({ length: count }, (_, k) => k % 3 === 2 ? 0 : 1),
      snr: Float32Array.from({ length: count }, (_, k) => 2.5 + k),
      rValue: Float32Array.from({ length: count }, (_, k) => 0.9 - k / 100),
    };
    return { ...found, quality };
  } finally {
    compute.destroy();
  }
}
