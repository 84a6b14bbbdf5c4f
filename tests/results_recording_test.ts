/** What the results of a part of a recording say of the whole: places, times, sizes. The files tell what is true of the recording, not of the part. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import type { Extraction } from "../src/core/extraction.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { type MovieSource, placeInRecording } from "../src/core/movie.ts";
import { resolvePreprocessParameters } from "../src/core/parameters.ts";
import { EXPORT_FORMATS } from "../src/results/exports/export_formats.ts";
import { resultsInfo } from "../src/cli/info_results.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { beforeMotion } from "../src/preprocess/preprocess.ts";
import { openCompute } from "../src/gpu/open.ts";
import { exportResults } from "../src/results/export.ts";
import { loadResults } from "../src/results/load.ts";
import { saveResults } from "../src/results/save.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { readNpy, readStoredZip } from "./numpy_files.ts";
import { inTemporary } from "./results_setting.ts";
import { readPickledNpy } from "./unpickle.ts";

const SERIES = "/acquisition/OnePhotonSeries", PLANE = "/general/optophysiology/ImagingPlane";
const TRACE = "/processing/ophys/Fluorescence/Denoised", SEGMENTATION = "/processing/ophys/ImageSegmentation";

/** Times of the recording's 60 frames, with a gap that is the camera's own. */
const TIMESTAMPS = Float64Array.from({ length: 60 }, (_, i) => 100 + i / 20 + (i >= 40 ? 3 : 0));

/** A recording of 60 frames of 50×44 pixels. */
function recording(facts: Partial<MovieSource["header"]> = {}): MovieSource {
  const movie = memoryMovie(new Uint16Array(60 * 50 * 44), { width: 50, height: 44, frameRate: 20 });
  const header = {
    ...movie.header,
    files: [{ path: "raw.tif", bytes: 1, frames: 60 }],
    pixelSize: { x: 2, y: 3 },
    ...facts,
  };
  return { ...movie, header };
}

/** Made-up results of what preprocessing leaves of a recording. */
async function resultsOf(movie: MovieSource, given: Record<string, unknown>): Promise<Extraction> {
  const compute = await openCompute("cpu"), preprocessing = resolvePreprocessParameters(given);
  try {
    const { source: { header }, done } = beforeMotion(movie, preprocessing, { compute, memoryBytes: 1e8 });
    const { width, height, frames } = header, fake = fakeExtraction({ width, height, frames, cells: 2 });
    const preparation = { done, found: [], preprocessing: { ...preprocessing } };
    return { ...fake, movie: header, frameRate: header.frameRate ?? 10, preparation };
  } finally {
    compute.destroy();
  }
}

/** Exports results as NWB and hands over what reads the file. */
async function asNwb(extraction: Extraction, look: (reader: Hdf5Reader) => void): Promise<void> {
  await inTemporary(async (directory) => {
    const path = join(directory, "results.nwb");
    await exportResults(path, extraction, "nwb", { session: { session_start_time: "2024-05-06T07:08:09Z" } });
    const reader = await Hdf5Reader.open(path);
    try {
      look(reader);
    } finally {
      reader.close();
    }
  });
}

Deno.test("a part of a movie knows where it lies in the recording, whatever is done in turn", async () => {
  const { movie } = await resultsOf(recording(), {
    ...{ crop: [10, 4, 40, 31], spatial_downsampling_factor: 3, temporal_downsampling_factor: 2, frames: "0:50" },
  });
  assert.deepEqual([movie.width, movie.height, movie.frames], [10, 9, 25]);
  const { left, top, binning, width, height, frames, frameRate, pixelSize } = movie.recording!;
  assert.deepEqual([left, top, binning, width, height, frames, frameRate], [10, 4, 3, 50, 44, 60, 20]);
  assert.deepEqual(pixelSize, { x: 2, y: 3 });
  // The first pixel is the mean of columns 10 to 12 and rows 4 to 6.
  assert.deepEqual(placeInRecording(movie, 0, 0), { x: 11, y: 5 });
  assert.deepEqual(placeInRecording(movie, 9, 8), { x: 38, y: 29 });
  assert.equal(recording().header.recording, undefined, "a movie that is whole is its own recording");
});

Deno.test("frames that are left out leave a gap in the times of a movie with a rate alone", async () => {
  const gap = await resultsOf(recording(), { drop_frames: "10:15" });
  assert.deepEqual([...gap.movie.timestamps!.subarray(8, 12)], [0.4, 0.45, 0.75, 0.8]);
  const late = await resultsOf(recording(), { frames: "40:" });
  assert.equal(late.movie.timestamps![0], 2);
  const early = await resultsOf(recording(), { frames: "0:40" });
  assert.equal(early.movie.timestamps, undefined, "successive frames from the beginning need none");
});

Deno.test("results.h5 keeps the recording, timestamps included", () =>
  inTemporary(async (directory) => {
    const extraction = await resultsOf(recording({ timestamps: TIMESTAMPS }), {
      crop: [1, 2, 30, 40],
      frames: "30:50",
    });
    const path = join(directory, "results.h5");
    await saveResults(path, extraction);
    const { movie } = await loadResults(path);
    assert.deepEqual(movie.recording, { ...extraction.movie.recording, timestamps: TIMESTAMPS });
    await exportResults(join(directory, "caiman.hdf5"), extraction, "caiman");
    assert.deepEqual((await loadResults(join(directory, "caiman.hdf5"))).movie.recording, movie.recording);
  }));

Deno.test("NWB: the recording's frames have their own times and size, the traces those of the frames analysed", async () => {
  const dropped = await resultsOf(recording({ timestamps: TIMESTAMPS }), {
    drop_frames: "0:2,20",
    crop: [8, 6, 40, 44],
  });
  await asNwb(dropped, (reader) => {
    assert.equal(reader.value(`${SERIES}/num_samples`), 60);
    assert.deepEqual(reader.numbers(`${SERIES}/timestamps`, "float64", [60]).data, TIMESTAMPS);
    assert.deepEqual([...reader.numbers(`${SERIES}/dimension`, "int32", [2]).data], [50, 44]);
    const kept = TIMESTAMPS.filter((_, frame) => frame > 1 && frame !== 20);
    const first = "/processing/ophys/Fluorescence/RoiResponseSeries/timestamps";
    assert.deepEqual(reader.numbers(first, "float64", [57]).data, kept);
    assert.equal(reader.softLink(`${TRACE}/timestamps`), first);
    assert.equal(reader.softLink(`${SERIES}/imaging_plane`), PLANE);
  });
  const cropped = await resultsOf(recording({ timestamps: TIMESTAMPS }), { crop: [8, 6, 40, 44] });
  await asNwb(cropped, (reader) => assert.equal(reader.softLink(`${TRACE}/timestamps`), `${SERIES}/timestamps`));
});

Deno.test("NWB: averages are in the middle of their frames", async () => {
  const binned = await resultsOf(recording(), { temporal_downsampling_factor: 4 });
  await asNwb(binned, (reader) => {
    assert.equal(reader.numberAttribute(`${SERIES}/starting_time`, "rate"), 20);
    assert.equal(reader.value(`${SERIES}/starting_time`), 0);
    assert.equal(reader.numberAttribute(`${TRACE}/starting_time`, "rate"), 5);
    assert.equal(reader.value(`${TRACE}/starting_time`), 0.075);
  });
});

Deno.test("NWB: the clock is that of the recording, whose first frame may have been left out", async () => {
  const timestamps = Float64Array.from({ length: 60 }, (_, i) => 200000 + i / 20);
  const movie = recording({ timestamps, startTime: "2024-05-06T07:08:09.000Z" });
  await asNwb(await resultsOf(movie, { frames: "40:" }), (reader) => {
    assert.equal(reader.text("/timestamps_reference_time"), "2024-05-03T23:34:49.000Z");
  });
});

Deno.test("NWB: cells lie in a plane of their own where the field was cropped or its pixels averaged", async () => {
  const part = await resultsOf(recording(), { crop: [8, 6, 40, 44], spatial_downsampling_factor: 2 });
  await asNwb(part, (reader) => {
    const own = `${PLANE}Analysed`, metres = (path: string) => [...reader.numbers(path, "float64", [2]).data];
    assert.equal(reader.softLink(`${SEGMENTATION}/PlaneSegmentation/imaging_plane`), own);
    assert.deepEqual(metres(`${PLANE}/grid_spacing`), [2e-6, 3e-6]);
    assert.deepEqual(metres(`${own}/grid_spacing`), [4e-6, 6e-6]);
    // The first of its pixels is the mean of columns 8 and 9 and rows 6 and 7.
    assert.deepEqual(metres(`${own}/origin_coords`), [17e-6, 19.5e-6]);
    assert.match(reader.text(`${own}/description`), /16 × 19 pixels, each the average of 2 × 2 .* column 8 and row 6/);
    assert.equal(reader.textAttribute(own, "neurodata_type"), "ImagingPlane");
  });
  await asNwb(await resultsOf(recording(), { drop_frames: "3" }), (reader) => {
    assert.equal(reader.softLink(`${SEGMENTATION}/PlaneSegmentation/imaging_plane`), PLANE);
    assert.equal(reader.has(`${PLANE}Analysed`), false);
  });
});

/** A part of a recording whose first pixel is the mean of columns 8 and 9 and rows 6 and 7. */
const partOf = () => resultsOf(recording(), { crop: [8, 6, 40, 44], spatial_downsampling_factor: 2 });

Deno.test("minian's coordinates count the recording's pixels", () =>
  inTemporary(async (directory) => {
    const zarr = (folder: string, name: string, type: typeof BigInt64Array | typeof Float64Array) => {
      const bytes = inflateSync(Deno.readFileSync(join(directory, folder, "A.zarr", name, "0")));
      return [...new type(Uint8Array.from(bytes.subarray(0, 16)).buffer)].map(Number);
    };
    await exportResults(join(directory, "binned"), await partOf(), "minian");
    assert.deepEqual(zarr("binned", "width", Float64Array), [8.5, 10.5]);
    assert.deepEqual(zarr("binned", "height", Float64Array), [6.5, 8.5]);
    await exportResults(join(directory, "cropped"), await resultsOf(recording(), { crop: [8, 6, 40, 44] }), "minian");
    assert.deepEqual(zarr("cropped", "width", BigInt64Array), [8, 9]);
    assert.deepEqual(zarr("cropped", "height", BigInt64Array), [6, 7]);
  }));

Deno.test("MATLAB, NumPy, Inscopix and suite2p are told where the field lies", () =>
  inTemporary(async (directory) => {
    const part = await partOf(), at = (name: string) => join(directory, name);
    for (const format of ["matlab", "numpy", "inscopix", "suite2p"]) await exportResults(at(format), part, format);
    const matlab = await Hdf5Reader.open(at("matlab"));
    const numbers = (name: string) => [...matlab.converted(`/results/recording/${name}`, "float64", [-1, -1]).data];
    assert.deepEqual(["left", "top", "binning"].flatMap(numbers), [8, 6, 2]);
    assert.deepEqual(numbers("dims"), [44, 50]);
    matlab.close();
    const arrays = readStoredZip(Deno.readFileSync(at("numpy/results.npz")));
    assert.deepEqual(Array.from(readNpy(arrays.get("field.npy")!).data), [8, 6, 2]);
    assert.deepEqual(Array.from(readNpy(arrays.get("recording_dims.npy")!).data), [44, 50]);
    const inscopix = await Hdf5Reader.open(at("inscopix/output.h5"));
    const stated = ["left", "top", "binning"].map((name) => inscopix.numberAttribute("/", `field_${name}`));
    assert.deepEqual(stated, [8, 6, 2]);
    inscopix.close();
    const [ops] = readPickledNpy(Deno.readFileSync(at("suite2p/plane0/ops.npy"))).objects;
    const { annulus } = ops as { annulus: Record<string, unknown> };
    assert.deepEqual(annulus.field, { left: 8, top: 6, binning: 2 });
    assert.deepEqual(annulus.recording, { Ly: 44, Lx: 50 });
  }));

Deno.test("formats whose pixels are those of the part say so, and none does for a whole recording", async () => {
  const part = await partOf(), whole = await resultsOf(recording(), { drop_frames: "3" });
  const told = (extraction: Extraction) =>
    EXPORT_FORMATS.filter((format) =>
      format.advice?.(extraction, {}).some((line) => /part that was analysed/.test(line)) ?? false
    ).map(({ name }) => name).sort();
  assert.deepEqual(told(part), ["caiman", "cellreg", "csv", "imagej", "inscopix", "matlab", "numpy", "suite2p", "tsv"]);
  assert.deepEqual(told(whole), []);
  const [line] = EXPORT_FORMATS.find(({ name }) => name === "csv")!.advice!(part, {});
  assert.equal(
    line,
    "Pixels are those of the part that was analysed, 16×19 averages of 2×2 pixels: it begins at column 8 and row 6 of the " +
      "recording's 50×44",
  );
});

Deno.test("results that were saved and loaded give the same bytes in every format", () =>
  inTemporary(async (directory) => {
    const source = recording({ timestamps: TIMESTAMPS, metadata: { b: 1, a: [2] }, startTime: "2024-05-06T07:08:09Z" });
    const extraction = await resultsOf(source, { crop: [1, 2, 30, 40], frames: "30:50" });
    await saveResults(join(directory, "results.h5"), extraction, { timings: false });
    const loaded = await loadResults(join(directory, "results.h5"));
    for (const { name } of EXPORT_FORMATS.filter(({ isFolder, name }) => !isFolder && name !== "annulus")) {
      const bytes: Uint8Array[] = [];
      for (const one of [extraction, loaded]) {
        const path = join(directory, "export");
        await exportResults(path, one, name, { force: true });
        bytes.push(Deno.readFileSync(path));
      }
      assert.deepEqual(bytes[0], bytes[1], name);
    }
    for (const [i, one] of [extraction, loaded].entries()) {
      await exportResults(join(directory, `numpy${i}`), one, "numpy");
    }
    const [first, second] = [0, 1].map((i) => Deno.readFileSync(join(directory, `numpy${i}`, "results.npz")));
    assert.deepEqual(first, second);
  }));

Deno.test("info tells of the recording, and what was done to it", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "results.h5");
    await saveResults(path, await resultsOf(recording({ timestamps: TIMESTAMPS }), { crop: [8, 6, 40, 44] }));
    const { text, record } = await resultsInfo(path), [, movie, step] = text.split("\n");
    assert.match(movie, /^Of the movie: .*, 60 frames of 50×44 pixels$/);
    assert.match(step, /^Before that: Cropped to x 8 to 39, y 6 to 43: 32×38 of 50×44 pixels$/);
    const facts = (record.results as Record<string, unknown>).recording as Record<string, unknown>;
    assert.deepEqual([facts.left, facts.top, facts.timestamps], [8, 6, undefined]);
  }));
