/** The viewer's page in a real browser, for tests: results of a small simulated movie, and hands to use the page with. */
import { extract } from "../src/cnmfe/extract.ts";
import type { Extraction } from "../src/core/extraction.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { resolveParameters, resolveQualityParameters } from "../src/core/parameters.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { measureQuality } from "../src/quality/measure.ts";
import { simulated } from "./cnmfe_setting.ts";
import { type TestPage, withPage } from "./browser.ts";

/** Parameters the small movie is searched with. */
export const SEARCH = { gSig: 3, min_corr: 0.7, min_pnr: 4 };
const MEMORY = 300e6;

let made: Promise<{ extraction: Extraction; source: MovieSource }> | undefined;

/** Results of a small simulated movie, their quality measured, and the movie. Made once. */
export function smallResults(): Promise<{ extraction: Extraction; source: MovieSource }> {
  return made ??= (async () => {
    const { source } = await simulated({ width: 72, height: 64, frames: 300, cells: 9, seed: 4 });
    const compute = new CpuCompute(), options = { compute, memoryBytes: MEMORY };
    try {
      const found = await extract(source, resolveParameters({ ...SEARCH, max_iterations: 1 }, source.header), options);
      const measured = await measureQuality(source, found, resolveQualityParameters(), options);
      return { extraction: { ...found, ...measured }, source };
    } finally {
      compute.destroy();
    }
  })();
}

/** Hands on the page. */
export interface UsedPage extends TestPage {
  /** Presses keys one after another. */
  press(...keys: string[]): Promise<void>;
  /** Clicks on a pixel of the image. */
  clickAt(x: number, y: number, isMore?: boolean): Promise<void>;
  /** Moves the pointer to a pixel of the image. */
  pointAt(x: number, y: number): Promise<void>;
  /** Waits until an element's attribute is so; fails with what it is instead. */
  until(selector: string, attribute: string, value: string): Promise<void>;
  /** Waits until an element's text holds some words. */
  untilTold(selector: string, words: string | RegExp): Promise<void>;
  /** Numbers of the cells whose traces are shown, separated by commas. */
  traces(cells: readonly number[]): Promise<void>;
  /** Texts of elements. */
  texts(selector: string): Promise<string[]>;
}

/** Opens the page a server serves and hands it over. */
export async function onPage<R>(
  url: string,
  work: (used: UsedPage) => Promise<R>,
  options: Parameters<typeof withPage>[1] = {},
): Promise<R> {
  return await withPage(async (opened) => {
    const { page, troubles } = opened;
    page.setDefaultTimeout(10_000);
    await page.goto(url);
    await page.waitForSelector(".field[data-picture][data-painted]");
    const screenOf = async (x: number, y: number) => {
      const field = page.locator(".field"), box = (await field.boundingBox())!;
      const [scale, left, top] = (await field.getAttribute("data-view"))!.split(" ").map(Number);
      return { x: box.x + left + scale * x, y: box.y + top + scale * y };
    };
    // Requests that the page itself gave up, and traces of a cell that was merged while they were asked for, are no trouble. Chromium
    // also tells some requests to be aborted whose answers the page got: were one not to come, the page would complain (saving, inspector).
    let isGone = false;
    page.on("response", (response) => {
      if (response.status() === 404 && response.url().includes("/api/traces")) isGone = true;
    });
    const isGivenUp = (trouble: string) =>
      /\/api\/(traces|inspect|frame|saved)\b.*net::ERR_ABORTED$/.test(trouble) ||
      isGone && /status of 404/.test(trouble);
    return await work({
      ...opened,
      get troubles() {
        return troubles.filter((trouble) => !isGivenUp(trouble));
      },
      async press(...keys) {
        for (const key of keys) await page.keyboard.press(key);
      },
      async clickAt(x, y, isMore = false) {
        const point = await screenOf(x, y);
        if (isMore) await page.keyboard.down("Shift");
        await page.mouse.click(point.x, point.y);
        if (isMore) await page.keyboard.up("Shift");
      },
      async pointAt(x, y) {
        const point = await screenOf(x, y);
        await page.mouse.move(point.x, point.y);
      },
      async until(selector, attribute, value) {
        const found = await page.waitForFunction(
          ([s, a, v]) => document.querySelector(s)?.getAttribute(a) === v,
          [selector, attribute, value],
          { timeout: 5000 },
        ).catch(() => undefined);
        if (found) return;
        const is = await page.locator(selector).first().getAttribute(attribute).catch(() => "not there");
        throw new Error(`${attribute} of ${selector} should be "${value}" and is "${is}"`);
      },
      async untilTold(selector, words) {
        const source = words instanceof RegExp ? words.source : RegExp.escape(words);
        const found = await page.waitForFunction(
          ([s, w]) => new RegExp(w).test(document.querySelector(s)?.textContent ?? ""),
          [selector, source],
          { timeout: 10_000 },
        ).catch(() => undefined);
        if (!found) throw new Error(`${selector} should tell ${words} and tells "${await page.textContent(selector)}"`);
      },
      traces(cells) {
        return this.until(".traces", "data-traces", cells.join(","));
      },
      async texts(selector) {
        return await page.locator(selector).allTextContents();
      },
    });
  }, options);
}
