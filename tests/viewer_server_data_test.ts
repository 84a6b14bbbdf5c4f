/** What the viewer answers is what the results hold. */
import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { footprintOf, packFootprints } from "../src/core/footprints.ts";
import { footprintOutlines } from "../src/results/footprint_outline.ts";
import { cellPlace } from "../src/results/exports/cell_facts.ts";
import type { CellMessage, Envelope, SessionMessage, TracesMessage } from "../src/viewer/messages.ts";
import { TraceDisplay } from "../src/viewer/traces.ts";
import { fakeExtraction, seededRandom } from "./fake_extraction.ts";
import { floatsOf, withResultsViewer } from "./viewer_setting.ts";

/** A fake extraction with everything that quality and edits add. */
function judged(): Extraction {
  const fake = fakeExtraction({ frames: 130 }), K = fake.footprints.count;
  const ofCells = (value: (k: number) => number) => Float32Array.from({ length: K }, (_, k) => value(k));
  return {
    ...fake,
    numbers: Uint32Array.of(0, 2, 3, 7, 8, 12),
    quality: {
      accepted: Uint8Array.of(1, 0, 1, 1, 1, 0),
      decided: Uint8Array.of(0, 0, 0, 0, 0, 1),
      snr: ofCells((k) => 1 + k),
      rValue: ofCells((k) => k === 2 ? NaN : 0.9 - 0.1 * k),
      combined: ofCells((k) => 0.5 + 0.05 * k),
      size: ofCells(() => 40),
      duplicateOf: new Int32Array(K).fill(-1),
      duplicateCosine: new Float32Array(K),
      duplicateCorrelation: new Float32Array(K),
      reasons: Array.from({ length: K }, (_, k) => `reason ${k}`),
      rule: "A rule in words",
      thresholds: { min_SNR: 2.5, rval_thr: 0.8 },
    },
    fieldQuality: {
      correlation: fake.summary.correlation.map((value) => value / 2),
      pnr: fake.summary.pnr.map((value) => value / 2),
      unexplained: [],
    },
  };
}

Deno.test("the session and the cells tell what the results hold", async () => {
  const extraction = judged();
  await withResultsViewer(extraction, async ({ get }) => {
    const session: SessionMessage = await get("/api/session"), cells: CellMessage[] = await get("/api/cells");
    const { mode, width, height, frames, frameRate, units, thresholds, rule, hasMovie, movieProblem } = session;
    assert.deepEqual([mode, width, height, frames, frameRate, units], ["results", 48, 40, 130, 9.99, "dF"]);
    assert.deepEqual([thresholds, rule], [{ min_SNR: 2.5, rval_thr: 0.8 }, "A rule in words"]);
    assert.deepEqual([hasMovie, movieProblem], [false, "The movie of these results is not there"]);
    assert.deepEqual([session.undo, session.redo, session.saved, session.edits], [0, 0, true, []]);
    assert.equal(session.seconds, undefined);
    assert.deepEqual(cells.map(({ number }) => number), [0, 2, 3, 7, 8, 12]);
    assert.equal(cells[3].name, "C007");
    assert.deepEqual(cells.map(({ accepted }) => accepted), [true, false, true, true, true, false]);
    assert.deepEqual(cells.map(({ decided }) => decided), [false, false, false, false, false, true]);
    assert.deepEqual(cells.map(({ reason }) => reason), [0, 1, 2, 3, 4, 5].map((k) => `reason ${k}`));
    assert.equal(cells[2].quality.r_value, null);
    assert.deepEqual([cells[1].quality.snr, cells[1].quality.r_value], [2, 0.8]);
    cells.forEach(({ x, y, contour }, k) => {
      const footprint = footprintOf(extraction.footprints, k), place = cellPlace(footprint, 48);
      assert(Math.abs(x - place.x) < 0.006 && Math.abs(y - place.y) < 0.006);
      const outline = footprintOutlines(footprint, 48);
      assert.deepEqual(contour.map((line) => line.length), outline.map((line) => line.length));
      assert(contour.flat().every((value, i) => Math.abs(value - outline.flat()[i]) < 0.006));
    });
  });
});

Deno.test("images come as they are, with a contrast; those that hold nothing are left out", async () => {
  const fake = judged(), { summary, fieldQuality } = fake;
  const extraction = { ...fake, summary: { ...summary, noise: new Float32Array(summary.noise.length).fill(NaN) } };
  await withResultsViewer(extraction, async ({ get, ask, refusal }) => {
    const { images }: SessionMessage = await get("/api/session");
    const names = ["mean", "max", "correlation", "pnr", "residual-correlation", "residual-pnr", "b0"];
    assert.deepEqual(images.map(({ name }) => name), names);
    for (const { low, high } of images) assert(low < high);
    assert.deepEqual(await floatsOf(await ask("/api/image/mean")), summary.mean);
    assert.deepEqual(await floatsOf(await ask("/api/image/b0")), fake.b0);
    assert.deepEqual(await floatsOf(await ask("/api/image/residual-pnr")), fieldQuality!.pnr);
    assert.equal((await refusal("/api/image/noise")).status, 404);
  });
});

Deno.test("timestamps are told where the frame rate does not tell them", async () => {
  const fake = fakeExtraction({ frames: 5 }), timestamps = Float64Array.of(10, 10.1, 10.25, 10.3, 11);
  await withResultsViewer({ ...fake, movie: { ...fake.movie, timestamps } }, async ({ get }) => {
    assert.deepEqual((await get("/api/session")).seconds, [0, 0.1, 0.25, 0.3, 1]);
  });
  const regular = Float64Array.from({ length: 5 }, (_, frame) => 77 + frame / 9.99);
  await withResultsViewer({ ...fake, movie: { ...fake.movie, timestamps: regular } }, async ({ get }) => {
    assert.equal((await get("/api/session")).seconds, undefined);
  });
});

/** Columns of a trace by their definition. */
function plainColumns(values: Float32Array, edges: readonly number[], end: number): Envelope & { sum: number[] } {
  const low: (number | null)[] = [], high: (number | null)[] = [], sum: number[] = [];
  edges.forEach((from, c) => {
    const some = [...values.subarray(from, edges[c + 1] ?? end)].filter((value) => !Number.isNaN(value));
    low.push(some.length === 0 ? null : Math.min(...some));
    high.push(some.length === 0 ? null : Math.max(...some));
    sum.push(some.reduce((a, b) => a + b, 0));
  });
  return { low, high, sum };
}

Deno.test("traces for display have every column's extremes, however they are cut", () => {
  const random = seededRandom(7), frames = 1000, cells = 3;
  const trace = () => Float32Array.from({ length: frames * cells }, () => random() < 0.02 ? NaN : 400 * random() - 100);
  const traces = { raw: trace(), denoised: trace(), spikes: trace() };
  // A cell without a number anywhere.
  traces.raw.fill(NaN, 2 * frames);
  const fake = fakeExtraction({ frames, cells }),
    display = new TraceDisplay({
      ...fake,
      traces: { ...fake.traces, ...traces },
    });
  for (let round = 0; round < 60; round++) {
    const from = Math.floor(frames * random()), to = from + Math.floor((frames + 1 - from) * random());
    const points = 1 + Math.floor(300 * random()), index = Math.floor(cells * random());
    const message: TracesMessage = display.of({ cells: [{ index, number: 5 }], from, to, points });
    assert.equal(message.frames.length, Math.min(points, to - from));
    assert(message.frames.every((frame, c) => c === 0 ? frame === from : frame > message.frames[c - 1]));
    const [cell] = message.cells;
    assert.equal(cell.number, 5);
    const near = (found: readonly (number | null)[], wanted: readonly (number | null)[], size: number) => {
      assert.equal(found.length, wanted.length);
      found.forEach((value, c) => {
        if (wanted[c] === null) assert.equal(value, null);
        else assert(Math.abs(value! - wanted[c]!) <= size, `${value} is not ${wanted[c]}`);
      });
    };
    for (const kind of ["raw", "denoised"] as const) {
      const plain = plainColumns(traces[kind].subarray(index * frames, (index + 1) * frames), message.frames, to);
      near(cell[kind].low, plain.low, 300 / 20_000);
      near(cell[kind].high, plain.high, 300 / 20_000);
    }
    const spikes = plainColumns(traces.spikes.subarray(index * frames, (index + 1) * frames), message.frames, to);
    near(cell.spikes, spikes.sum, 300 / 20_000);
  }
});

Deno.test("traces are asked for by the cells' numbers; what cannot be is refused in one sentence", async () => {
  const extraction = judged(), { raw } = extraction.traces;
  await withResultsViewer(extraction, async ({ get, refusal }) => {
    const all: TracesMessage = await get("/api/traces?cells=7,0&points=1000");
    assert.deepEqual([all.from, all.to, all.frames.length], [0, 130, 130]);
    assert.deepEqual(all.cells.map(({ number }) => number), [7, 0]);
    all.cells[0].raw.high.forEach((value, t) => assert(Math.abs(value! - raw[3 * 130 + t]) < 0.05));
    const beyond: TracesMessage = await get("/api/traces?cells=0&from=120&to=9999");
    assert.deepEqual([beyond.from, beyond.to, beyond.frames.length], [120, 130, 10]);
    const none: TracesMessage = await get("/api/traces?cells=&from=500");
    assert.deepEqual([none.cells, none.frames], [[], []]);
    assert.deepEqual(await refusal("/api/traces?cells=1"), { status: 404, error: "There is no cell 1" });
    for (
      const query of ["cells=x", "cells=-1", "cells=1.5", "cells=0&from=-1", "cells=0&from=x", "cells=0&points=1e9"]
    ) {
      const { status, error } = await refusal(`/api/traces?${query}`);
      assert.equal(status, 400, query);
      assert(!/undefined|\n/.test(error));
    }
    assert.equal((await refusal(`/api/traces?cells=${Array(501).fill(0).join(",")}`)).status, 400);
  });
});

Deno.test("without the movie the cells alone can be shown as frames, and the reason is told for the others", async () => {
  const extraction = judged(), { footprints, traces } = extraction;
  await withResultsViewer(extraction, async ({ ask, refusal }) => {
    const frame = await floatsOf(await ask("/api/frame?kind=cells&at=100")), expected = new Float64Array(48 * 40);
    for (let k = 0; k < footprints.count; k++) {
      const { pixels, values } = footprintOf(footprints, k);
      pixels.forEach((pixel, i) => expected[pixel] += values[i] * traces.denoised[k * 130 + 100]);
    }
    assert(frame.every((value, i) => Math.abs(value - expected[i]) < 1e-3));
    const reason = "The movie of these results is not there";
    for (const kind of ["movie", "background", "residual", "background-subtracted"]) {
      assert.deepEqual(await refusal(`/api/frame?kind=${kind}&at=0`), { status: 409, error: reason });
    }
    assert.equal((await refusal("/api/frame?kind=cells&at=130")).status, 400);
    assert.equal((await refusal("/api/frame?kind=dreams&at=0")).status, 400);
    assert.equal((await refusal("/api/frame?kind=cells&at=-1")).status, 400);
    const inspect = { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 5 };
    assert.deepEqual(await refusal("/api/inspect", inspect), { status: 409, error: reason });
  });
});

Deno.test("results without a cell, with one, and with traces that are no numbers are shown", async () => {
  const none = fakeExtraction({ cells: 0 });
  await withResultsViewer(none, async ({ get, refusal }) => {
    assert.deepEqual(await get("/api/cells"), []);
    assert.deepEqual((await get("/api/traces?cells=")).cells, []);
    assert.equal((await refusal("/api/edit", { action: "reject", cells: [0] })).status, 422);
    assert.equal((await get("/api/session")).thresholds, undefined);
  });
  const one = fakeExtraction({ cells: 1, frames: 40 });
  one.traces.raw.fill(NaN), one.traces.denoised.fill(NaN), one.traces.spikes.fill(NaN);
  await withResultsViewer(one, async ({ get, ask }) => {
    const { cells: [cell] }: TracesMessage = await get("/api/traces?cells=0&points=10");
    assert.deepEqual([...cell.raw.low, ...cell.raw.high, ...cell.denoised.low], Array(30).fill(null));
    assert.deepEqual(cell.spikes, Array(10).fill(0));
    assert.equal((await floatsOf(await ask("/api/frame?kind=cells&at=3"))).length, 48 * 40);
  });
  // A cell that lost its footprint.
  const empty = { pixels: new Uint32Array(0), values: new Float32Array(0) };
  const lost = fakeExtraction({ cells: 2 }),
    footprints = packFootprints(48, 40, [empty, footprintOf(lost.footprints, 1)]);
  await withResultsViewer({ ...lost, footprints }, async ({ get }) => {
    const [cell]: CellMessage[] = await get("/api/cells");
    assert.deepEqual([cell.x, cell.y, cell.contour], [null, null, []]);
  });
});

Deno.test("many requests at once get their own answers", async () => {
  const extraction = judged();
  await withResultsViewer(extraction, async ({ get, ask }) => {
    const numbers = [0, 2, 3, 7, 8, 12];
    await Promise.all(Array.from({ length: 60 }, async (_, i) => {
      const number = numbers[i % 6],
        from = i,
        { cells: [cell], frames }: TracesMessage = await get(
          `/api/traces?cells=${number}&from=${from}&to=${from + 20}`,
        );
      assert.deepEqual([cell.number, frames[0], frames.length], [number, from, 20]);
      const image = i % 2 === 0 ? "mean" : "max";
      assert.deepEqual(await floatsOf(await ask(`/api/image/${image}`)), extraction.summary[image]);
    }));
  });
});
