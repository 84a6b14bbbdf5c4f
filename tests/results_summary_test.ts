import assert from "node:assert/strict";
import { join } from "node:path";
import { ResultsError } from "../src/core/errors.ts";
import { openMovie } from "../src/movie/open.ts";
import { prepareSummary, SUMMARY_FILES, writeSummary } from "../src/results/summary.ts";
import { fakeExtraction } from "./fake_extraction.ts";

Deno.test("a summary is written as images, pictures and seeds, and not over an old one without force", async () => {
  const parent = await Deno.makeTempDir({ prefix: "annulus-summary-" });
  try {
    const directory = join(parent, "preview");
    const { summary } = fakeExtraction();
    const seeds = [{ x: 5, y: 6, correlation: 0.875, pnr: 12.5 }, { x: 40, y: 2, correlation: 0.75, pnr: 9 }];
    await prepareSummary(directory);
    assert.deepEqual([...Deno.readDirSync(parent)], []);
    await writeSummary(directory, { ...summary, seeds }, { width: 48, height: 40 });
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [...SUMMARY_FILES].sort());
    assert.equal(
      Deno.readTextFileSync(join(directory, "seeds.csv")),
      "x,y,correlation,pnr\n5,6,0.875,12.5\n40,2,0.75,9\n",
    );
    for (const name of ["mean", "max", "noise", "correlation", "pnr"] as const) {
      const image = await openMovie(join(directory, `${name}.tif`));
      const values = new Float32Array(48 * 40);
      await image.read(0, 1, values);
      image.close();
      assert.deepEqual(values, summary[name]);
    }
    await assert.rejects(prepareSummary(directory), ResultsError);
    await prepareSummary(directory, { force: true });
    await writeSummary(directory, { ...summary, seeds: [] }, { width: 48, height: 40 });
    assert.equal(Deno.readTextFileSync(join(directory, "seeds.csv")), "x,y,correlation,pnr\n");
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
