/// <reference lib="dom" />
/** Opens reports in a real browser, for tests. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Extraction } from "../src/core/extraction.ts";
import type { Motion } from "../src/core/motion.ts";
import { reportPage } from "../src/report/report.ts";
import { browserPath, type TestPage, withPage } from "./browser.ts";
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
export async function onReport(
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
      // Pages that are still scrolling have nothing where the mouse is sent to.
      await opened.page.emulateMedia({ reducedMotion: "reduce" });
      await opened.page.goto(address);
      await work(opened);
      assert.deepEqual(asked.filter((url) => url !== address && !url.startsWith("data:")), []);
      assert.deepEqual(opened.troubles, []);
    }, options);
  });
}

/** A test that needs a browser. */
export const browserTest = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: browserPath() === undefined, fn });

/** Pixels of a canvas that something was drawn on. */
export async function drawn({ page }: TestPage, selector: string): Promise<number> {
  return await page.locator(selector).first().evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
}

/** Numbers in the rows of the table that are shown, in order. */
export async function listed({ page }: TestPage): Promise<string[]> {
  return await page.locator("#cell-table tbody tr:not([hidden]) th").allTextContents();
}

export async function selected({ page }: TestPage): Promise<string> {
  return (await page.locator("#detail h3").textContent())!.replace(/ (accepted|set aside|not judged)$/, "");
}
