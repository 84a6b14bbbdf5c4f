/// <reference lib="dom" />
/** The report in a real browser, opened from a file: what it shows, how, and that nothing else happens. */
import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { browserTest, drawn, listed, onReport } from "./report_page_setting.ts";
import { judgedExtraction } from "./report_quality.ts";

browserTest(
  "a report opens from a file and shows its cells, images, traces and plots",
  () =>
    onReport(judgedExtraction(), async (opened) => {
      const { page } = opened;
      await page.waitForSelector("tr[aria-current]");
      assert.equal(await page.locator("#outlines path").count(), 6);
      assert.equal(await page.locator("#outlines path.aside").count(), 2);
      assert.deepEqual(await listed(opened), ["0", "1", "5", "6", "7", "8"]);
      assert.equal(await page.locator("#images .image").count(), 5);
      assert.equal(await page.locator("#residual .peak").count(), 2, "a peak in both images of the residual");
      assert.equal(await page.locator("#motion svg.plot").count(), 2);
      assert.ok(await page.locator("#quality svg.plot").count() >= 6);
      assert.ok(await drawn(opened, "#detail canvas") > 500);
      assert.ok(await drawn(opened, "#trace-list canvas") > 500);
      // Images are there, not only their frames: the map is not one colour.
      const shot = await page.locator("#map").screenshot();
      assert.ok(shot.length > 5000, `${shot.length} bytes`);
      await opened.screenshot("report-light", { fullPage: true });
    }, { motion: fakeMotion() }),
);

browserTest(
  "a report is legible in the dark and on a narrow screen, and prints what the script shows otherwise",
  async () => {
    await onReport(judgedExtraction({ cells: 40 }), async (opened) => {
      const { page } = opened;
      await page.waitForSelector("tr[aria-current]");
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(ground, "rgb(19, 23, 26)");
      await opened.screenshot("report-dark", { fullPage: true });
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator("nav").isVisible(), false);
      assert.equal(await page.locator("#trace-list").isVisible(), false);
      assert.equal(await page.locator(".static svg").isVisible(), true);
      assert.equal(await page.locator("#cell-table tbody tr").last().isVisible(), true);
      await opened.screenshot("report-print", { fullPage: true });
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      assert.ok(pdf.length > 50_000, `${pdf.length} bytes`);
    }, { colorScheme: "dark", motion: fakeMotion() });
    await onReport(judgedExtraction({ cells: 40 }), async (opened) => {
      const { page } = opened;
      await page.waitForSelector("tr[aria-current]");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 400);
      await opened.screenshot("report-narrow", { fullPage: true });
    }, { width: 400, motion: fakeMotion() });
  },
);

browserTest("the essential parts need no script", () =>
  onReport(judgedExtraction(), async ({ page }) => {
    const context = await page.context().browser()!.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(page.url());
    for (const part of ["#map", "#cell-table", ".static svg", "#quality svg.plot", "#run table"]) {
      assert.equal(await plain.locator(part).first().isVisible(), true, part);
    }
    assert.equal(await plain.locator("#detail").isVisible(), false);
    await context.close();
  }));

browserTest("names that are scripts do nothing, and the page may ask for nothing", () => {
  const hostile = `</script><img src=x onerror="document.title='seized'">`, plain = judgedExtraction();
  const extraction: Extraction = {
    ...plain,
    movie: { ...plain.movie, name: hostile, metadata: { [hostile]: hostile }, notes: [hostile] },
    quality: { ...plain.quality!, reasons: plain.quality!.reasons!.map(() => hostile) },
    notes: [hostile],
  };
  return onReport(extraction, async ({ page, troubles }) => {
    await page.waitForSelector("tr[aria-current]");
    assert.notEqual(await page.title(), "seized");
    assert.equal(await page.locator("#detail .note").textContent(), hostile);
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(troubles, []);
    const answers = await page.evaluate(async () => {
      const asked = await fetch("http://127.0.0.1:9/").then(() => "answered", () => "refused");
      const script = document.createElement("script");
      script.textContent = "document.title = 'seized'";
      document.body.append(script);
      return [asked, document.title];
    });
    assert.equal(answers[0], "refused");
    assert.notEqual(answers[1], "seized");
    assert.ok(
      troubles.length >= 2 && troubles.every((one) => /Content Security Policy|violates|csp/i.test(one)),
      `${troubles}`,
    );
    troubles.length = 0;
  });
});

browserTest("pages without cells, with one, and with traces or images that hold no number work", async () => {
  const broken = fakeExtraction({ cells: 2 }), blank = fakeExtraction({ cells: 3 });
  broken.traces.raw.fill(NaN);
  broken.traces.denoised.fill(NaN);
  for (const image of [blank.b0, ...Object.values(blank.summary)]) image.fill(NaN);
  const cases = [
    fakeExtraction({ cells: 0 }),
    fakeExtraction({ cells: 1 }),
    fakeExtraction({ frames: 1 }),
    broken,
    blank,
  ];
  for (const extraction of cases) {
    await onReport(extraction, async ({ page }) => {
      await page.waitForSelector(".live");
      assert.equal(await page.locator("#cell-table tbody tr").count(), extraction.footprints.count);
      // The map works also without cells.
      await page.click("button[data-zoom=in]");
      await page.waitForSelector("#map.enlarged");
      assert.equal(await page.locator("#detail h3").count(), extraction.footprints.count > 0 ? 1 : 0);
    });
  }
});
