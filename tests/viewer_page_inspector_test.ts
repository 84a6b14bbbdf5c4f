/// <reference lib="dom" />
/** The parameter inspector in a real browser: its seeds are those of `summarize`, at once when only thresholds change. */
import assert from "node:assert/strict";
import { resolveParameters } from "../src/core/parameters.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { summarize } from "../src/summary/summary.ts";
import { browserPath } from "./browser.ts";
import { simulated } from "./cnmfe_setting.ts";
import { onPage, SEARCH } from "./viewer_page_setting.ts";
import { withMovieViewer } from "./viewer_setting.ts";

Deno.test({
  name: "the inspector of a movie shows the seeds of summarize, for every slider, and the command to run with them",
  ignore: browserPath() === undefined,
  async fn() {
    const { source } = await simulated({ width: 64, height: 56, frames: 200, cells: 8, seed: 9 });
    const compute = new CpuCompute();
    const expected = async (given: Readonly<Record<string, number>>) => {
      const parameters = resolveParameters({ ...SEARCH, ...given }, source.header);
      return (await summarize(source, parameters, { compute, memoryBytes: 300e6 })).seeds.length;
    };
    try {
      const [first, stricter, wider] = [
        await expected({}),
        await expected({ min_pnr: 12 }),
        await expected({ gSig: 2, min_pnr: 12 }),
      ];
      assert(first > 0 && stricter !== first, `${first} and ${stricter} seeds tell nothing apart`);
      await withMovieViewer(source, SEARCH, async ({ served }) => {
        await onPage(served.url, async (used) => {
          const { page } = used;
          const asked: string[] = [];
          page.on("request", (request) => asked.push(new URL(request.url()).pathname));
          await used.until("[data-seeds]", "data-seeds", `${first}`);
          await used.until(".field", "data-picture", "image inspect-correlation");
          await used.untilTold("[data-command]", "--gSig 3 --min_corr 0.7 --min_pnr 4");
          await used.screenshot("viewer-inspector");

          await page.fill("[data-parameter=min_pnr]", "12");
          await used.until("[data-seeds]", "data-seeds", `${stricter}`);
          const images = asked.filter((path) => path.startsWith("/api/image/inspect-")).length;
          await page.fill("[data-number=gSig]", "2");
          await page.press("[data-number=gSig]", "Tab");
          // The diameter follows.
          assert.equal(await page.inputValue("[data-number=gSiz]"), "9");
          await used.until("[data-seeds]", "data-seeds", `${wider}`);
          await used.untilTold("[data-command]", "--gSig 2 --min_corr 0.7 --min_pnr 12");
          const after = asked.filter((path) => path.startsWith("/api/image/inspect-")).length;
          assert(after > images, "other widths have other images");
          assert.deepEqual(used.troubles, []);
        }, { colorScheme: "dark" });
      });
    } finally {
      compute.destroy();
    }
  },
});
