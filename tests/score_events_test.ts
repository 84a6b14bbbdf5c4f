/** Events and activity against the truth. */
import assert from "node:assert/strict";
import { eventScore, eventScoreText } from "../src/cli/score_events.ts";
import { score as scoreCommand } from "../src/cli/score.ts";
import { ParameterError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import type { Truth } from "../src/core/truth.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { saveTruth } from "../src/results/truth.ts";
import { matchedInTime, scoreEvents } from "../src/score/events.ts";
import { score } from "../src/score/score.ts";
import { Random } from "../src/simulation/random.ts";
import { ran, refused } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { inTemporary } from "./results_setting.ts";

/** The most pairs, by trying everything: whether each event of `a` takes one of the free ones of `b`, or none. */
function everyMatching(a: readonly number[], b: readonly number[], tolerance: number): number {
  if (a.length === 0) return 0;
  const [first, ...rest] = a;
  let best = everyMatching(rest, b, tolerance);
  b.forEach((time, j) => {
    if (Math.abs(time - first) > tolerance) return;
    best = Math.max(best, 1 + everyMatching(rest, [...b.slice(0, j), ...b.slice(j + 1)], tolerance));
  });
  return best;
}

Deno.test("as many events are matched one to one as can be", () => {
  const random = new Random(4);
  for (let trial = 0; trial < 300; trial++) {
    const times = (count: number) => Array.from({ length: count }, () => random.uniform(0, 3)).sort((p, q) => p - q);
    const a = times(random.index(7)), b = times(random.index(7)), tolerance = random.uniform(0.05, 0.6);
    assert.equal(matchedInTime(a, b, tolerance), everyMatching(a, b, tolerance), `${a} | ${b} | ${tolerance}`);
  }
  assert.equal(matchedInTime([0.1 * 3], [0.5], 0.2), 1, "just within, but for rounding");
});

Deno.test("precision, recall and correlations are what they are called", () => {
  const truth = { frames: 8, spikes: Float32Array.of(0, 1, 0, 0, 2, 0, 0, 0, /**/ 0, 0, 3, 0, 0, 0, 0, 1) };
  const result = { traces: { spikes: Float32Array.of(0, 0, 5, 0, 0, 0, 0, 0, /**/ 0, 2, 0, 0, 4, 0, 0, 0) } };
  const matches = [{ cell: 0, component: 1 }, { cell: 1, component: 0 }];
  const found = { starts: [0, 1, 3], seconds: [0.2, 0.1, 0.4] },
    events = { starts: [0, 2, 4], seconds: [0.1, 0.4, 0.2, 0.7] };
  const scored = scoreEvents(matches, found, events, result, truth, 10, { tolerance: 0.05, binsPerSecond: 5 });
  assert.deepEqual([scored.cells, scored.found, scored.true, scored.matched], [2, 3, 4, 3]);
  assert.deepEqual([scored.precision, scored.recall, scored.f1], [1, 0.75, 6 / 7]);
  assert(Math.abs(scored.f1OfCells.mean - (1 + 2 / 3) / 2) < 1e-12);
  assert(Math.abs(scored.bin - 0.2) < 1e-12);
  assert(scored.spikesBinned.mean !== scored.spikes.mean);
  assert.equal(scoreEvents(matches, found, events, result, truth, 10).bin, 0.1, "a bin is at least a frame");
  const nothing = scoreEvents([], found, events, result, truth, 10);
  assert.deepEqual([nothing.precision, nothing.recall, nothing.f1, nothing.spikes.mean], [1, 1, 1, 0]);
  for (const wrong of [{ tolerance: 0 }, { tolerance: NaN }, { binsPerSecond: -1 }]) {
    assert.throws(() => scoreEvents(matches, found, events, result, truth, 10, wrong), ParameterError);
  }
});

/** The truth of which a fake extraction is the perfect result. */
function truthOf({ footprints, traces, movie, b0, summary, frameRate }: Extraction): Truth {
  return {
    ...{ width: movie.width, height: movie.height, frames: movie.frames, frameRate },
    footprints,
    calcium: traces.denoised,
    spikes: traces.spikes,
    arOrder: 1,
    ar: Float64Array.from({ length: footprints.count }, () => 0.85),
    snr: new Float64Array(footprints.count).fill(10),
    b0: Float64Array.from(b0),
    noise: Float64Array.from(summary.noise),
  };
}

Deno.test("score tells of events: all right for the truth itself, fewer where activity is lost or invented", async () => {
  const extraction = fakeExtraction({ frames: 500, cells: 4 }), truth = truthOf(extraction);
  const perfect = (await eventScore(extraction, truth, score(extraction, truth)))!;
  assert.deepEqual([perfect.cells, perfect.f1, perfect.spikes.mean], [4, 1, 1]);
  assert.match(
    eventScoreText(perfect, 9.99),
    /^events of 4 matched cells: \d+ found, \d+ true.*F1 1\.000; spikes r 1\.000 by frame$/,
  );
  const halved = { ...extraction, traces: { ...extraction.traces, spikes: extraction.traces.spikes.slice() } };
  halved.traces.spikes.fill(0, 0, 1000);
  const lost = (await eventScore(halved, truth, score(halved, truth)))!;
  assert(lost.precision === 1 && lost.recall < 0.7 && lost.recall > 0.3, `${lost.recall}`);
  const without = fakeExtraction({ arOrder: 0, frames: 500, cells: 4 });
  assert.equal(await eventScore(without, truth, score(without, truth)), undefined);

  await inTemporary(async (folder) => {
    const results = `${folder}/results.h5`, true_ = `${folder}/truth.h5`;
    await saveResults(results, extraction);
    await saveTruth(true_, truth);
    const { record, text } = await ran(scoreCommand, results, true_, "--tolerance", "0.1");
    assert.deepEqual([record.events.tolerance, record.events.f1], [0.1, 1]);
    assert.match(text, /one to one within 0\.1 s: precision 1\.000/);
    await refused(2, /tolerance is 0/, scoreCommand, results, true_, "--tolerance", "0");
    await refused(2, /--tolerance is soon/, scoreCommand, results, true_, "--tolerance", "soon");
  });
});
