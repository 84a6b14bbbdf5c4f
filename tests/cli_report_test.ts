/** `annulus report`: the page made again from results. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Output } from "../src/cli/output.ts";
import { pageOrNotice, report } from "../src/cli/report.ts";
import { REPORT_FILE, RESULT_FILES, writeResults } from "../src/results/directory.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { saveShifts } from "../src/results/shifts.ts";
import { reportPage } from "../src/report/report.ts";
import { namesIn, ran, refused } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { judgedExtraction } from "./report_quality.ts";
import { inTemporary } from "./results_setting.ts";

Deno.test("results are written with their report, and annulus report makes the same page of them", () =>
  inTemporary(async (folder) => {
    const out = join(folder, "results"), extraction = judgedExtraction(), motion = fakeMotion();
    const paths = await writeResults(out, extraction, { motion, report: reportPage });
    assert.ok(paths.includes(join(out, REPORT_FILE)));
    const first = await Deno.readTextFile(join(out, REPORT_FILE));
    assert.ok(first.includes("residual-correlation") && first.includes("Largest displacement"));
    const { record, text } = await ran(report, out);
    assert.equal(await Deno.readTextFile(join(out, REPORT_FILE)), first);
    assert.equal(record.report, join(out, REPORT_FILE));
    assert.equal(record.cells, 6);
    assert.ok(record.warnings.some(({ topic }: { topic: string }) => topic === "frame rate assumed"));
    assert.match(text, /^Look at this: .*\n(.*\n)*The report is in .*report\.html$/);
  }));

Deno.test("without a page for it writeResults writes none, and an older one goes with force", () =>
  inTemporary(async (folder) => {
    const out = join(folder, "results");
    await writeResults(out, fakeExtraction(), { report: reportPage });
    await assert.rejects(writeResults(out, fakeExtraction()), /There are already results/);
    await writeResults(out, fakeExtraction(), { force: true });
    assert.deepEqual(namesIn(out), [...RESULT_FILES].sort());
  }));

Deno.test("results are written also when their page cannot be made, and that is told", () =>
  inTemporary(async (folder) => {
    const out = join(folder, "results"), notices: string[] = [];
    const output = { notice: (sentence: string) => notices.push(sentence) } as unknown as Output;
    const report = pageOrNotice(output), plain = fakeExtraction();
    // A result that no program makes: the page needs the numbers of all cells, what is written before it does not.
    const odd = {
      ...plain,
      quality: { accepted: new Uint8Array(6), reasons: null as unknown as string[], duplicateOf: null as never },
    };
    assert.throws(() => reportPage(odd));
    await writeResults(out, { ...plain }, { report: () => report(odd) });
    assert.deepEqual(namesIn(out), [...RESULT_FILES].sort());
    assert.match(
      notices.join("\n"),
      /^The report could not be made: .*; annulus report makes it again from the results$/,
    );
  }));

Deno.test("--out names the page; files that are no reports, results and recordings stay as they are", () =>
  inTemporary(async (folder) => {
    const file = join(folder, "results.h5"),
      page = join(folder, "pages", "mine.html"),
      notes = join(folder, REPORT_FILE);
    const recording = join(folder, "movie.tif"), plain = fakeExtraction();
    await Deno.writeTextFile(recording, "frames");
    await saveResults(file, {
      ...plain,
      movie: { ...plain.movie, files: [{ path: recording, bytes: 6, frames: 120 }] },
    });
    await ran(report, file, "--out", page);
    assert.ok((await Deno.readTextFile(page)).startsWith("<!DOCTYPE html>"));
    await ran(report, file, "--out", page);
    await Deno.writeTextFile(notes, "my own notes");
    await refused(5, /report\.html is there already, and is no report of annulus/, report, file);
    assert.equal(await Deno.readTextFile(notes), "my own notes");
    await refused(2, /is a folder, but a file to make is needed/, report, file, "--out", folder);
    await refused(2, /needs results/, report);
    await refused(5, /The page would replace the results/, report, file, "--out", file, "--force");
    await refused(5, /would replace the recording/, report, file, "--out", recording, "--force");
    await refused(5, /there is no such file/, report, join(folder, "nothing.h5"));
    await refused(5, /no HDF5 file|HDF5/, report, recording);
    assert.equal(await Deno.readTextFile(recording), "frames");
    await ran(report, file, "--force");
    assert.deepEqual(namesIn(folder), ["movie.tif", "pages", REPORT_FILE, "results.h5"].sort());
  }));

Deno.test("displacements that are another movie's are told and left out", () =>
  inTemporary(async (folder) => {
    await saveResults(join(folder, "results.h5"), fakeExtraction());
    await saveShifts(join(folder, "shifts.h5"), fakeMotion({ frames: 100 }));
    const { notices } = await ran(report, folder);
    assert.match(notices.join("\n"), /The displacements in .* are left out/);
    await Deno.remove(join(folder, "shifts.h5"));
    await saveShifts(join(folder, "shifts.h5"), fakeMotion());
    assert.deepEqual((await ran(report, folder)).notices, []);
    assert.ok((await Deno.readTextFile(join(folder, REPORT_FILE))).includes("Displacement of every frame"));
  }));

const CAIMAN = new URL("../../shared/data/caiman_1.8.5_analysis.hdf5", import.meta.url);

Deno.test({
  name: "a results file of CaImAn's gets a page of what it holds",
  ignore: await Deno.stat(CAIMAN).then(() => false, () => true),
  fn: () =>
    inTemporary(async (folder) => {
      const page = join(folder, "caiman.html");
      const { record, notices } = await ran(report, CAIMAN.pathname, "--out", page);
      assert.equal(record.cells, 72);
      assert.match(notices.join("\n"), /no images of mean, max, correlation, pnr/);
      const text = await Deno.readTextFile(page);
      assert.ok(text.includes(`id="image-noise"`) || text.includes(`id="image-background"`));
      assert.ok(!text.includes(`id="image-correlation"`));
    }),
});
