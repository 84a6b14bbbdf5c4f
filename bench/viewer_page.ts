/// <reference lib="dom" />
/**
 * How long the viewer's page takes from an event to what it shows of it, with very many cells and frames, in headless Chromium:
 * `deno run -A bench/viewer_page.ts [cells] [frames]`, 1000 and 20 000 by default. Times are from the event to after the next frame was
 * painted, which is up to 17 ms at 60 frames a second when nothing else is to be done.
 */
import { onPage } from "../tests/viewer_page_setting.ts";
import { manyCells } from "../tests/viewer_page_many.ts";
import { serve } from "../src/viewer/serve.ts";

const TIMES = 30;
/** What is done, as the page's own code sees it; `i` counts. */
const ACTS: readonly (readonly [name: string, act: string])[] = [
  [
    "hover",
    `const f = document.querySelector(".field"), b = f.getBoundingClientRect();
     f.dispatchEvent(new PointerEvent("pointermove", { clientX: b.x + 240 + 9 * i, clientY: b.y + 60 + 7 * i, pointerId: 1 }));`,
  ],
  ["next cell", key("ArrowDown")],
  ["reject", key("r")],
  [
    "zoom the image",
    `const f = document.querySelector(".field"), b = f.getBoundingClientRect();
     f.dispatchEvent(new WheelEvent("wheel", { deltaY: i % 2 ? 60 : -60, clientX: b.x + 300, clientY: b.y + 100, cancelable: true }));`,
  ],
  ["sort the list", `document.querySelector("[data-sort=snr]").click();`],
  ["scroll the list", `document.querySelector(".table").scrollTop = i * 600;`],
  ["next frame", key("ArrowRight")],
  [
    "colour by a measure",
    `const s = document.querySelector(".contours select"); s.value = i % 2 ? "snr" : "r_value";
     s.dispatchEvent(new Event("change", { bubbles: true }));`,
  ],
];
const ZOOM_TRACES = `const p = document.querySelector(".plot .u-over"), b = p.getBoundingClientRect();
  p.dispatchEvent(new WheelEvent("wheel",
    { deltaY: i % 2 ? 80 : -80, clientX: b.x + 300, clientY: b.y + 50, bubbles: true, cancelable: true }));`;

function key(name: string): string {
  return `document.dispatchEvent(new KeyboardEvent("keydown", { key: "${name}", bubbles: true }));`;
}

/** Milliseconds from each act to after the next paint, ascending. Runs on the page. */
async function timesOf([act, count]: readonly [string, number]): Promise<number[]> {
  const run = new Function("i", act), times: number[] = [];
  const painted = () =>
    new Promise((resolve) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(0);
      })
    );
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    run(i);
    await painted();
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  return times.sort((a, b) => a - b);
}

const [cells = 1000, frames = 20_000] = Deno.args.map(Number);
const served = serve(manyCells(cells, frames));
try {
  await onPage(served.url, async ({ page, press }) => {
    const measure = async (name: string, act: string) => {
      const times = await page.evaluate(timesOf, [act, TIMES] as const), show = (at: number) => times[at].toFixed(1);
      console.log(`| ${name} | ${show(TIMES >> 1)} | ${show(Math.floor(0.95 * TIMES))} | ${show(TIMES - 1)} |`);
    };
    console.log(`${cells} cells, ${frames} frames\n\n| event | median (ms) | 95 % | worst |\n|---|---|---|---|`);
    for (const [name, act] of ACTS) await measure(name, act);
    for (const [count, select] of [[1, "Escape"], [40, "Control+a"]] as const) {
      await press(select, ...count === 1 ? ["ArrowDown"] : []);
      await page.waitForFunction(
        (n) => document.querySelector<HTMLElement>(".traces")!.dataset.traces!.split(",").length === n,
        count,
      );
      await page.waitForTimeout(300);
      await measure(`zoom ${count === 1 ? "one trace" : `${count} traces`}`, ZOOM_TRACES);
    }
    const elements = await page.evaluate(() => document.querySelectorAll("*").length);
    console.log(`\n${elements} elements on the page`);
  });
} finally {
  await served.close();
}
