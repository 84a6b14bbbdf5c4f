/// <reference lib="dom" />
/** The report used in a real browser: cells selected, sorted and filtered, map and time enlarged, by mouse and keyboard. */
import assert from "node:assert/strict";
import { browserTest, drawn, listed, onReport, selected } from "./report_page_setting.ts";
import { judgedExtraction } from "./report_quality.ts";

browserTest(
  "outlines, rows, traces, dots and numbers in sentences select a cell, and all show it",
  () =>
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
    }),
);

browserTest(
  "the keyboard sorts the table and moves through cells, on the map and in the lists",
  () =>
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
    }),
);

browserTest(
  "cells set aside can be listed alone, and hidden on the map",
  () =>
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
    }),
);

browserTest(
  "the map is enlarged by buttons, keys and the wheel, moved by dragging, and follows the selected cell",
  () =>
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
      const { width: shown, height: tall } = (await map.boundingBox())!;
      await map.hover({ position: { x: 0.75 * shown, y: 0.5 * tall }, force: true });
      await page.keyboard.down("Control");
      await page.mouse.wheel(0, -300);
      await page.keyboard.up("Control");
      await page.waitForSelector("#map.enlarged");
      const [from, , span] = await view();
      assert.ok(Math.abs(from + 0.75 * span - 89.5) < 1, "the place under the pointer stays");
    }),
);

browserTest(
  "time is enlarged by buttons, keys and dragging",
  () =>
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
    }),
);
