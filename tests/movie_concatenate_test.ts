/** What is known of movies that are played one after another: clocks, rates, notes. */
import assert from "node:assert/strict";
import type { MovieHeader, MovieSource } from "../src/core/movie.ts";
import { timestampNotes } from "../src/core/timestamps.ts";
import { concatenate } from "../src/movie/concatenate.ts";
import { withFacts } from "./cli_commands.ts";
import { noiseMovie, samplesOf } from "./preprocess_movies.ts";

/** A small movie with facts. */
function part(name: string, frames: number, facts: Partial<MovieHeader> = {}): MovieSource {
  return withFacts(noiseMovie({ width: 3, height: 2, frames, type: "uint8" }), { name, ...facts });
}

/** Seconds of some frames at 10 Hz from a second on. */
function clock(from: number, frames: number): Float64Array {
  return Float64Array.from({ length: frames }, (_, i) => from + i / 10);
}

/** Numbers as they are meant, without the rounding of sums. */
function rounded(timestamps: Float64Array | undefined): number[] {
  return Array.from(timestamps ?? [], (seconds) => Number(seconds.toFixed(9)));
}

Deno.test("a clock that goes on from one part to the next is left as it is", () => {
  const { header } = concatenate([
    part("a", 3, { timestamps: clock(5, 3), frameRate: 10 }),
    part("b", 2, { timestamps: clock(5.3, 2), frameRate: 10 }),
    part("c", 2, { timestamps: clock(9, 2), frameRate: 10 }),
  ]);
  assert.deepEqual(header.timestamps, Float64Array.of(...clock(5, 3), ...clock(5.3, 2), ...clock(9, 2)));
  assert.equal(header.frameRate, 10);
  assert.deepEqual(header.notes, [
    "Timestamps have 1 gap (about 35 frames dropped at an interval of 100 ms), the first after frame 4: 3.6 s",
  ]);
});

Deno.test("a clock that starts again goes on one interval later, where nobody knows when the part began", () => {
  const { header } = concatenate([
    part("a", 3, { timestamps: clock(0, 3) }),
    part("b", 4, { timestamps: clock(0, 4) }),
    part("c", 1, { timestamps: clock(0, 1) }),
  ]);
  // The interval is the part's own; that of a single frame is the one of the frames before.
  assert.deepEqual(rounded(header.timestamps), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  assert.deepEqual(header.notes, [
    'The clocks of "b" and 1 more start again: their frames are taken to follow those before without a gap',
  ]);
  const slow = [part("a", 2, { timestamps: clock(0, 2) }), part("b", 2, { timestamps: clock(0, 2) })];
  assert.deepEqual(rounded(concatenate(slow, { frameRate: 4 }).header.timestamps), [0, 0.1, 0.35, 0.45]);
});

Deno.test("a clock that starts again is placed by when the parts began, where they say so", () => {
  const begun = (name: string, startTime: string, from = 0) =>
    part(name, 3, { timestamps: clock(from, 3), frameRate: 10, startTime });
  const a = begun("a", "2024-05-06T07:08:00Z", 2), b = begun("b", "2024-05-06T07:08:30.200Z");
  const { header } = concatenate([a, b]);
  assert.deepEqual(rounded(header.timestamps), [2, 2.1, 2.2, 30.2, 30.3, 30.4]);
  assert.equal(header.startTime, "2024-05-06T07:08:00Z");
  const [placed, gap, ...rest] = header.notes!;
  assert.equal(placed, 'The clock of "b" starts again: its frames are placed by when it began');
  assert.match(gap, /^Timestamps have 1 gap \(about 279 frames dropped .* after frame 2: 28 s$/);
  assert.deepEqual(rest, []);
  // The same moments with other offsets from UTC.
  const elsewhere = begun("b", "2024-05-06T09:08:30.200+02:00");
  assert.deepEqual(concatenate([a, elsewhere]).header.timestamps, header.timestamps);
  // Beginnings that contradict the order are not believed, nor are those that are no dates.
  for (const startTime of ["2024-05-06T07:00:00Z", "2024-05-06T07:08:02Z", "yesterday"]) {
    const { timestamps, notes } = concatenate([a, begun("b", startTime, 0)]).header;
    assert.deepEqual(rounded(timestamps), [2, 2.1, 2.2, 2.3, 2.4, 2.5], startTime);
    assert.match(notes!.join(), /without a gap/);
  }
});

Deno.test("timestamps that one part lacks are left out for all, and that is said", () => {
  const { header } = concatenate([
    part("a", 3, { timestamps: clock(0, 3), frameRate: 10 }),
    part("b", 2),
    part("c", 2, { timestamps: clock(4, 2) }),
  ]);
  assert.equal(header.timestamps, undefined);
  assert.equal(header.frameRate, 10);
  assert.deepEqual(header.notes, ['Timestamps are left out: "b" has none']);
  assert.equal(concatenate([part("a", 2), part("b", 2)]).header.notes, undefined);
});

Deno.test("gaps within a part are told with the frames of the whole", () => {
  const gapped = Float64Array.of(0, 0.1, 0.4, 0.5);
  const { header } = concatenate([
    part("a", 4, { timestamps: clock(0, 4), notes: ["dropped"] }),
    part("b", 4, { timestamps: gapped.map((s) => s + 0.4), notes: timestampNotes(gapped.map((s) => s + 0.4)) }),
  ]);
  assert.deepEqual(header.notes, [
    "dropped",
    "Timestamps have 1 gap (about 2 frames dropped at an interval of 100 ms), the first after frame 5: 0.3 s",
  ]);
});

Deno.test("notes of all parts are kept once, and what the first part says stands for the whole", () => {
  const facts = { pixelSize: { x: 2, y: 3 }, metadata: { gain: 3 }, format: "one" };
  const { header } = concatenate([
    part("a", 1, { ...facts, notes: ["dropped", "skipped"] }),
    part("b", 1, { notes: ["skipped", "late"], metadata: { gain: 5 } }),
  ]);
  assert.deepEqual(header.notes, ["dropped", "skipped", "late"]);
  const { pixelSize, metadata, format, name, frames } = header;
  assert.deepEqual({ pixelSize, metadata, format }, facts);
  assert.deepEqual([name, frames], ["a and 1 more", 2]);
  // One part alone keeps everything.
  const only = part("a", 3, { ...facts, timestamps: clock(7, 3), notes: ["x"], frameRate: 9 });
  assert.deepEqual(concatenate([only]).header, only.header);
});

Deno.test("rates may differ by what clocks differ by; more has to be settled", async () => {
  const at = (name: string, frameRate?: number) => part(name, 2, frameRate === undefined ? {} : { frameRate });
  assert.equal(concatenate([at("a"), at("b", 20), at("c", 20.15)]).header.frameRate, 20);
  assert.throws(() => concatenate([at("a", 20), at("b"), at("c", 20.3)]), {
    name: "MovieError",
    message: 'Movie "c" says 20.3 frames per second but "a" says 20: ' +
      "state the frame rate of the whole (--frame_rate, or frameRate in the API) or leave one out",
  });
  const settled = concatenate([at("a", 20), at("c", 30)], { frameRate: 25, name: "whole", history: ["Opened"] });
  assert.deepEqual([settled.header.frameRate, settled.header.name, settled.header.history], [25, "whole", ["Opened"]]);
  assert.equal((await samplesOf(settled)).length, 4 * 6);
});

Deno.test("files of one recording in the wrong order are refused: their clock tells", () => {
  const at = (name: string, from: number) =>
    part(name, 3, { timestamps: clock(from, 3), frameRate: 10, startTime: "2024-05-06T07:08:00Z" });
  assert.throws(() => concatenate([at("0.avi", 0), at("10.avi", 3), at("2.avi", 0.6)]), {
    name: "MovieError",
    message: /"2\.avi" begins before "10\.avi" ends, and both are of one recording: list its files in playing order/,
  });
});

Deno.test("a frame rate that no camera has is left out, and told", () => {
  const { header } = concatenate([part("a", 3, { frameRate: 2147483650 })]);
  assert.equal(header.frameRate, undefined);
  assert.deepEqual(header.notes, ['"a" says 2147483650 frames per second, which is left out']);
  const joined = concatenate([part("a", 3, { frameRate: 1e18, notes: ["one"] }), part("b", 2, { frameRate: 30 })]);
  assert.equal(joined.header.frameRate, 30);
  assert.deepEqual(joined.header.notes, ["one", '"a" says 1000000000000000000 frames per second, which is left out']);
  assert.equal(concatenate([part("a", 3, { frameRate: 10_000 })]).header.frameRate, 10_000);
});

Deno.test("the size of a pixel is that of the first part, with a note when another states another", () => {
  const a = part("a", 1, { pixelSize: { x: 2, y: 2 } }), b = part("b", 1, { pixelSize: { x: 2, y: 3 } });
  const { pixelSize, notes } = concatenate([a, part("c", 1), b]).header;
  assert.deepEqual(pixelSize, { x: 2, y: 2 });
  assert.deepEqual(notes, ['"b" says that a pixel is 2×3 µm, "a" says that a pixel is 2×2 µm, which counts']);
  assert.equal(concatenate([a, a]).header.notes, undefined);
});
