/** A real browser for tests of pages: Debian's Chromium, driven by Playwright's core. */
import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";

/** Where Chromium may be; `ANNULUS_CHROMIUM` names another one. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser's path, or undefined when there is none. In CI there has to be one: see `ANNULUS_NEEDS_CHROMIUM`. */
export function browserPath(): string | undefined {
  const named = Deno.env.get("ANNULUS_CHROMIUM");
  const found = (named === undefined ? PLACES : [named]).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  if (found === undefined && Deno.env.get("ANNULUS_NEEDS_CHROMIUM") === "1") {
    throw new Error("There is no Chromium, and ANNULUS_NEEDS_CHROMIUM says there has to be one");
  }
  return found;
}

/** A page, and what went wrong on it. */
export interface TestPage {
  readonly page: Page;
  /** Errors and warnings of the page's console, uncaught exceptions, and requests that failed. */
  readonly troubles: string[];
  /** Saves a picture of the page where CI keeps pictures (`ANNULUS_SCREENSHOTS`); nowhere when that is not set. */
  screenshot(name: string, options?: { readonly fullPage?: boolean }): Promise<void>;
}

/** Opens a browser with one page and hands it over; closes it afterwards. */
export async function withPage<R>(
  work: (page: TestPage) => Promise<R>,
  options: { readonly width?: number; readonly height?: number; readonly colorScheme?: "light" | "dark" } = {},
): Promise<R> {
  const { width = 1280, height = 860, colorScheme = "light" } = options, executablePath = browserPath();
  if (executablePath === undefined) {
    throw new Error("There is no Chromium: apt install chromium, or set ANNULUS_CHROMIUM");
  }
  const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme }), troubles: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
    });
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("requestfailed", (request) => troubles.push(`${request.url()}: ${request.failure()?.errorText}`));
    const folder = Deno.env.get("ANNULUS_SCREENSHOTS");
    return await work({
      page,
      troubles,
      async screenshot(name, { fullPage = false } = {}) {
        if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage });
      },
    });
  } finally {
    await browser.close();
  }
}
