/// <reference lib="dom" />
/** The report in a real browser, opened from a file. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Extraction } from "../src/core/extraction.ts";
import type { Motion } from "../src/core/motion.ts";
import { reportPage } from "../src/report/report.ts";
import { browserPath, type TestPage, withPage } from "./browser.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { judgedExtraction } from "./report_quality.ts";
import { inTemporary } from "./results_setting.ts";

/** The page's script is only ever text to the report: here it is checked as what it is. */
export type PageScript = typeof import("../src/report/page/main.ts");

/** How a report is opened. */
interface Opening {
  readonly motion?: Motion;
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/** Opens a report from a file; nothing may go wrong on it, and nothing may be requested. */
async function onReport(
  extraction: Extraction,
  work: (page: TestPage) => Promise<void>,
  { motion, ...options }: Opening = {},
): Promise<void> {
  await inTemporary(async (directory) => {
    const file = join(directory, "report.html"), address = pathToFileURL(file).href;
    await Deno.writeTextFile(file, reportPage(extraction, motion ? { motion } : {}));
    await withPage(async (opened) => {
      const asked: string[] = [];
      opened.page.on("request", (request) => asked.push(request.url()));
      await opened.page.goto(address);
      await work(opened);
      assert.deepEqual(asked.filter((url) => url !== address && !url.startsWith("data:")), []);
      assert.deepEqual(opened.troubles, []);
    }, options);
  });
}

const test = (name: string, fn: () => Promise<void>) => Deno.test({ name, ignore: browserPath() === undefined, fn });

/** Pixels of a canvas that something was drawn on. */
async function drawn({ page }: TestPage, selector: string): Promise<number> {
  return await page.locator(selector).first().evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
}

/** Numbers in the rows of the table that are shown, in order. */
async function listed({ page }: TestPage): Promise<string[]> {
  return await page.locator("#cell-table tbody tr:not([hidden]) th").allTextContents();
}

async function selected({ page }: TestPage): Promise<string> {
  return (await page.locator("#detail h3").textContent())!.replace(/ (accepted|set aside|not judged)$/, "");
}

test("a report opens from a file and shows its cells, images, traces and plots", () =>
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
  }, { motion: fakeMotion() }));

test("outlines, rows, traces, dots and numbers in sentences select a cell, and all show it", () =>
  onReport(judgedExtraction({ width: 120, height: 100 }), async (opened) => {
    const { page } = opened;
    const shows = async (number: string, index: number) => {
      assert.equal(await selected(opened), `Cell ${number}`);
      assert.equal(await page.locator("tr[aria-current] th").textContent(), number);
      assert.equal(await page.locator("#outlines path.selected").getAttribute("data-k"), `${index}`);
      assert.equal(await page.locator("#trace-list [aria-selected=true]").getAttribute("data-k"), `${index}`);
    };
    await page.waitForSelector("tr[aria-current]");
    await shows("0", 0);
    await page.locator("#outlines path[data-k='3']").click({ force: true });
    await shows("6", 3);
    await page.locator("#cell-5 td").first().click();
    await shows("5", 2);
    assert.equal(await page.locator("#detail .note").textContent(), "set aside: SNR below 1");
    await page.locator("#trace-list [data-k='4']").click();
    await shows("7", 4);
    await page.locator("#quality .dot[data-k='1']").click();
    await shows("1", 1);
    await page.locator("#detail button").nth(1).click();
    await shows("5", 2);
  }));

test("the keyboard sorts the table and moves through cells, on the map and in the lists", () =>
  onReport(judgedExtraction({ width: 120, height: 100 }), async (opened) => {
    const { page } = opened;
    await page.waitForSelector("tr[aria-current]");
    const snr = page.locator("th[data-key=snr] button");
    await snr.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("th[data-key=snr]").getAttribute("aria-sort"), "descending");
    assert.deepEqual(await listed(opened), ["7", "1", "6", "0", "8", "5"]);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("th[data-key=snr]").getAttribute("aria-sort"), "ascending");
    assert.deepEqual(await listed(opened), ["5", "8", "0", "6", "1", "7"]);
    assert.equal(await page.locator("[aria-sort]").count(), 1);
    // Cells without a value come last, whichever way.
    for (let i = 0; i < 2; i++) {
      await page.locator("th[data-key=ring_fit] button").press("Enter");
      assert.equal((await listed(opened)).at(-1), "0");
    }
    await page.locator("th[data-key=number] button").press("Enter");
    assert.deepEqual(await listed(opened), ["0", "1", "5", "6", "7", "8"]);
    // One row is reached by the tab key; arrows go on from there.
    assert.equal(await page.locator("#cell-table tbody tr[tabindex='0']").count(), 1);
    await page.locator("#cell-table tbody tr[tabindex='0']").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await selected(opened), "Cell 5");
    await page.keyboard.press("End");
    assert.equal(await selected(opened), "Cell 8");
    await page.locator("#trace-list").focus();
    await page.keyboard.press("ArrowUp");
    assert.equal(await selected(opened), "Cell 7");
    // The arrows of the map go to a cell on that side.
    const placeX = async () => Number((await page.locator("tr[aria-current] td").nth(1).textContent())!);
    await page.locator("#cell-0 td").first().click();
    await page.locator("#map").focus();
    for (const [key, sign] of [["ArrowLeft", -1], ["ArrowRight", 1]] as const) {
      for (let i = 0; i < 6; i++) {
        const before = await placeX();
        await page.keyboard.press(key);
        assert.ok(sign * (await placeX() - before) >= 0, `${key} went the other way`);
      }
    }
    const xs = (await page.locator("#cell-table tbody tr td:nth-child(3)").allTextContents()).map(Number);
    assert.equal(await placeX(), Math.max(...xs));
  }));

test("cells set aside can be listed alone, and hidden on the map", () =>
  onReport(judgedExtraction(), async (opened) => {
    const { page } = opened;
    await page.waitForSelector("tr[aria-current]");
    await page.check("input[value=aside]");
    assert.deepEqual(await listed(opened), ["5", "8"]);
    assert.equal(await page.locator("#trace-list [role=option]").count(), 2);
    assert.equal(await page.locator("#table-note").textContent(), "2 of 6 cells");
    await page.check("input[value=kept]");
    assert.deepEqual(await listed(opened), ["0", "1", "6", "7"]);
    await page.uncheck("#show-aside");
    assert.equal(await page.locator("#outlines path.aside").first().isVisible(), false);
    await page.selectOption("#map-choice", "mean");
    assert.equal(await page.locator("#map-image").getAttribute("href"), "#image-mean");
  }));

test("the map is enlarged by buttons, keys and the wheel, moved by dragging, and follows the selected cell", () =>
  onReport(judgedExtraction({ width: 120, height: 100, cells: 20 }), async (opened) => {
    const { page } = opened, map = page.locator("#map");
    const view = async () => (await map.getAttribute("viewBox"))!.split(" ").map(Number);
    await page.waitForSelector("tr[aria-current]");
    assert.deepEqual(await view(), [-0.5, -0.5, 120, 100]);
    await page.click("button[data-zoom=in]");
    const [left, top, width, height] = await view();
    assert.ok(Math.abs(width - 75) < 1e-6 && Math.abs(height - 62.5) < 1e-6, "1.6 times");
    assert.ok(Math.abs(left - 22) < 1e-6 && Math.abs(top - 18.25) < 1e-6, "around its middle");
    await map.scrollIntoViewIfNeeded();
    const box = (await map.boundingBox())!, was = await selected(opened);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 40, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const [moved] = await view();
    assert.ok(Math.abs(moved - (left - 40 * width / box.width)) < 0.01, "dragged along");
    assert.equal(await selected(opened), was, "dragging selects nothing");
    // Whatever is selected comes into view.
    for (let i = 0; i < 4; i++) await page.click("button[data-zoom=in]");
    for (const k of [7, 13, 2]) {
      await page.locator(`#cell-table tbody tr[data-k='${k}'] td`).first().click();
      const [x, y] = await Promise.all([2, 3].map(async (column) => {
        return Number(await page.locator(`tr[aria-current] td:nth-child(${column + 1})`).textContent());
      }));
      const [l, t, w, h] = await view();
      assert.ok(x >= l && x <= l + w && y >= t && y <= t + h, `cell at ${x}, ${y} of ${[l, t, w, h]}`);
    }
    await map.focus();
    await page.keyboard.press("0");
    assert.deepEqual(await view(), [-0.5, -0.5, 120, 100]);
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await page.waitForSelector("#map.enlarged");
    assert.ok((await view())[0] < 2, "the place under the pointer stays");
  }));

test("time is enlarged by buttons, keys and dragging", () =>
  onReport(judgedExtraction({ frames: 2000 }), async (opened) => {
    const { page } = opened, note = () => page.locator("#time-note").textContent();
    await page.waitForSelector("tr[aria-current]");
    const all = await note();
    assert.match(all!, /^0 s to 3:20 min$/);
    await page.click("button[data-time=in]");
    assert.equal(await note(), "50.1 s to 2:30 min");
    await page.locator("#trace-list").focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await note(), "25 s to 2:05 min");
    await page.keyboard.press("0");
    assert.equal(await note(), all);
    await page.locator("#detail .surface").scrollIntoViewIfNeeded();
    const box = (await page.locator("#detail .surface").boundingBox())!, left = box.x + 52, width = box.width - 52;
    await page.mouse.move(left + width / 4, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(left + width / 3, box.y + 60);
    await page.mouse.move(left + width / 2, box.y + 60);
    await page.mouse.up();
    assert.match((await note())!, /^(49|50|51)(\.\d)? s to (99|100|101)(\.\d)? s$/);
    assert.ok(await drawn(opened, "#detail canvas") > 500);
    await page.click("button[data-time=all]");
    assert.equal(await note(), all);
  }));

test("a report is legible in the dark and on a narrow screen, and prints what the script shows otherwise", async () => {
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
});

test("the essential parts need no script", () =>
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

test("names that are scripts do nothing, and the page may ask for nothing", () => {
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

test("pages without cells, with one, and with traces or images that hold no number work", async () => {
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
