import assert from "node:assert/strict";
import { join } from "node:path";
import { ParameterError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { denseFootprint } from "../src/core/footprints.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { exportResults } from "../src/results/export.ts";
import type { ExportOptions } from "../src/results/exports/export_format.ts";
import { nwb } from "../src/results/exports/nwb.ts";
import { fakeExtraction, type FakeOptions } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary } from "./results_setting.ts";

const OPHYS = "/processing/ophys", TABLE = `${OPHYS}/ImageSegmentation/PlaneSegmentation`;
const SERIES = "/acquisition/OnePhotonSeries", TRACES = `${OPHYS}/Fluorescence`;

/** Timestamps with a gap, so that no rate can stand for them. */
const TIMESTAMPS = Float64Array.from({ length: 120 }, (_, i) => 0.25 + i / 10 + (i > 50 ? 0.3 : 0));

/** A fake extraction whose movie and cells are known in every respect. */
function fullExtraction(options: FakeOptions = {}): Extraction {
  const extraction = fakeExtraction({ arOrder: 2, ...options }), { count } = extraction.footprints;
  return {
    ...extraction,
    quality: {
      accepted: Uint8Array.from({ length: count }, (_, k) => k % 2),
      snr: Float32Array.from({ length: count }, (_, k) => 2 + k),
      rValue: Float32Array.from({ length: count }, (_, k) => 1 / (k + 1)),
    },
    movie: {
      ...extraction.movie,
      timestamps: TIMESTAMPS,
      startTime: "2024-05-06T07:08:09.250+02:00",
      pixelSize: { x: 2.5, y: 2.5 },
      metadata: { gain: 3, camera: { name: "left" } },
    },
  };
}

/** Exports into a folder of its own and hands over what reads the file. */
async function exported(
  extraction: Extraction,
  options: Omit<ExportOptions, "target">,
  look: (reader: Hdf5Reader, path: string) => void | Promise<void>,
): Promise<void> {
  await inTemporary(async (directory) => {
    const path = join(directory, "results.nwb");
    await exportResults(path, extraction, nwb, options);
    const reader = await Hdf5Reader.open(path);
    try {
      await look(reader, path);
    } finally {
      reader.close();
    }
  });
}

/** Every object and dataset with a type, by path; every group and dataset is visited. */
function typedObjects(reader: Hdf5Reader): Map<string, { type: string; id: string }> {
  const found = new Map<string, { type: string; id: string }>();
  const visit = (path: string) => {
    if (path !== "/" && reader.softLink(path) !== undefined) return;
    if (reader.hasAttribute(path, "neurodata_type")) {
      found.set(path, {
        type: reader.textAttribute(path, "neurodata_type"),
        id: reader.textAttribute(path, "object_id"),
      });
    }
    if (reader.typeOf(path) !== "group") return;
    for (const name of reader.names(path)) visit(path === "/" ? `/${name}` : `${path}/${name}`);
  };
  visit("/");
  return found;
}

/** Columns × rows as rows × columns. */
function turned(image: ArrayLike<number>, width: number, height: number): number[] {
  return Array.from({ length: width * height }, (_, i) => image[(i % width) * height + Math.floor(i / width)]);
}

Deno.test("masks are [cell][x][y], and the table says what is known of each cell", async () => {
  const extraction = fullExtraction(), { footprints, quality, traces } = extraction;
  await exported(extraction, {}, (reader) => {
    const { data, shape } = reader.numbers(`${TABLE}/image_mask`, "float32", [-1, -1, -1]);
    assert.deepEqual(shape, [6, 48, 40]);
    for (let k = 0; k < 6; k++) {
      const mask = turned(data.subarray(k * 1920, (k + 1) * 1920), 48, 40);
      assert.deepEqual(mask, [...denseFootprint(footprints, k)], `cell ${k}`);
    }
    assert.deepEqual(reader.filters(`${TABLE}/image_mask`).map(({ id }) => id), [1], "it is compressed");
    assert.deepEqual(reader.attribute(TABLE, "colnames"), [
      "image_mask",
      "cell_name",
      "centre_x",
      "centre_y",
      "noise",
      "baseline",
      "decay_seconds",
      "rise_seconds",
      "accepted",
      "rejected",
      "snr",
      "r_value",
    ]);
    assert.deepEqual(reader.texts(`${TABLE}/cell_name`), ["C000", "C001", "C002", "C003", "C004", "C005"]);
    assert.equal(reader.describe(`${TABLE}/accepted`).kind, "truth");
    assert.deepEqual([...reader.converted(`${TABLE}/accepted`, "uint8", [6]).data], [0, 1, 0, 1, 0, 1]);
    assert.deepEqual([...reader.converted(`${TABLE}/rejected`, "uint8", [6]).data], [1, 0, 1, 0, 1, 0]);
    assert.deepEqual(reader.numbers(`${TABLE}/snr`, "float32", [6]).data, quality!.snr);
    assert.deepEqual(reader.numbers(`${TABLE}/r_value`, "float32", [6]).data, quality!.rValue);
    assert.deepEqual(reader.numbers(`${TABLE}/noise`, "float32", [6]).data, traces.noise);
    assert.deepEqual([...reader.numbers(`${TABLE}/id`, "int32", [6]).data], [0, 1, 2, 3, 4, 5]);
    assert.equal(reader.softLink(`${TABLE}/imaging_plane`), "/general/optophysiology/ImagingPlane");
    const x = reader.numbers(`${TABLE}/centre_x`, "float64", [6]).data[2];
    const y = reader.numbers(`${TABLE}/centre_y`, "float64", [6]).data[2];
    const dense = denseFootprint(footprints, 2), sum = dense.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(x - dense.reduce((total, value, i) => total + value * (i % 48), 0) / sum) < 1e-9);
    assert.ok(Math.abs(y - dense.reduce((total, value, i) => total + value * Math.floor(i / 48), 0) / sum) < 1e-9);
  });
});

Deno.test("traces are frames × cells, in the results' unit, and share the recording's timestamps", async () => {
  const extraction: Extraction = { ...fullExtraction(), units: "dF over noise" }, { traces } = extraction;
  await exported(extraction, {}, (reader) => {
    for (
      const [name, trace] of [["RoiResponseSeries", traces.raw], ["Denoised", traces.denoised], [
        "Deconvolved",
        traces.spikes,
      ]] as const
    ) {
      const path = `${TRACES}/${name}`, { data } = reader.numbers(`${path}/data`, "float32", [120, 6]);
      for (let k = 0; k < 6; k++) {
        const column = Array.from({ length: 120 }, (_, t) => data[t * 6 + k]);
        assert.deepEqual(column, [...trace.subarray(k * 120, (k + 1) * 120)], `${name}, cell ${k}`);
      }
      assert.equal(reader.textAttribute(`${path}/data`, "unit"), "dF over noise");
      assert.equal(reader.softLink(`${path}/timestamps`), `${SERIES}/timestamps`);
      assert.deepEqual([...reader.numbers(`${path}/rois`, "int32", [6]).data], [0, 1, 2, 3, 4, 5]);
      assert.equal(reader.attribute(`${path}/rois`, "table"), TABLE);
    }
    assert.deepEqual(reader.numbers(`${SERIES}/timestamps`, "float64", [120]).data, TIMESTAMPS);
    assert.equal(reader.has(`${SERIES}/starting_time`), false);
  });
});

Deno.test("without timestamps, and with even ones, times are a rate", async () => {
  const check = (start: number, rate: number) => (reader: Hdf5Reader) => {
    for (const path of [SERIES, `${TRACES}/Denoised`]) {
      assert.equal(reader.value(`${path}/starting_time`), start);
      assert.equal(reader.numberAttribute(`${path}/starting_time`, "rate"), rate);
      assert.equal(reader.has(`${path}/timestamps`), false);
    }
  };
  const plain = fakeExtraction(), timestamps = Float64Array.from({ length: 120 }, (_, i) => 1.5 + i / 8);
  await exported(plain, {}, check(0, 9.99));
  await exported({ ...plain, movie: { ...plain.movie, timestamps } }, {}, check(1.5, 8));
});

Deno.test("summary images and the background are [x][y]; those that nobody computed are left out", async () => {
  const extraction = fullExtraction(), { summary } = extraction, nan = new Float32Array(48 * 40).fill(NaN);
  await exported({ ...extraction, summary: { ...summary, pnr: nan } }, {}, (reader) => {
    const group = `${OPHYS}/SummaryImages`;
    assert.deepEqual(reader.names(group).sort(), ["b0", "correlation", "max", "mean", "noise"]);
    const { data } = reader.numbers(`${group}/max`, "float32", [48, 40]);
    assert.deepEqual(turned(data, 48, 40), [...summary.max]);
    assert.equal(reader.numberAttribute(`${group}/b0`, "resolution"), 4000);
  });
});

Deno.test("the recording is linked as seen from the file, and says what its files say", async () => {
  await inTemporary(async (directory) => {
    const extraction = fullExtraction(), path = join(directory, "out/deep/results.nwb");
    const files = [{ path: join(directory, "a µ.tif"), bytes: 1, frames: 50 }, {
      path: join(directory, "out/deep/b.tif"),
      bytes: 1,
      frames: 70,
      modified: "2024-05-07T00:00:00.000Z",
    }];
    await exportResults(path, { ...extraction, movie: { ...extraction.movie, files } }, "nwb");
    const reader = await Hdf5Reader.open(path);
    assert.deepEqual(reader.texts(`${SERIES}/external_file`), ["../../a µ.tif", "b.tif"]);
    assert.deepEqual(reader.attribute(`${SERIES}/external_file`, "starting_frame"), [0, 50]);
    assert.equal(reader.value(`${SERIES}/num_samples`), 120);
    assert.deepEqual([...reader.numbers(`${SERIES}/dimension`, "int32", [2]).data], [48, 40]);
    assert.deepEqual(reader.describe(`${SERIES}/data`).shape, [0, 0, 0]);
    assert.deepEqual(reader.texts("/acquisition/recording_metadata/entry"), ["gain", "camera.name"]);
    assert.deepEqual(reader.texts("/acquisition/recording_metadata/value"), ["3", "left"]);
    assert.deepEqual(reader.texts("/file_create_date"), ["2024-05-07T00:00:00.000Z"]);
    reader.close();
  });
});

Deno.test("a recording given from another working directory is found above the results", async () => {
  await inTemporary(async (directory) => {
    const extraction = fullExtraction(), path = join(directory, "day 1/results/results.nwb");
    await Deno.mkdir(join(directory, "day 1/raw"), { recursive: true });
    await Deno.writeTextFile(join(directory, "day 1/raw/a.tif"), "12345");
    const link = async (bytes: number) => {
      const files = [{ path: "raw/a.tif", bytes, frames: 120 }];
      await exportResults(path, { ...extraction, movie: { ...extraction.movie, files } }, "nwb", { force: true });
      const reader = await Hdf5Reader.open(path), [found] = reader.texts(`${SERIES}/external_file`);
      reader.close();
      return found;
    };
    assert.equal(await link(5), "../raw/a.tif");
    assert.notEqual(await link(6), "../raw/a.tif", "a file of another size is another one");
  });
});

Deno.test("a recording that was binned is linked with its own rate, and says what was done", async () => {
  const extraction = fakeExtraction();
  const binned: Extraction = {
    ...extraction,
    movie: {
      ...extraction.movie,
      files: [{ path: "raw.tif", bytes: 1, frames: 361 }],
      history: ["3 frames averaged into one"],
    },
    preparation: {
      done: ["3 frames averaged into one"],
      found: [],
      preprocessing: { temporal_downsampling_factor: 3 },
    },
  };
  await exported(binned, {}, (reader) => {
    assert.equal(reader.numberAttribute(`${SERIES}/starting_time`, "rate"), 9.99 * 3);
    assert.equal(reader.numberAttribute(`${TRACES}/Denoised/starting_time`, "rate"), 9.99);
    assert.equal(reader.value(`${SERIES}/num_samples`), 361);
    assert.equal(reader.has(`${SERIES}/dimension`), false, "the size of the raw frames is not known");
    assert.match(reader.textAttribute(SERIES, "comments"), /3 frames averaged into one/);
    assert.match(reader.text("/general/data_collection"), /Before that: 3 frames averaged into one\./);
  });
});

Deno.test("a recording in an NWB file is linked itself, and lends its session", async () => {
  const extraction = fullExtraction();
  const metadata = { series: "/acquisition/Movie", neurodata_type: "TwoPhotonSeries", subject: { subject_id: "m17" } };
  const files = [{ path: "rec.nwb", bytes: 1, frames: 120 }];
  await exported({ ...extraction, movie: { ...extraction.movie, metadata, files } }, {}, (reader) => {
    const link = reader.externalLink(SERIES)!;
    assert.match(link.file, /rec\.nwb$/);
    assert.equal(link.target, "/acquisition/Movie");
    assert.equal(reader.text("/general/subject/subject_id"), "m17");
    // Their times must be readable when the recording has gone.
    assert.deepEqual(reader.numbers(`${TRACES}/RoiResponseSeries/timestamps`, "float64", [120]).data, TIMESTAMPS);
    assert.equal(reader.softLink(`${TRACES}/Denoised/timestamps`), `${TRACES}/RoiResponseSeries/timestamps`);
  });
});

Deno.test("results of a movie without files have no recording", async () => {
  const extraction = fakeExtraction();
  await exported({ ...extraction, movie: { ...extraction.movie, files: [] } }, {}, (reader) => {
    assert.deepEqual(reader.names("/acquisition"), []);
    assert.equal(reader.numberAttribute(`${TRACES}/Denoised/starting_time`, "rate"), 9.99);
  });
});

Deno.test("motion is what each frame was moved by", async () => {
  const motion = fakeMotion({ local: true }), { rigid, local } = motion.shifts;
  await exported(fullExtraction(), { motion }, (reader) => {
    const { data } = reader.numbers(`${OPHYS}/xy_translation/data`, "float32", [120, 2]);
    assert.deepEqual([...data], [...rigid].map((value) => 0 - value));
    assert.equal(reader.softLink(`${OPHYS}/xy_translation/timestamps`), `${SERIES}/timestamps`);
    const shape = [120, local!.y.length, local!.x.length, 2];
    const nodes = reader.numbers(`${OPHYS}/local_translation/data`, "float32", shape).data;
    assert.deepEqual([...nodes], [...local!.values].map((value) => 0 - value));
    assert.equal(reader.textAttribute(`${OPHYS}/local_translation/data`, "unit"), "pixels");
  });
  const longer = fakeMotion({ frames: 240, frameRate: 20 });
  await exported(fullExtraction(), { motion: longer }, (reader) => {
    assert.equal(reader.numberAttribute(`${OPHYS}/xy_translation/starting_time`, "rate"), 20);
  });
});

Deno.test("parameters, versions and notes are in a table", async () => {
  await exported(fullExtraction(), {}, (reader) => {
    const column = (name: string) => reader.texts(`${OPHYS}/analysis_parameters/${name}`);
    const rows = column("part").map((part, i) => `${part}/${column("entry")[i]}=${column("value")[i]}`);
    for (
      const row of [
        "extraction/gSig=3",
        "extraction/far=Infinity",
        "software/version=0.1.0",
        "extraction/border=[1, 2]",
      ]
    ) {
      assert.ok(rows.includes(row), `${row} is not among ${rows.join("; ")}`);
    }
    assert.ok(rows.some((row) => row.startsWith("notes/0=Cell 7 was dropped")));
    assert.equal(reader.describe("/general/was_generated_by").shape?.join(), "1,2");
  });
});

Deno.test("the session, the device and the field are where NWB wants them", async () => {
  const session = {
    session_description: "Track",
    session_id: "a",
    identifier: "m17-a",
    experimenter: ["Curie, Marie"],
    keywords: ["one", "two"],
    subject: { subject_id: "m17", age: "P90D", date_of_birth: "2024-02-03" },
    device: { name: "Scope 1", manufacturer: "UCLA" },
    imaging_plane: { indicator: "GCaMP6f", excitation_lambda: 470 },
    optical_channel: { emission_lambda: 525 },
  };
  await exported(fullExtraction(), { session }, (reader) => {
    assert.equal(reader.textAttribute("/", "nwb_version"), "2.11.0");
    assert.equal(reader.text("/identifier"), "m17-a");
    assert.equal(reader.text("/session_start_time"), "2024-05-06T07:08:09.250+02:00");
    assert.equal(reader.text("/timestamps_reference_time"), "2024-05-06T07:08:09.250+02:00");
    assert.deepEqual(reader.texts("/general/experimenter"), ["Curie, Marie"]);
    assert.deepEqual(reader.texts("/general/keywords"), ["one", "two"]);
    assert.equal(reader.text("/general/subject/date_of_birth"), "2024-02-03T00:00:00+00:00");
    assert.equal(reader.textAttribute("/general/devices/Scope 1", "manufacturer"), "UCLA");
    const plane = "/general/optophysiology/ImagingPlane";
    assert.equal(reader.softLink(`${plane}/device`), "/general/devices/Scope 1");
    assert.deepEqual([...reader.numbers(`${plane}/grid_spacing`, "float64", [2]).data], [2.5e-6, 2.5e-6]);
    assert.equal(reader.value(`${plane}/excitation_lambda`), 470);
    assert.equal(reader.value(`${plane}/OpticalChannel/emission_lambda`), 525);
    assert.equal(reader.text(`${plane}/location`), "unknown");
  });
});

Deno.test("an unknown start is a placeholder that says so; a clock far from 0 moves the reference", async () => {
  await exported(fakeExtraction(), {}, (reader) => {
    assert.equal(reader.text("/session_start_time"), "1970-01-01T00:00:00+00:00");
    assert.match(reader.text("/general/data_collection"), /not known: session_start_time is a placeholder/);
  });
  await exported(fakeExtraction(), { session: { session_start_time: "2024-05-06 07:08" } }, (reader) => {
    assert.equal(reader.text("/session_start_time"), "2024-05-06T07:08:00+00:00");
    assert.match(reader.text("/general/data_collection"), /time zone of session_start_time is not known/);
  });
  const extraction = fullExtraction(), timestamps = TIMESTAMPS.map((seconds) => seconds + 200000);
  await exported({ ...extraction, movie: { ...extraction.movie, timestamps } }, {}, (reader) => {
    assert.equal(reader.text("/session_start_time"), "2024-05-06T07:08:09.250+02:00");
    assert.equal(reader.text("/timestamps_reference_time"), "2024-05-03T21:34:49.000Z");
    assert.match(reader.text("/general/data_collection"), /clock showed 200000\.25 s at its first frame/);
  });
});

Deno.test("no cells: the tables and the traces are empty, and everything else is there", async () => {
  await exported(fullExtraction({ cells: 0 }), {}, (reader) => {
    assert.deepEqual(reader.describe(`${TABLE}/image_mask`).shape, [0, 48, 40]);
    assert.deepEqual(reader.describe(`${TABLE}/accepted`).shape, [0]);
    assert.deepEqual(reader.describe(`${TRACES}/Deconvolved/data`).shape, [120, 0]);
    assert.deepEqual(reader.describe(`${TRACES}/Deconvolved/rois`).shape, [0]);
    assert.ok(reader.has(`${OPHYS}/SummaryImages/mean`));
  });
});

Deno.test("every object has a type and an identifier of its own", async () => {
  await exported(fullExtraction(), { motion: fakeMotion(), session: { subject: { subject_id: "m" } } }, (reader) => {
    const found = typedObjects(reader), types = [...found.values()].map(({ type }) => type);
    for (
      const type of [
        "NWBFile",
        "Subject",
        "Device",
        "OpticalChannel",
        "ImagingPlane",
        "OnePhotonSeries",
        "PlaneSegmentation",
        "DynamicTableRegion",
        "VectorData",
        "ElementIdentifiers",
        "GrayscaleImage",
        "TimeSeries",
      ]
    ) {
      assert.ok(types.includes(type), `no ${type}`);
    }
    assert.equal(new Set([...found.values()].map(({ id }) => id)).size, found.size);
  });
});

Deno.test("two identical results give identical bytes, others have another identifier", async () => {
  await inTemporary(async (directory) => {
    const write = async (name: string, extraction: Extraction) => {
      await exportResults(join(directory, name), extraction, nwb, { motion: fakeMotion() });
      return await Deno.readFile(join(directory, name));
    };
    const first = await write("a.nwb", fullExtraction());
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await write("b.nwb", { ...fullExtraction(), timings: [] }), first);
    const identifier = async (name: string) => {
      const reader = await Hdf5Reader.open(join(directory, name));
      const text = reader.text("/identifier");
      reader.close();
      return text;
    };
    await write("c.nwb", fullExtraction({ seed: 2 }));
    assert.notEqual(await identifier("c.nwb"), await identifier("a.nwb"));
  });
});

Deno.test("a wrong session is refused before anything is written", async () => {
  await inTemporary(async (directory) => {
    const session = { subject: { age: "old" } };
    await assert.rejects(
      exportResults(join(directory, "results.nwb"), fakeExtraction(), nwb, { session }),
      (error: Error) => error.message.includes("subject.age"),
    );
    await assert.rejects(nwb.write(join(directory, "x.nwb"), fakeExtraction(), { session }), ParameterError);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});
