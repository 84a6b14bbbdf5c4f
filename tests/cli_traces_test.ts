/** `annulus traces` and `annulus events`: their files, read again, and what they refuse. */
import assert from "node:assert/strict";
import { events } from "../src/cli/events.ts";
import { traces } from "../src/cli/traces.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { findEvents } from "../src/traces/events.ts";
import { traceProducts } from "../src/traces/trace_products.ts";
import { namesIn, ran, refused } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { readNpy, readStoredZip } from "./numpy_files.ts";
import { inTemporary } from "./results_setting.ts";

/** Results of five cells, one of them set aside, whose numbers are not their positions. */
function judged(): Extraction {
  const quality = { accepted: Uint8Array.of(1, 1, 0, 1, 1), snr: Float32Array.of(5, 4, 1, 3, 6) };
  return { ...fakeExtraction({ frames: 400, cells: 5 }), numbers: Uint32Array.of(0, 1, 4, 5, 8), quality };
}

async function saved(folder: string, extraction: Extraction): Promise<string> {
  await saveResults(`${folder}/results.h5`, extraction);
  return folder;
}

const lines = async (path: string) => (await Deno.readTextFile(path)).trimEnd().split("\n");

Deno.test("traces: tables, HDF5, NumPy and their words", async () => {
  await inTemporary(async (folder) => {
    const extraction = judged(), out = `${folder}/out`, results = await saved(folder, extraction);
    const said = await ran(
      ...[traces, results, "--out", out, "--window", "20", "--over_noise", "--dff", "--p", "2"] as const,
      ...["--residuals", "--uncertainty", "--formats", "csv,hdf5,numpy"],
    );
    assert.deepEqual([said.record.cells, said.record.frames], [5, 400]);
    assert.deepEqual(
      namesIn(out),
      [
        "dF.csv",
        "dF_baseline.csv",
        "dF_cells.csv",
        "dF_denoised.csv",
        "dF_over_F0.csv",
        "dF_over_noise.csv",
        "dF_residuals.csv",
      ]
        .concat(["dF_spikes.csv", "dF_uncertainty.csv", "traces.h5", "traces.json", "traces.npz"]),
    );
    const made = await traceProducts(extraction, {
      ...{ detrend: { window: 20 }, overNoise: true, dff: true, residuals: true, uncertainty: true },
      deconvolve: { p: 2 },
    });
    const table = await lines(`${out}/dF_over_F0.csv`);
    assert.equal(table[0], " , C000, C001, C004, C005, C008");
    assert.equal(table[1], "Time(s)/Cell Status, accepted, accepted, rejected, accepted, accepted");
    assert.equal(table.length, 402);
    assert(Math.abs(Number(table[2 + 17].split(", ")[3]) - made.dff![2 * 400 + 17]) < 1e-6);
    const cells = await lines(`${out}/dF_cells.csv`);
    assert.equal(cells[0], "cell,status,noise_dF,F0,level_dF,ar1,ar2,decay_s,rise_s");
    assert(Math.abs(Number(cells[3].split(",")[3]) / made.f0![2] - 1) < 1e-6);

    const file = await Hdf5Reader.open(`${out}/traces.h5`);
    try {
      assert.deepEqual(file.numbers("/dF", "float32", [5, 400]).data, made.dF);
      assert.deepEqual(file.numbers("/uncertainty", "float32", [5, 400]).data, made.uncertainty);
      assert.deepEqual([...file.numbers("/numbers", "int32", [5]).data], [0, 1, 4, 5, 8]);
      assert.match(file.textAttribute("/dff", "meaning"), /F0 = footprint-weighted mean/);
      assert.equal(file.textAttribute("/residuals", "units"), "dF");
      assert.deepEqual(JSON.parse(file.text("/names")), ["C000", "C001", "C004", "C005", "C008"]);
    } finally {
      file.close();
    }
    const arrays = readStoredZip(await Deno.readFile(`${out}/traces.npz`));
    assert.deepEqual(readNpy(arrays.get("dF.npy")!).shape, [5, 400]);
    assert.deepEqual(readNpy(arrays.get("f0.npy")!).data, made.f0);
    assert(arrays.has("about.npy"));
    const about = JSON.parse(await Deno.readTextFile(`${out}/traces.json`));
    assert.match(about.arrays.denoised.meaning, /p 2/);
    assert.equal(about.results, `${results}/results.h5`);
  });
});

Deno.test("traces: what was not asked for is not there, --accepted leaves out, nothing is overwritten", async () => {
  await inTemporary(async (folder) => {
    const results = await saved(folder, judged()), out = `${folder}/out`;
    const { record } = await ran(traces, results, "--out", out, "--accepted", "--formats", "csv");
    assert.equal(record.cells, 4);
    assert.deepEqual(namesIn(out), ["dF.csv", "dF_cells.csv", "traces.json"]);
    assert.equal((await lines(`${out}/dF.csv`))[0], " , C000, C001, C005, C008");
    await refused(5, /already results/, traces, results, "--out", out);
    await ran(traces, results, "--out", out, "--force");
    assert.deepEqual(namesIn(out), ["dF.csv", "dF_cells.csv", "traces.h5", "traces.json"]);
    // Beside the results themselves nothing of theirs is touched.
    const before = await Deno.readFile(`${results}/results.h5`);
    await ran(traces, results, "--out", results);
    assert.deepEqual(await Deno.readFile(`${results}/results.h5`), before);
  });
});

Deno.test("events: tables, raster, HDF5 and NumPy hold the events that are found", async () => {
  await inTemporary(async (folder) => {
    const extraction = judged(), out = `${folder}/out`, results = await saved(folder, extraction);
    const { record, text } = await ran(events, results, "--out", out, "--bin", "5", "--formats", "csv,hdf5,numpy");
    const found = findEvents(await traceProducts(extraction), extraction), count = found.frame.length;
    assert.deepEqual([record.count, record.cells, record.silent], [count, 5, 0]);
    assert.match(text, /deconvolution: consecutive frames/);
    assert.deepEqual(
      namesIn(out),
      [
        "event_rates.csv",
        "events.csv",
        "events.h5",
        "events.json",
        "events.npz",
        "population_rate.csv",
        "raster.csv",
        "raster.png",
      ],
    );
    const table = (await lines(`${out}/events.csv`)).map((line) => line.split(","));
    assert.deepEqual(table[0], ["time_s", "frame", "cell", "amplitude_dF", "amplitude_sd", "status"]);
    assert.equal(table.length, count + 1);
    table.slice(1).forEach(([time, frame, cell, , , status], i) => {
      assert.equal(status === "rejected", cell === "C004", `${cell} is ${status}`);
      assert(Math.abs(Number(time) - Number(frame) / 9.99) < 1e-6);
      assert(i === 0 || Number(table[i][1]) <= Number(frame), "by time");
    });
    const rates = (await lines(`${out}/event_rates.csv`)).slice(1).map((line) => line.split(","));
    assert.equal(rates.reduce((sum, row) => sum + Number(row[2]), 0), count);
    assert.deepEqual(rates.map(([name, status]) => `${name} ${status}`)[2], "C004 rejected");
    const raster = (await lines(`${out}/raster.csv`)).slice(1).map((line) => line.split(",").map(Number));
    assert.equal(raster.length, 9);
    assert.equal(raster.reduce((sum, [, ...row]) => sum + row.reduce((a, b) => a + b), 0), count);
    const population = (await lines(`${out}/population_rate.csv`)).slice(1).map((line) => line.split(",").map(Number));
    population.forEach(([start, all], i) => {
      assert.equal(start, 5 * i);
      assert.equal(all, raster[i].slice(1).reduce((a, b) => a + b));
    });
    const file = await Hdf5Reader.open(`${out}/events.h5`);
    try {
      assert.deepEqual(file.numbers("/time", "float64", [count]).data, found.seconds);
      assert.deepEqual(
        [...file.numbers("/number", "int32", [count]).data],
        [...found.cell].map((k) => [0, 1, 4, 5, 8][k]),
      );
      assert.deepEqual(file.numbers("/raster", "int32", [5, 9]).data.length, 45);
      assert.match(file.textAttribute("/", "definition"), /^deconvolution/);
    } finally {
      file.close();
    }
    const arrays = readStoredZip(await Deno.readFile(`${out}/events.npz`));
    assert.deepEqual(readNpy(arrays.get("sd.npy")!).data, found.sd);
    assert.deepEqual([...(await Deno.readFile(`${out}/raster.png`)).subarray(1, 4)], [0x50, 0x4e, 0x47]);
  });
});

Deno.test("events by every derivative and unit; settings of one method are no settings of the other", async () => {
  await inTemporary(async (folder) => {
    const results = await saved(folder, judged()), out = ["--out", `${folder}/out`, "--force"];
    for (const order of ["0", "1", "2"]) {
      const { record, text } = await ran(
        events,
        results,
        ...out,
        "--method",
        "derivative",
        "--order",
        order,
        "--threshold",
        "3.5",
      );
      assert(record.count > 5, `${order}: ${record.count}`);
      assert.match(text, /at least 3\.5 s\.d\. of the noise in it/);
      const header = (await lines(`${folder}/out/events.csv`))[0];
      assert.equal(header.split(",")[3], ["amplitude_dF", "amplitude_dF/s", "amplitude_dF/s^2"][Number(order)]);
    }
    const derivative = [...out, "--method", "derivative"];
    assert((await ran(events, results, ...derivative, "--threshold_unit", "mad")).record.count > 0);
    assert.equal(
      (await ran(events, results, ...derivative, "--threshold_unit", "dF", "--threshold", "1e9")).record.count,
      0,
    );
    await refused(2, /--order has no effect/, events, results, ...out, "--order", "1");
    await refused(2, /deconvolution know sd and dF/, events, results, ...out, "--threshold_unit", "mad");
    await refused(2, /order is 3/, events, results, ...derivative, "--order", "3");
    await refused(2, /--method is best/, events, results, ...out, "--method", "best");
    await refused(2, /bin is 0/, events, results, ...out, "--bin", "0");
    await refused(2, /--threshold is lots/, events, results, ...out, "--threshold", "lots");
  });
});

Deno.test("what cannot be is refused with one sentence", async () => {
  await inTemporary(async (folder) => {
    const { quality: _, ...unjudged } = judged(),
      results = await saved(folder, unjudged),
      out = ["--out", `${folder}/out`];
    for (const command of [traces, events]) {
      await refused(2, /needs results/, command, ...out);
      await refused(2, /takes one results file .*: leave out extra$/, command, results, "extra", ...out);
      await refused(2, /needs --out FOLDER/, command, results);
      await refused(2, /no cell of .* has been judged/, command, results, ...out, "--accepted");
      await refused(2, /--formats is xls/, command, results, ...out, "--formats", "xls");
      await refused(2, /quantile is 2/, command, results, ...out, "--quantile", "2");
      await refused(2, /window is -1/, command, results, ...out, "--window=-1");
      await refused(2, /level is "low"/, command, results, ...out, "--level", "low");
      await refused(2, /--noise_range is 1/, command, results, ...out, "--noise_range", "1");
      await refused(2, /p must be 0, 1 or 2/, command, results, ...out, "--p", "3");
      await refused(2, /lags must be/, command, results, ...out, "--lags", "0.5");
    }
    await refused(2, /without a model of spikes/, events, results, ...out, "--p", "0");
    assert.deepEqual(namesIn(folder), ["results.h5"], "nothing is left behind");
  });
});

Deno.test("no cell, one cell, one frame, traces that are not numbers", async () => {
  await inTemporary(async (folder) => {
    const broken = fakeExtraction({ cells: 2 });
    broken.traces.raw[3] = NaN;
    const cases = [
      fakeExtraction({ cells: 0 }),
      fakeExtraction({ cells: 1 }),
      fakeExtraction({ frames: 1, cells: 2 }),
      broken,
    ];
    for (const extraction of cases) {
      const results = await saved(folder, extraction),
        out = ["--out", `${folder}/out`, "--force", "--formats", "csv,hdf5,numpy"];
      const made = await ran(
        traces,
        results,
        ...out,
        "--detrend",
        "--over_noise",
        "--dff",
        "--deconvolve",
        "--uncertainty",
        "--residuals",
      );
      assert.equal(made.record.cells, extraction.footprints.count);
      assert.equal(made.notices.some((note) => /not finite.*C000$/.test(note)), extraction === broken);
      const found = await ran(events, results, ...out);
      assert.equal(found.record.cells, extraction.footprints.count);
      await ran(events, results, ...out, "--method", "derivative", "--order", "0");
    }
  });
});

const caiman = new URL("../../shared/data/caiman_1.8.5_analysis.hdf5", import.meta.url).pathname;

Deno.test({
  name: "results of CaImAn: their spikes are brought to the units of their traces",
  ignore: !await Deno.stat(caiman).then(() => true, () => false),
  async fn() {
    await inTemporary(async (folder) => {
      const found = await ran(events, caiman, "--out", `${folder}/out`);
      assert(found.notices.some((note) => /not in the units of their traces/.test(note)), found.notices.join());
      assert(found.record.count > 1000 && found.record.silent === 0);
      await refused(2, /mean image/, traces, caiman, "--out", `${folder}/traces`, "--dff");
    });
  },
});
