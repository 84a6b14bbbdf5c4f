/** What a result must not depend on: the device, the run, the chunks, the tiles, the workers. */
import assert from "node:assert/strict";
import { extract } from "../src/cnmfe/extract.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { footprintOf } from "../src/core/footprints.ts";
import type { MovieHeader, MovieSource } from "../src/core/movie.ts";
import type { Parameters } from "../src/core/extraction_parameters.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import { type ChunkPlan, planChunks } from "../src/core/plan.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { score as scoreOf } from "../src/score/score.ts";
import { backends, backendTest } from "./backends.ts";
import { cosine, simulated } from "./cnmfe_setting.ts";

const run = (source: MovieSource, parameters: Parameters, compute: Compute, memoryBytes = 2e9) =>
  extract(source, parameters, { compute, memoryBytes });

/** The largest memory ceiling whose plan is as wanted. */
function memoryFor(header: MovieHeader, parameters: Parameters, wanted: (plan: ChunkPlan) => boolean): number {
  for (let memory = 2e9; memory > 1e6; memory *= 0.99) {
    if (wanted(planChunks(header, parameters, memory))) return memory;
  }
  throw new Error("no ceiling gives such a plan");
}

/** How far a result is from another: the largest differences relative to each cell's largest value; cells in the same order. */
function differences(
  a: Extraction,
  b: Extraction,
): { footprints: number; raw: number; denoised: number; background: number } {
  assert.equal(a.footprints.count, b.footprints.count, "as many cells");
  const T = a.movie.frames, worst = { footprints: 0, raw: 0, denoised: 0, background: 0 };
  for (let k = 0; k < a.footprints.count; k++) {
    const p = footprintOf(a.footprints, k), q = footprintOf(b.footprints, k);
    const values = new Map(Array.from(q.pixels, (pixel, i) => [pixel, q.values[i]])), own = new Set(p.pixels);
    const most = Math.max(...q.values);
    p.pixels.forEach((pixel, i) => {
      worst.footprints = Math.max(worst.footprints, Math.abs(p.values[i] - (values.get(pixel) ?? 0)) / most);
    });
    q.pixels.forEach((pixel, i) => {
      if (!own.has(pixel)) worst.footprints = Math.max(worst.footprints, q.values[i] / most);
    });
    for (const name of ["raw", "denoised"] as const) {
      const x = a.traces[name].subarray(k * T, (k + 1) * T), y = b.traces[name].subarray(k * T, (k + 1) * T);
      const size = Math.max(...y);
      x.forEach((value, t) => worst[name] = Math.max(worst[name], Math.abs(value - y[t]) / size));
    }
  }
  const weight = Math.max(...b.ring.weights);
  a.ring.weights.forEach((w, i) =>
    worst.background = Math.max(worst.background, Math.abs(w - b.ring.weights[i]) / weight)
  );
  return worst;
}

/** The documented tolerance (see `extract`). Measured: 2e-5 for footprints and traces, 4e-4 for ring weights. */
function assertClose({ footprints, raw, denoised, background }: ReturnType<typeof differences>, name: string): void {
  assert.ok(footprints < 2e-4, `${name}: footprints differ by ${footprints}`);
  assert.ok(raw < 2e-4, `${name}: raw traces differ by ${raw}`);
  assert.ok(denoised < 2e-4, `${name}: denoised traces differ by ${denoised}`);
  assert.ok(background < 2e-3, `${name}: ring weights differ by ${background}`);
}

backendTest("devices agree, chunks and workers change nothing, and two runs give the same file", async () => {
  const { source, truth } = await simulated({ width: 45, height: 41, frames: 260, cells: 5, seed: 5, snr: 12 });
  const parameters = resolveParameters({ gSig: 3 }, source.header), folder = await Deno.makeTempDir();
  const bytes = async (extraction: Extraction) => {
    const path = `${folder}/results.h5`;
    await saveResults(path, extraction, { timings: false });
    return await Deno.readFile(path);
  };
  const small = memoryFor(source.header, parameters, ({ chunkFrames }) => chunkFrames <= 90);
  let twin: Extraction | undefined;
  for (const compute of await backends()) {
    const first = await run(source, parameters, compute), again = await run(source, parameters, compute);
    assert.ok(first.footprints.count >= truth.footprints.count - 1, `${first.footprints.count} cells`);
    assert.deepEqual(await bytes(again), await bytes(first), `two runs on ${compute.backend}`);
    const chunked = await run(source, parameters, compute, small);
    assert.ok(chunked.plan.chunkFrames < first.plan.chunkFrames);
    assertClose(differences(chunked, first), `chunks of ${chunked.plan.chunkFrames} frames on ${compute.backend}`);
    if (twin) assertClose(differences(first, twin), `${compute.backend} and its twin`);
    twin ??= first;
  }
  const alone = new CpuCompute({ workers: 0 }), shared = new CpuCompute({ workers: 2 });
  const [one, three] = [await run(source, parameters, alone), await run(source, parameters, shared)];
  for (const compute of [alone, shared]) compute.destroy();
  assert.deepEqual(one.traces, three.traces);
  assert.deepEqual(one.footprints, three.footprints);
  assert.deepEqual(one.ring, three.ring);
  await Deno.remove(folder, { recursive: true });
});

backendTest("tiles change nothing", async () => {
  const { source, truth } = await simulated({
    width: 70,
    height: 62,
    frames: 200,
    cells: 14,
    seed: 4,
    gSig: 2,
    snr: 14,
  });
  const parameters = resolveParameters({ gSig: 2 }, source.header), compute = (await backends()).at(-1)!;
  const memory = memoryFor(source.header, parameters, (plan) => plan.tilesAcross > 1 && plan.tilesDown > 1);
  const whole = await run(source, parameters, compute), tiled = await run(source, parameters, compute, memory);
  assert.equal(whole.plan.tilesAcross * whole.plan.tilesDown, 1);
  assert.ok(tiled.plan.tilesAcross * tiled.plan.tilesDown >= 4, JSON.stringify(tiled.plan));
  assert.ok(whole.footprints.count >= 0.6 * truth.footprints.count, `${whole.footprints.count} cells`);
  assert.equal(tiled.footprints.count, whole.footprints.count);
  const cosines = Array.from(
    { length: tiled.footprints.count },
    (_, k) =>
      Math.max(
        ...Array.from({ length: whole.footprints.count }, (_, l) =>
          cosine(footprintOf(tiled.footprints, k), footprintOf(whole.footprints, l))),
      ),
  );
  assert.ok(Math.min(...cosines) > 0.999, `cosines ${cosines}`);
});

backendTest("a long movie is searched block by block and its frames are averaged for the background", async () => {
  const { source, truth } = await simulated({ width: 40, height: 36, frames: 6100, cells: 5, seed: 6 });
  const parameters = resolveParameters({ gSig: 3 }, source.header), compute = (await backends()).at(-1)!;
  const result = await run(source, parameters, compute);
  assert.ok(result.plan.blocks > 1 && result.plan.bin > 1, JSON.stringify(result.plan));
  const score = scoreOf(result, truth).thresholds[1];
  assert.ok(score.f1 >= 0.9, `F1 ${score.f1}`);
  assert.ok(score.cosine.mean > 0.99 && score.denoised.mean > 0.97, `${score.cosine.mean}, ${score.denoised.mean}`);
});
