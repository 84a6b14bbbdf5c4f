/// <reference lib="dom" />
/** The viewer's page in a real browser, against the real server with results of a simulated movie. */
import assert from "node:assert/strict";
import { loadResults } from "../src/results/load.ts";
import { browserPath } from "./browser.ts";
import { onPage, smallResults } from "./viewer_page_setting.ts";
import { withResultsViewer } from "./viewer_setting.ts";

const ignore = browserPath() === undefined;

Deno.test({
  name:
    "the page shows the cells; pointing tells, clicking selects and shows the trace, the list sorts, filters and finds",
  ignore,
  async fn() {
    const { extraction, source } = await smallResults(), count = extraction.footprints.count;
    assert(count >= 5, `only ${count} cells to test with`);
    await withResultsViewer(extraction, async ({ served, get }) => {
      const cells = await get("/api/cells");
      await onPage(served.url, async (used) => {
        const { page } = used;
        await used.until(".field", "data-contours", `${count}`);
        await used.until(".field", "data-picture", "image correlation");
        assert.equal(await page.locator(".rows .row").count(), count);

        const [first, second] = cells;
        await used.pointAt(first.x, first.y);
        await used.untilTold(".readout", first.name);
        await used.untilTold(".readout", /SNR/);
        await used.clickAt(first.x, first.y);
        await used.traces([first.number]);
        await used.until(`[data-cell="${first.number}"]`, "aria-selected", "true");
        assert.equal(await page.locator(".plot canvas").count(), 1);
        await used.clickAt(second.x, second.y, true);
        await used.traces([first.number, second.number]);
        await used.screenshot("viewer-cells");
        // The other way around: a row of the list.
        await page.click(`[data-cell="${cells[2].number}"] .name`);
        await used.traces([cells[2].number]);

        await page.click("[data-sort=snr]");
        const shown = (await used.texts(".rows .row .cell:nth-child(4)")).map(Number);
        assert.deepEqual(shown, shown.toSorted((a, b) => b - a), "best first");
        await page.click("[data-sort=snr]");
        await used.until("[role=columnheader]:has([data-sort=snr])", "aria-sort", "ascending");

        const accepted = cells.filter((cell: { accepted: boolean }) => cell.accepted).length;
        assert.equal(await page.textContent("[data-count=accepted]"), `${accepted}`);
        await page.check("[name=shown][value=rejected]", { force: true });
        await used.until(".field", "data-contours", `${count - accepted}`);
        await page.check("[name=shown][value=all]", { force: true });
        await page.fill(".search", `${second.number}`);
        assert((await used.texts(".rows .row .name")).every((name) => name.includes(`${second.number}`)));
        assert.deepEqual(used.troubles, []);
      });
    }, source);
  },
});

Deno.test({
  name: "two cells are merged by keys, saved, there after reloading, and taken apart again by undo",
  ignore,
  async fn() {
    const { extraction, source } = await smallResults(), count = extraction.footprints.count;
    await withResultsViewer(extraction, async ({ served, get, file }) => {
      const cells = await get("/api/cells"),
        distance = (a: { x: number; y: number }, b: { x: number; y: number }) => Math.hypot(a.x - b.x, a.y - b.y);
      const [one] = cells;
      const near = cells.slice(1).sort((a: typeof one, b: typeof one) => distance(a, one) - distance(b, one))[0];
      await onPage(served.url, async (used) => {
        const { page } = used;
        await used.clickAt(one.x, one.y);
        await used.clickAt(near.x, near.y, true);
        await used.traces([one.number, near.number]);
        await used.press("m");
        await used.until(".field", "data-contours", `${count - 1}`);
        await used.untilTold(".outcome", /.+/);
        await used.until("[data-saving]", "data-saving", "saved");
        const saved = await loadResults(file);
        assert.equal(saved.footprints.count, count - 1);
        assert.equal(saved.edits?.at(-1)?.edit.action, "merge");

        // The one cell that was made of two is selected, and can be two again.
        await used.press("s");
        await used.until(".field", "data-contours", `${count}`);
        await used.press("u");
        await used.until(".field", "data-contours", `${count - 1}`);
        await used.until("[data-saving]", "data-saving", "saved");
        await page.reload();
        await used.until(".field", "data-contours", `${count - 1}`);
        await page.click("#tab-edits");
        assert.equal(await page.locator(".log li").count(), 1);

        await used.press("u");
        await used.until(".field", "data-contours", `${count}`);
        await used.until("[data-saving]", "data-saving", "saved");
        assert.equal((await loadResults(file)).footprints.count, count);
        await used.press("Control+Shift+Z");
        await used.until(".field", "data-contours", `${count - 1}`);
        await used.press("Control+z");
        await used.until(".field", "data-contours", `${count}`);
        assert.deepEqual(used.troubles, []);
      });
      assert.equal((await loadResults(file)).footprints.count, count);
    }, source);
  },
});

Deno.test({
  name: "keys alone: through the cells, decide, split, add, delete, undo, tabs, help, light and dark",
  ignore,
  async fn() {
    const { extraction, source } = await smallResults(), count = extraction.footprints.count;
    await withResultsViewer(extraction, async ({ served, get, file }) => {
      const cells = await get("/api/cells"), numbers = cells.map(({ number }: { number: number }) => number);
      await onPage(served.url, async (used) => {
        const { page } = used, accepted = async () => Number(await page.textContent("[data-count=accepted]"));
        await used.press("ArrowDown", "ArrowDown");
        await used.traces([numbers[1]]);
        await used.press("Shift+ArrowDown");
        await used.traces([numbers[1], numbers[2]]);
        await used.press("ArrowUp");
        await used.traces([numbers[1]]);

        const before = await accepted(), state = `[data-cell="${numbers[1]}"]`;
        await used.press(cells[1].accepted ? "r" : "a");
        await page.waitForSelector(`${state}.${cells[1].accepted ? "rejected" : "accepted"}`);
        assert.equal(await accepted(), before + (cells[1].accepted ? -1 : 1));
        await used.until("[data-saving]", "data-saving", "saved");
        assert.equal((await loadResults(file)).quality?.accepted?.[1], cells[1].accepted ? 0 : 1);
        await used.press("u");
        await page.waitForSelector(`${state}.${cells[1].accepted ? "accepted" : "rejected"}`);

        // One round cell cannot be split: the reason is told, and goes with the next thing that works.
        await used.press("s");
        await used.untilTold("footer [role=alert]", "cannot be split");
        await used.press("d");
        await used.until(".field", "data-contours", `${count - 1}`);
        await used.press("u");
        await used.until(".field", "data-contours", `${count}`);

        // Tabs by Tab and arrows, as every tab list has them.
        await page.focus("#tab-cells");
        await used.press("ArrowRight");
        await used.until("#tab-rule", "aria-selected", "true");
        assert.equal(await page.evaluate(() => document.activeElement?.id), "tab-rule");
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
        assert.equal(outline, "solid", "what has the focus is seen");
        await used.press("ArrowLeft", "?");
        await page.waitForSelector("dialog[open]");
        await used.screenshot("viewer-keys");
        await used.press("Escape");
        await page.waitForSelector("dialog:not([open])", { state: "attached" });

        await used.press("t");
        await used.until("html", "data-theme", "dark");
        await used.screenshot("viewer-dark");
        await page.reload();
        await used.until("html", "data-theme", "dark");
        // Every control can be reached, and the walk comes around.
        await page.waitForSelector(".field[data-picture]");
        const reached = new Set<string>();
        for (let i = 0; i < 70; i++) {
          await used.press("Tab");
          reached.add(
            await page.evaluate(() => document.activeElement?.className || document.activeElement?.tagName || ""),
          );
        }
        for (const one of ["field", "table", "scrub", "search", "sort"]) {
          assert(reached.has(one), `Tab never reaches ${one}: ${[...reached].join(", ")}`);
        }
        // The browser itself reports the split that was refused.
        assert.equal(used.troubles.length, 1, used.troubles.join("\n"));
        assert.match(used.troubles[0], /status of 4\d\d/);
      });
    }, source);
  },
});

Deno.test({
  name: "the movie is scrubbed, frames of every kind are shown, and its time is in the traces",
  ignore,
  async fn() {
    const { extraction, source } = await smallResults(), { frames } = extraction.movie;
    await withResultsViewer(extraction, async ({ served }) => {
      await onPage(served.url, async (used) => {
        const { page } = used;
        await used.press("ArrowDown");
        await page.selectOption("[data-control=layer]", "frame movie");
        await used.until(".field", "data-picture", "frame movie");
        await used.press("ArrowRight", "Shift+ArrowRight");
        await used.until("[data-frame]", "data-frame", "11");
        await page.fill(".scrub", "200");
        await used.until("[data-frame]", "data-frame", "200");
        await used.until(".field", "data-at", "200");
        for (const kind of ["background-subtracted", "cells", "residual", "background"]) {
          await page.selectOption("[data-control=layer]", `frame ${kind}`);
          await used.until(".field", "data-picture", `frame ${kind}`);
        }
        await used.traces([0]);
        const line = (await page.locator(".time-line").boundingBox())!,
          over = (await page.locator(".u-over").boundingBox())!;
        assert(Math.abs((line.x - over.x) / over.width - 200 / frames) < 0.01, "the movie's time is in the traces");
        // A click on the traces goes to that time.
        const box = (await page.locator(".plot .u-over").boundingBox())!;
        await page.mouse.click(box.x + box.width / 2, box.y + 20);
        await page.waitForFunction(
          (half) => Math.abs(Number(document.querySelector<HTMLElement>("[data-frame]")!.dataset.frame) - half) <= 2,
          frames / 2,
        );
        // A box that was ticked by the pointer does not keep the keys.
        await page.click(".traces .tick:has-text('raw') input");
        assert.equal(await page.evaluate(() => document.activeElement?.tagName), "BODY");
        await used.press(" ");
        await page.waitForFunction(
          (half) => Number(document.querySelector<HTMLElement>("[data-frame]")!.dataset.frame) > half + 3,
          frames / 2,
        );
        await used.press(" ");
        assert.deepEqual(used.troubles, []);
      });
    }, source);
  },
});

Deno.test({
  name: "thresholds of the rule act at once, and are saved",
  ignore,
  async fn() {
    const { extraction, source } = await smallResults(), count = extraction.footprints.count;
    await withResultsViewer(extraction, async ({ served, file }) => {
      await onPage(served.url, async (used) => {
        const { page } = used;
        await page.click("#tab-rule");
        await page.fill("[data-threshold=SNR_lowest]", "15");
        // The lowest SNR takes the good one with it: a rule that contradicts itself is refused.
        assert.equal(await page.inputValue("[data-threshold=min_SNR]"), "15");
        await used.untilTold(".counts", new RegExp(`^0 accepted, ${count} set aside`));
        await used.until("[data-saving]", "data-saving", "saved");
        assert.deepEqual([...(await loadResults(file)).quality!.accepted!], new Array(count).fill(0));
        await page.click("text=As at the start");
        const accepted = extraction.quality!.accepted!.reduce((sum, one) => sum + one, 0);
        await used.untilTold(".counts", new RegExp(`^${accepted} accepted`));
        await used.screenshot("viewer-rule");
        assert.deepEqual(used.troubles, []);
      });
    }, source);
  },
});

Deno.test({
  name:
    "without the movie the page says why, shows what it can, and does not offer what needs it; narrow windows are usable",
  ignore,
  async fn() {
    const { extraction } = await smallResults(), count = extraction.footprints.count;
    await withResultsViewer(extraction, async ({ served }) => {
      await onPage(served.url, async (used) => {
        const { page } = used;
        await used.until(".field", "data-contours", `${count}`);
        await used.untilTold("footer", "The movie of these results is not there");
        await used.press("ArrowDown", "Shift+ArrowDown");
        assert(await page.isDisabled("button:has-text('Merge')"));
        assert(await page.isDisabled(".play"));
        await used.press("m");
        await used.untilTold(".outcome", "needs the movie");
        await used.press("r");
        await page.waitForSelector(".row.rejected.selected");
        const wide = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
        assert(wide, "nothing is wider than the window");
        await used.screenshot("viewer-narrow", { fullPage: true });
        assert.deepEqual(used.troubles, []);
      }, { width: 420, height: 900 });
    });
  },
});

Deno.test({
  name:
    "the image is zoomed and moved by wheel, drag and keys, contrast and parts of the page by their handles; clicks still hit",
  ignore,
  async fn() {
    const { extraction } = await smallResults();
    await withResultsViewer(extraction, async ({ served, get }) => {
      const [cell] = await get("/api/cells");
      await onPage(served.url, async (used) => {
        const { page } = used, field = page.locator(".field");
        const view = async () => (await field.getAttribute("data-view"))!.split(" ").map(Number);
        const [fitted] = await view();
        await used.pointAt(cell.x, cell.y);
        await page.mouse.wheel(0, -300);
        await page.waitForFunction(
          (s) => parseFloat(document.querySelector<HTMLElement>(".field")!.dataset.view!) > s,
          fitted * 1.5,
        );
        const before = await view(), box = (await field.boundingBox())!;
        await page.mouse.move(box.x + 50, box.y + 50);
        await page.mouse.down();
        await page.mouse.move(box.x + 90, box.y + 70, { steps: 3 });
        await page.mouse.up();
        const moved = await view();
        assert.deepEqual([moved[1] - before[1], moved[2] - before[2]].map(Math.round), [40, 20]);
        await used.until(".traces", "data-traces", "");
        await used.clickAt(cell.x, cell.y);
        await used.traces([cell.number]);
        await used.press("0");
        assert.equal((await view())[0], fitted);
        await used.press("z");
        assert((await view())[0] > fitted);
        await used.press("Control+ArrowLeft", "f");

        // Half the contrast's width makes what is brightest saturate.
        const bright = () =>
          page.evaluate(() => {
            const canvas = document.querySelector<HTMLCanvasElement>(".sheet.image")!;
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {
              willReadFrequently: true,
            })!;
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, i) => i % 4 === 0 && value === 255).length;
          });
        const painted = await field.getAttribute("data-painted"), few = await bright();
        await page.fill(".track .high", "250");
        await page.waitForFunction(
          (n) => document.querySelector<HTMLElement>(".field")!.dataset.painted !== n,
          painted,
        );
        assert(await bright() > few);

        const height = (await page.locator(".traces").boundingBox())!.height;
        await page.focus(".splitter.rows");
        await used.press("ArrowUp");
        const more = (await page.locator(".traces").boundingBox())!.height;
        assert.equal(Math.round(more - height), 24);
        const canvas = (await page.locator(".plot canvas").boundingBox())!,
          plot = (await page.locator(".plot").boundingBox())!;
        assert(canvas.height <= plot.height + 1 && canvas.height > plot.height - 4, "the plot fills its room");
        assert.deepEqual(used.troubles, []);
      });
    });
  },
});
