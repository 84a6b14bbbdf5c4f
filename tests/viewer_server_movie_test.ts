/** Frames and the inspector: what the viewer shows of a movie. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { MovieError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { modelMovie } from "../src/model/model_movie.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { summarize } from "../src/summary/summary.ts";
import { NewestFirst, oneAtATime } from "../src/viewer/frames.ts";
import type { SessionMessage } from "../src/viewer/messages.ts";
import { RequestError } from "../src/viewer/respond.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { noiseMovie, samplesOf } from "./preprocess_movies.ts";
import { floatsOf, linesOf, MEMORY, withMovieViewer, withResultsViewer } from "./viewer_setting.ts";

const SIZE = { width: 60, height: 52, frames: 240, cells: 6, seed: 5 };

Deno.test("the inspector's images and seeds are those of summarize, for every choice of parameters", async () => {
  const { source } = simulate(SIZE), compute = new CpuCompute(), given = { gSig: 3, frame_rate: 12 };
  try {
    await withMovieViewer(source, given, async ({ get, ask }) => {
      const session: SessionMessage = await get("/api/session");
      const { gSig, gSiz, min_corr, min_pnr } = resolveParameters(given);
      assert.deepEqual([session.mode, session.inspect], ["movie", { gSig, gSiz, min_corr, min_pnr }]);
      assert.deepEqual([session.frames, session.frameRate, session.hasMovie], [240, 12, true]);
      let made = 0;
      for (
        const request of [
          { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 10 },
          { gSig: 3, gSiz: 13, min_corr: 0.5, min_pnr: 3 },
          { gSig: 3, gSiz: 13, min_corr: 0.2, min_pnr: 1 },
          { gSig: 2, gSiz: 9, min_corr: 0.7, min_pnr: 4 },
          { gSig: 3, gSiz: 13, min_corr: 0.95, min_pnr: 3 },
        ]
      ) {
        const parameters = resolveParameters({ ...given, ...request }, source.header);
        const expected = await summarize(source, parameters, { compute, memoryBytes: MEMORY });
        const lines = await linesOf(await ask("/api/inspect", request)), last = lines.at(-1);
        assert.deepEqual(last.seeds, expected.seeds, JSON.stringify(request));
        const names = ["inspect-correlation", "inspect-pnr", "inspect-mean", "inspect-max", "inspect-noise"];
        assert.deepEqual(last.images.map(({ name }: { name: string }) => name), names);
        for (const name of ["correlation", "pnr", "mean", "max", "noise"] as const) {
          assert.deepEqual(await floatsOf(await ask(`/api/image/inspect-${name}`)), expected[name]);
        }
        // Only images tell of progress; other thresholds on the same images are had at once.
        const steps = lines.slice(0, -1);
        assert(steps.every(({ fraction }, i) => fraction >= (steps[i - 1]?.fraction ?? 0) && fraction <= 1));
        if (steps.length > 0) made++;
      }
      assert.equal(made, 2, "images are made once per gSig and gSiz");
    });
  } finally {
    compute.destroy();
  }
});

Deno.test("parameters that contradict each other end the inspector's answer with one sentence", async () => {
  await withMovieViewer(noiseMovie({ width: 40, height: 36, frames: 60 }), {}, async ({ ask, refusal }) => {
    for (const wrong of [{ gSig: 0 }, { gSiz: 3 }, { min_corr: 7 }, { min_pnr: -1 }, { gSig: 1e9 }]) {
      const request = { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 10, ...wrong };
      const lines = await linesOf(await ask("/api/inspect", request));
      assert.equal(lines.length, 1);
      assert.match(lines[0].error, new RegExp(Object.keys(wrong)[0]));
      assert(!/\n|undefined|This is an error/.test(lines[0].error), lines[0].error);
    }
    assert.equal((await refusal("/api/inspect", { gSig: 3 })).status, 400);
  });
});

Deno.test("a movie that cannot be read is told of by the inspector, which can be asked again", async () => {
  const whole = noiseMovie({ width: 40, height: 36, frames: 60 });
  const request = { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 10 };
  let isGone = false;
  const source: MovieSource = {
    ...whole,
    read: (start, count, into) =>
      isGone ? Promise.reject(new MovieError("The disk is gone")) : whole.read(start, count, into),
  };
  await withMovieViewer(source, {}, async ({ ask, refusal }) => {
    isGone = true;
    assert.deepEqual(await refusal("/api/frame?kind=movie&at=3"), { status: 422, error: "The disk is gone" });
    assert.deepEqual(await linesOf(await ask("/api/inspect", request)), [{ error: "The disk is gone" }]);
    isGone = false;
    assert((await linesOf(await ask("/api/inspect", request))).at(-1).seeds, "it can be tried again");
  });
});

Deno.test("a movie in which nothing happens has no seeds", async () => {
  const dark: MovieSource = {
    ...noiseMovie({ width: 40, height: 36, frames: 60 }),
    read: (_start, _count, into) => Promise.resolve(void into.fill(7)),
  };
  await withMovieViewer(dark, {}, async ({ ask, get }) => {
    assert.equal((await get("/api/session")).images.length, 2);
    const lines = await linesOf(await ask("/api/inspect", { gSig: 3, gSiz: 13, min_corr: 0, min_pnr: 0 }));
    assert.deepEqual(lines.at(-1).seeds, []);
    for (const { low, high } of lines.at(-1).images) assert(low < high);
  });
});

Deno.test("a movie alone has frames and first images, and no results to decide about", async () => {
  const source = noiseMovie({ width: 20, height: 16, frames: 9, type: "uint16" }), samples = await samplesOf(source);
  await withMovieViewer(source, {}, async ({ get, ask, refusal }) => {
    assert.deepEqual(await get("/api/cells"), []);
    const { images }: SessionMessage = await get("/api/session");
    assert.deepEqual(images.map(({ name }) => name), ["mean", "max"]);
    const mean = await floatsOf(await ask("/api/image/mean")), max = await floatsOf(await ask("/api/image/max"));
    for (let p = 0; p < 320; p++) {
      const values = Array.from({ length: 9 }, (_, frame) => samples[frame * 320 + p]);
      assert.equal(max[p], Math.max(...values));
      assert(Math.abs(mean[p] - values.reduce((a, b) => a + b) / 9) < 1e-2);
    }
    for (const at of [0, 4, 8]) {
      const frame = await floatsOf(await ask(`/api/frame?kind=movie&at=${at}`));
      assert.deepEqual([...frame], [...samples.subarray(at * 320, (at + 1) * 320)]);
    }
    assert.match((await refusal("/api/frame?kind=movie&at=9")).error, /frames go from 0 to 8/);
    for (const kind of ["cells", "background", "residual"]) {
      assert.match((await refusal(`/api/frame?kind=${kind}&at=0`)).error, /There are no results yet/);
    }
    assert.equal((await refusal("/api/edit", { action: "reject", cells: [0] })).status, 409);
    assert.equal((await refusal("/api/undo", {})).status, 409);
    assert.equal((await refusal("/api/thresholds", { min_SNR: 3 })).status, 409);
    assert.equal((await refusal("/api/traces?cells=0")).status, 404);
    assert.deepEqual(await get("/api/saved"), { saved: true });
  });
});

Deno.test("frames of results are the model's, and those of edited cells after an edit", async () => {
  const extraction = fakeExtraction(), source = noiseMovie({ width: 48, height: 40, frames: 120 });
  const compute = new CpuCompute();
  try {
    await withResultsViewer(extraction, async ({ ask, get, file }) => {
      const same = async (results: typeof extraction) => {
        for (const kind of ["movie", "cells", "background", "residual", "background-subtracted"] as const) {
          const model = modelMovie(source, results, kind, { compute, memoryBytes: MEMORY });
          for (const at of [117, 0]) {
            const frame = new Float32Array(48 * 40);
            await model.read(at, 1, frame);
            assert.deepEqual(await floatsOf(await ask(`/api/frame?kind=${kind}&at=${at}`)), frame, kind);
          }
          // Closing the view would close the movie, which has no files here.
          model.close();
        }
      };
      await same(extraction);
      await get("/api/edit", { action: "delete", cells: [2, 3] });
      await get("/api/saved");
      const { loadResults } = await import("../src/results/load.ts");
      await same(await loadResults(file));
    }, source);
  } finally {
    compute.destroy();
  }
});

Deno.test("another movie, and one that is gone, leave on what needs none, with the reason", async () => {
  const reason =
    '"other.tif" has 5 frames of 3×3 pixels here, but these results came from 120 frames: it is another movie';
  await withResultsViewer(fakeExtraction(), async ({ get, refusal, ask }) => {
    const session: SessionMessage = await get("/api/session");
    assert.deepEqual([session.hasMovie, session.movieProblem], [false, reason]);
    assert.deepEqual(await refusal("/api/frame?kind=movie&at=0"), { status: 409, error: reason });
    await get("/api/edit", { action: "reject", cells: [1] });
    assert.equal((await ask("/api/image/pnr").then(floatsOf)).length, 48 * 40);
  }, new MovieError(reason));
});

Deno.test("of frames that are asked for at once the newest is made next, and those passed by are refused", async () => {
  const turns = new NewestFirst<number>(), order: number[] = [], signal = new AbortController().signal;
  const gate = Promise.withResolvers<void>();
  const asked = Array.from({ length: 8 }, (_, i) =>
    turns.do(async () => {
      if (i === 0) await gate.promise;
      order.push(i);
      return i;
    }, signal));
  const results = Promise.allSettled(asked);
  gate.resolve();
  const settled = await results;
  assert.deepEqual(order, [0, 7, 6, 5]);
  for (const i of [1, 2, 3, 4]) {
    const one = settled[i];
    assert(one.status === "rejected" && one.reason instanceof RequestError && one.reason.status === 409);
  }
  await turns.idle();
  // One that fails does not hold up the next.
  const failing = turns.do(() => Promise.reject(new Error("no")), signal),
    next = turns.do(() => Promise.resolve(3), signal);
  await assert.rejects(failing, /no/);
  assert.equal(await next, 3);
});

Deno.test("a movie is read by one at a time, also after a reading that failed", async () => {
  let inside = 0, most = 0;
  const slow: MovieSource = {
    ...noiseMovie({ width: 4, height: 4, frames: 4 }),
    async read(start) {
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
      if (start === 1) throw new MovieError("one is broken");
    },
  };
  const shared = oneAtATime(slow), into = new Float32Array(16);
  const done = await Promise.allSettled([0, 1, 2, 3].map((start) => shared.read(start, 1, into)));
  assert.deepEqual(done.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  assert.equal(most, 1);
});

Deno.test("closing ends an inspection that is under way, and one that was left is not made to the end", async () => {
  const { source } = simulate({ ...SIZE, frames: 900 }), request = { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 10 };
  let reads = 0;
  const counted: MovieSource = {
    ...source,
    read: async (start, count, into) => {
      reads++;
      await sleep(5);
      await source.read(start, count, into);
    },
  };
  await withMovieViewer(counted, {}, async ({ ask, served }) => {
    // Left by its reader.
    const left = await ask("/api/inspect", { ...request, gSig: 2, gSiz: 9 });
    const reader = left.body!.getReader();
    await reader.read();
    await reader.cancel();
    // Under way when the viewer is closed.
    const answer = await ask("/api/inspect", request), text = answer.text().catch(() => "");
    await served.close();
    const lines = (await text).split("\n").filter((line) => line !== "");
    assert(lines.every((line) => !JSON.parse(line).seeds), "it was not made to the end");
    const before = reads;
    await sleep(60);
    assert.equal(reads, before, "nothing is read any more");
    await assert.rejects(fetch(served.url));
    await served.finished;
  });
});
