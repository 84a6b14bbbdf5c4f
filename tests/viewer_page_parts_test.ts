/** Parts of the viewer's page that need no page: orders, views, keys, colours, times, lines. */
import assert from "node:assert/strict";
import type { CellMessage, SessionMessage, TracesMessage } from "../src/viewer/messages.ts";
import { frameAt, secondsOf, showTime } from "../src/viewer/page/app.ts";
import { CellFinder } from "../src/viewer/page/cell_finder.ts";
import { cellsAfter, judgements, listed, measureNames, measureRange } from "../src/viewer/page/cell_order.ts";
import { colourMap, MAP_NAMES } from "../src/viewer/page/colour_maps.ts";
import { COMMANDS } from "../src/viewer/page/commands.ts";
import { fitted, imagePoint, panned, zoomed } from "../src/viewer/page/image_view.ts";
import { commandLine } from "../src/viewer/page/inspect.ts";
import { keyName } from "../src/viewer/page/keys.ts";
import { measureMeaning, measureTitle, showNumber } from "../src/viewer/page/numbers.ts";
import { robustContrast } from "../src/viewer/page/pictures.ts";
import { THRESHOLDS, withThreshold } from "../src/viewer/page/rule_panel.ts";
import { bandsOf, heightOf, linesOf } from "../src/viewer/page/trace_stack.ts";
import { QUALITY_MEASURES } from "../src/core/quality.ts";
import { QUALITY_TABLE } from "../src/core/quality_parameters.ts";

function cell(number: number, snr: number | null, accepted?: boolean): CellMessage {
  const square = [0, 0, 10, 0, 10, 10, 0, 10].map((at, i) => at + (i % 2 === 0 ? 8 * number : 0));
  const facts = {
    number,
    name: `C00${number}`,
    x: 8 * number + 5,
    y: 5,
    contour: [square],
    quality: { accepted: 1, snr },
  };
  return accepted === undefined ? facts : { ...facts, accepted };
}

Deno.test("cells are listed by what is asked for: judged so, found, sorted, without a value last", () => {
  const cells = [cell(0, 2, true), cell(1, null, false), cell(2, 9), cell(3, 5, true)];
  const numbers = (...given: [Parameters<typeof listed>[1], string, string, boolean]) =>
    listed(cells, given[0], given[1], { by: given[2], descending: given[3] }).map(({ number }) => number);
  assert.deepEqual(numbers("all", "", "number", false), [0, 1, 2, 3]);
  assert.deepEqual(numbers("all", "", "snr", true), [2, 3, 0, 1]);
  assert.deepEqual(numbers("all", "", "snr", false), [0, 3, 2, 1]);
  assert.deepEqual(numbers("all", "", "state", false), [0, 3, 2, 1]);
  assert.deepEqual(numbers("accepted", "", "number", true), [3, 0]);
  assert.deepEqual(numbers("open", "", "number", false), [2]);
  assert.deepEqual(numbers("all", "c002", "number", false), [2]);
  assert.deepEqual(numbers("all", " 3 ", "number", false), [3]);
  assert.deepEqual(judgements(cells), { accepted: 2, rejected: 1, open: 1 });
  assert.deepEqual(measureNames(cells), ["snr"]);
  assert.deepEqual(measureRange(cells, "snr"), [2, 9]);
  assert.equal(measureRange(cells, "size"), undefined);
  const after = cellsAfter(cells, [cell(4, 1), cell(0, 7)], [2]);
  assert.deepEqual(after.map(({ number, quality }) => [number, quality.snr]), [[0, 7], [1, null], [3, 5], [4, 1]]);
});

Deno.test("the cell at a point is the one around it, the nearer one where two overlap", () => {
  const finder = new CellFinder([cell(0, 1), cell(1, 1), { ...cell(2, 1), contour: [] }]);
  assert.equal(finder.at(2, 5)?.number, 0);
  assert.equal(finder.at(8.5, 5)?.number, 0);
  assert.equal(finder.at(9.8, 5)?.number, 1);
  assert.equal(finder.at(17, 9)?.number, 1);
  assert.equal(finder.at(30, 5), undefined);
  assert.equal(finder.at(-1, 5), undefined);
});

Deno.test("zooming keeps the point under the pointer, panning never loses the image", () => {
  const image = { width: 200, height: 100 }, screen = { width: 600, height: 400 }, view = fitted(image, screen);
  assert(view.scale * image.width <= screen.width && view.scale * image.height <= screen.height);
  const before = imagePoint(view, 220, 180), near = zoomed(view, 2, 220, 180, image, screen);
  imagePoint(near, 220, 180).forEach((value, i) => assert(Math.abs(value - before[i]) < 1e-9));
  assert.equal(near.scale, 2 * view.scale);
  for (const by of [-1e5, 1e5]) {
    const far = panned(near, by, by, image, screen), left = far.x - far.scale / 2;
    assert(left < screen.width && left + far.scale * image.width > 0, "the image is still there");
  }
  assert(zoomed(view, 1e9, 0, 0, image, screen).scale <= 80);
});

Deno.test("every key means one thing, and key presses have the names of the table", () => {
  const keys = COMMANDS.flatMap((command) => command.keys);
  assert.equal(new Set(keys).size, keys.length);
  const press = (key: string, held: readonly string[] = []) =>
    keyName({ key, shiftKey: held.includes("shift"), ctrlKey: held.includes("ctrl"), metaKey: held.includes("meta") });
  assert.deepEqual(
    [
      press("a"),
      press("A", ["shift"]),
      press("z", ["ctrl"]),
      press("Z", ["shift", "meta"]),
      press("ArrowDown", ["shift"]),
    ],
    ["A", "Shift+A", "Ctrl+Z", "Shift+Ctrl+Z", "Shift+↓"],
  );
  assert.deepEqual([press("?", ["shift"]), press("+", ["shift"]), press(" "), press("0")], ["?", "+", "Space", "0"]);
});

Deno.test("colour maps are even: lightness goes one way, and greys are grey", () => {
  for (const name of MAP_NAMES) {
    const map = colourMap(name);
    const luminance = Array.from({ length: 256 }, (_, i) => {
      const [r, g, b] = [0, 1, 2].map((part) => (map[3 * i + part] / 255) ** 2.2);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
    const sign = Math.sign(luminance[255] - luminance[0]);
    for (let i = 1; i < 256; i++) assert(sign * (luminance[i] - luminance[i - 1]) > -0.004, `${name} at ${i}`);
  }
  assert.deepEqual([...colourMap("grey").subarray(3 * 100, 3 * 101)], [100, 100, 100]);
  assert.deepEqual(colourMap("no such map"), colourMap("grey"));
});

Deno.test("times of frames and frames of times are each other's inverse, with and without timestamps", () => {
  const session = { frames: 5, frameRate: 20 } as SessionMessage;
  const irregular = { ...session, seconds: [0, 0.1, 0.5, 0.6, 2] };
  for (const one of [session, irregular]) {
    for (const frame of [0, 0.5, 1, 2.25, 3.5, 4]) {
      assert(Math.abs(frameAt(one, secondsOf(one, frame)) - frame) < 1e-9, `${frame}`);
    }
  }
  assert(Math.abs(secondsOf(irregular, 1.5) - 0.3) < 1e-12);
  assert.deepEqual([showTime(65, true, 0), showTime(65.26, true), showTime(5, false, 2)], ["1:05", "1:05.3", "5.00 s"]);
});

Deno.test("lines go through the least and the greatest value of each column, in bands that do not touch", () => {
  const message: TracesMessage = {
    ...{ from: 0, to: 4, frames: [0, 2] },
    cells: [
      {
        number: 7,
        raw: { low: [-1, null], high: [3, null] },
        denoised: { low: [0, 1], high: [2, 2] },
        spikes: [0, 4],
      },
      { number: 3, raw: { low: [0, 0], high: [0, 0] }, denoised: { low: [0, 0], high: [0, 0] }, spikes: [0, 0] },
    ],
  };
  const kinds = { raw: true, denoised: true, spikes: true }, bands = bandsOf(message, kinds, false);
  assert.deepEqual(bands.map(({ number, bottom, low, high }) => [number, bottom, low, high]), [[7, 1, -1, 3], [
    3,
    0,
    -0.5,
    0.5,
  ]]);
  const { x, y } = linesOf(message, bands, kinds, (frame) => frame / 10);
  assert.deepEqual(x, [0, 0.1, 0.2, 0.3]);
  assert.equal(y.length, 4);
  assert.deepEqual(y[0], [heightOf(bands[0], -1, true), heightOf(bands[0], 3, true), null, null]);
  for (const [i, line] of y.entries()) {
    const bottom = i < 2 ? 1 : 0;
    for (const at of line) if (at !== null) assert(at > bottom && at < bottom + 1);
  }
  const shared = bandsOf(message, kinds, true);
  assert.deepEqual(shared.map(({ low, high }) => high - low), [4, 4]);
  // Columns of one frame are one point each.
  assert.deepEqual(linesOf({ ...message, to: 2, frames: [0, 1] }, bands, kinds, (frame) => frame).x, [0, 1]);
});

Deno.test("numbers read well, contrasts leave odd pixels out, and commands can be pasted into a shell", () => {
  assert.deepEqual([3.14159, 31.4159, 314.159, -2, 1e7, 0, null, NaN, 2.5e-5].map(showNumber), [
    "3.14",
    "31.4",
    "314",
    "−2",
    "1.0e+7",
    "0",
    "–",
    "–",
    "2.5e−5",
  ]);
  const image = Float32Array.from({ length: 10_000 }, (_, i) => i % 100);
  image[5] = 1e9, image[6] = NaN;
  const { low, high } = robustContrast(image);
  assert(low >= 0 && low <= 2 && high >= 97 && high <= 99, `${low} to ${high}`);
  assert.deepEqual(robustContrast(new Float32Array(9).fill(3)), { low: 2.5, high: 3.5 });
  assert.deepEqual(robustContrast(new Float32Array(9).fill(NaN)), { low: 0, high: 1 });
  const request = { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 5 };
  assert.equal(
    commandLine({ name: "a.tif" }, request),
    "annulus run a.tif --out results/ --gSig 3 --min_corr 0.8 --min_pnr 5",
  );
  assert.match(
    commandLine({ name: "it's mine.tif" }, { ...request, gSiz: 15 }),
    /^annulus run 'it'\\''s mine\.tif' .*--gSiz 15/,
  );
  assert.match(
    commandLine({ name: "a.tif", command: "annulus run b.tif --frame_rate 5" }, request),
    /^annulus run b\.tif --frame_rate 5 --gSig 3 /,
  );
});

Deno.test("a threshold takes the one it must not pass with it", () => {
  const rule = { min_SNR: 2.5, SNR_lowest: 0.5, rval_thr: 0.8, rval_lowest: -1, min_size: 0.1, max_size: 4 };
  assert.deepEqual(withThreshold(rule, "SNR_lowest", 3), { ...rule, SNR_lowest: 3, min_SNR: 3 });
  assert.deepEqual(withThreshold(rule, "rval_thr", -1), { ...rule, rval_thr: -1 });
  assert.deepEqual(withThreshold(rule, "max_size", 0.05), { ...rule, max_size: 0.05, min_size: 0.05 });
});

Deno.test("the page knows every measure and every threshold by its name", () => {
  for (const { name } of QUALITY_MEASURES.filter((measure) => !["accepted", "decided"].includes(measure.name))) {
    assert.notEqual(measureMeaning(name), name.replaceAll("_", " "), `${name} has no meaning on the page`);
    assert(measureTitle(name).length <= 9, name);
  }
  for (const name of Object.keys(QUALITY_TABLE).filter((one) => one !== "decay_time")) {
    assert(name in THRESHOLDS, `${name} has no slider`);
  }
});
