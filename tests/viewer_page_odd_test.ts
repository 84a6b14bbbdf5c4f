/// <reference lib="dom" />
/** The viewer's page with results that are out of the ordinary: none, one, broken, very many. */
import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { serve } from "../src/viewer/serve.ts";
import { browserPath } from "./browser.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { manyCells } from "./viewer_page_many.ts";
import { onPage } from "./viewer_page_setting.ts";
import { withResultsViewer } from "./viewer_setting.ts";

const ignore = browserPath() === undefined;

Deno.test({
  name: "results without a cell, and without a judgement, are shown and say so",
  ignore,
  async fn() {
    await withResultsViewer(fakeExtraction({ cells: 0 }), async ({ served }) => {
      await onPage(served.url, async (used) => {
        await used.until(".field", "data-contours", "0");
        await used.untilTold(".table", "There are no cells");
        await used.press("ArrowDown", "a", "m", "u", "z", "Control+a");
        await used.untilTold(".outcome", "nothing to undo");
        await used.page.click("#tab-rule");
        await used.untilTold(".panel", "was not measured");
        assert.deepEqual(used.troubles, []);
      });
    });
  },
});

Deno.test({
  name: "traces that are no numbers leave a gap, and images that are none stay clear",
  ignore,
  async fn() {
    const fake = fakeExtraction({ cells: 2 }), { frames } = fake.movie;
    const broken: Extraction = {
      ...fake,
      traces: {
        ...fake.traces,
        raw: fake.traces.raw.map((value, i) => i < frames / 2 ? NaN : value),
        denoised: fake.traces.denoised.map((value, i) => i < frames ? NaN : value),
        spikes: fake.traces.spikes.map((value, i) => i < frames ? NaN : value),
      },
      summary: { ...fake.summary, correlation: fake.summary.correlation.map((value, i) => i % 3 ? value : NaN) },
      quality: { snr: Float32Array.of(NaN, 3), accepted: Uint8Array.of(0, 1) },
    };
    await withResultsViewer(broken, async ({ served }) => {
      await onPage(served.url, async (used) => {
        const { page } = used;
        await used.press("ArrowDown");
        await used.traces([0]);
        await used.press("Shift+ArrowDown");
        await used.traces([0, 1]);
        await page.click("[data-sort=snr]");
        assert.deepEqual(
          await used.texts(".rows .row .cell:nth-child(3)"),
          ["3", "–"],
          "what was not measured comes last",
        );
        // Where the image holds numbers it is painted, elsewhere it is clear.
        const alphas = await page.evaluate(() => {
          const canvas = document.querySelector<HTMLCanvasElement>(".sheet.image")!;
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
          return [...new Set(data.filter((_, i) => i % 4 === 3))].length;
        });
        assert(alphas > 1);
        assert.deepEqual(used.troubles, []);
      });
    });
  },
});

Deno.test({
  name: "when the server is gone, the page says that a decision was not saved",
  ignore,
  async fn() {
    const served = serve(manyCells(4, 100));
    await onPage(served.url, async (used) => {
      await used.press("ArrowDown");
      await used.traces([0]);
      await served.close();
      await used.press("r");
      await used.untilTold("footer [role=alert]", "does not answer");
      await used.until("[data-saving]", "data-saving", "failed");
    });
  },
});

Deno.test({
  name:
    "a thousand cells over 20 000 frames: only what is seen is on the page, and traces come in columns of the screen",
  ignore,
  async fn() {
    const served = serve(manyCells(1000, 20_000));
    try {
      await onPage(served.url, async (used) => {
        const { page } = used, asked: URL[] = [];
        page.on("request", (request) => asked.push(new URL(request.url())));
        await used.until(".field", "data-contours", "1000");
        assert(
          await page.evaluate(() => document.querySelectorAll("*").length) < 1000,
          "elements for cells nobody sees",
        );
        await page.evaluate(() => document.querySelector(".table")!.scrollTo(0, 1e6));
        await page.waitForSelector("[data-cell='999']");
        assert(await page.locator(".rows .row").count() < 60);

        await page.click("[data-cell='999'] .name");
        await used.traces([999]);
        await page.click("[data-sort=r_value]");
        await used.press("ArrowDown", "Control+a");
        await page.waitForFunction(() =>
          document.querySelector<HTMLElement>(".traces")!.dataset.traces!.split(",").length === 40
        );
        await used.untilTold(".told", "The first 40 of 1000 selected cells");
        for (const url of asked.filter(({ pathname }) => pathname === "/api/traces")) {
          assert(Number(url.searchParams.get("points")) <= 4000, url.search);
        }
        // A shorter time is asked for anew, around what is shown.
        const before = asked.length, plot = (await page.locator(".plot .u-over").boundingBox())!;
        await page.mouse.move(plot.x + plot.width * 0.4, plot.y + 40);
        await page.mouse.down();
        await page.mouse.move(plot.x + plot.width * 0.5, plot.y + 40, { steps: 4 });
        await page.mouse.up();
        const finer = await page.waitForRequest((request) => request.url().includes("/api/traces"), { timeout: 5000 })
          .catch(() => undefined);
        const url = finer
          ? new URL(finer.url())
          : asked.slice(before).find(({ pathname }) => pathname === "/api/traces")!;
        const from = Number(url.searchParams.get("from")), to = Number(url.searchParams.get("to"));
        assert(from > 6500 && from < 7500 && to > 10_500 && to < 11_500, `${from} to ${to}`);
        await used.screenshot("viewer-many");
        assert.deepEqual(used.troubles, []);
      });
    } finally {
      await served.close();
    }
  },
});
