/**
 * How fast the viewer's server answers at 1000 cells × 20 000 frames: median and worst of ten requests, over HTTP on the loopback.
 *
 * `deno run -A bench/viewer.ts [cells] [frames]`
 *
 * @module
 */
import { join } from "node:path";
import { MovieError } from "../src/core/errors.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { serveResults } from "../src/viewer/viewer.ts";
import { fakeExtraction } from "../tests/fake_extraction.ts";

const [cells = 1000, frames = 20_000] = Deno.args.map(Number), ROUNDS = 10;
const folder = await Deno.makeTempDir({ prefix: "annulus-bench-viewer-" }), file = join(folder, "results.h5");
const extraction = fakeExtraction({ width: 512, height: 512, frames, cells }), compute = new CpuCompute();
try {
  await saveResults(file, extraction);
  const openMovie = () => Promise.reject(new MovieError("There is no movie"));
  const served = await serveResults({ file, extraction, openMovie, compute, memoryBytes: 1e9 });
  const origin = `http://127.0.0.1:${served.port}`, Authorization = `Bearer ${served.token}`;
  const some = (count: number, first = 0) => Array.from({ length: count }, (_, i) => (first + i) % cells).join(",");
  const asked: [string, (round: number) => string, ((round: number) => unknown)?][] = [
    ["session", () => "/api/session"],
    ["all cells with contours", () => "/api/cells"],
    ["an image of 512×512", () => "/api/image/pnr"],
    ["a frame of the cells", (round) => `/api/frame?kind=cells&at=${round * 100}`],
    ["traces of 1 cell, whole, first time", (round) => `/api/traces?cells=${100 + round}&points=1200`],
    ["traces of 20 cells, whole, first time", (round) => `/api/traces?cells=${some(20, 200 + 20 * round)}&points=1200`],
    ["traces of 20 cells, whole", () => `/api/traces?cells=${some(20)}&points=1200`],
    [
      "traces of 20 cells, a tenth",
      (round) => `/api/traces?cells=${some(20)}&from=${round * 1000}&to=${round * 1000 + 2000}&points=1200`,
    ],
    ["traces of 100 cells, whole", () => `/api/traces?cells=${some(100)}&points=1200`],
    ["a cell is rejected", () => "/api/edit", (round) => ({ action: "reject", cells: [round] })],
    ["it is undone", () => "/api/undo", () => ({})],
    ["everything is saved", () => "/api/saved"],
  ];
  for (const [name, path, body] of asked) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now(),
        answer = await fetch(`${origin}${path(round)}`, {
          headers: { Authorization, "Content-Type": "application/json" },
          ...(body ? { method: "POST", body: JSON.stringify(body(round)) } : {}),
        });
      bytes = (await answer.arrayBuffer()).byteLength;
      times.push(performance.now() - began);
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    }
    times.sort((a, b) => a - b);
    console.log(
      `${name.padEnd(40)} ${times[ROUNDS >> 1].toFixed(1).padStart(8)} ms, at worst ${
        times[ROUNDS - 1].toFixed(1).padStart(8)
      } ms, ${bytes} bytes`,
    );
  }
  await served.close();
} finally {
  compute.destroy();
  await Deno.remove(folder, { recursive: true });
}
