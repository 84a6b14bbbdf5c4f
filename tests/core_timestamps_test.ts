import assert from "node:assert/strict";
import { rateOfTimestamps, secondsOfFrame, timestampHealth, timestampNotes } from "../src/core/timestamps.ts";

/** Timestamps at 20 Hz from second 3 on, without some frames. */
function without(...dropped: number[]): Float64Array {
  return Float64Array.from(
    Array.from({ length: 40 }, (_, i) => i).filter((i) => !dropped.includes(i)),
    (i) => 3 + i / 20,
  );
}

Deno.test("regular timestamps are healthy, whatever small jitter they have", () => {
  const even = without(), jittered = even.map((seconds, i) => seconds + (i % 3 - 1) * 0.004);
  for (const timestamps of [even, jittered]) {
    const { interval, backward, repeated, gaps, missing, longest, shortest } = timestampHealth(timestamps);
    assert.deepEqual([backward, repeated, gaps, missing], [0, 0, [], 0]);
    assert.ok(Math.abs(interval - 0.05) < 0.009 && shortest <= interval && interval <= longest);
    assert.deepEqual(timestampNotes(timestamps), []);
  }
  assert.equal(rateOfTimestamps(even), 20);
});

Deno.test("gaps are found with their length, frames that go back and repeated ones counted", () => {
  const gapped = timestampHealth(without(10, 11, 12, 30));
  assert.deepEqual(gapped.gaps.map(({ frame, missing }) => [frame, missing]), [[9, 3], [26, 1]]);
  assert.ok(Math.abs(gapped.gaps[0].seconds - 0.2) < 1e-12);
  assert.equal(gapped.missing, 4);
  assert.ok(Math.abs(gapped.longest - 0.2) < 1e-12);
  assert.match(
    timestampNotes(without(10, 11, 12, 30)).join(),
    /^Timestamps have 2 gaps \(about 4 frames dropped at an interval of 50 ms\), the first after frame 9: 0\.2 s$/,
  );
  assert.match(timestampNotes(without(5)).join(), /have 1 gap \(about 1 frame dropped .* after frame 4: 0\.1 s$/);

  const mixed = without();
  mixed[7] = mixed[6];
  mixed[20] = mixed[18];
  const health = timestampHealth(mixed);
  assert.deepEqual([health.backward, health.repeated], [1, 1]);
  assert.ok(Math.abs(health.shortest + 0.05) < 1e-12, "The shortest interval is the one that goes back");
  const notes = timestampNotes(mixed);
  assert.equal(notes[0], "Timestamps go back once: frames may be out of order");
  assert.equal(notes[1], "1 of 40 timestamps equals the one before");
  const reversed = timestampNotes(without().reverse());
  assert.deepEqual(reversed, ["Timestamps go back 39 times: frames may be out of order"]);
});

Deno.test("many gaps are all counted, but not all named", () => {
  // Two intervals of one, then a long one, and so on: the median stays one.
  const timestamps = new Float64Array(6000);
  for (let i = 1; i < timestamps.length; i++) timestamps[i] = timestamps[i - 1] + (i % 3 === 0 ? 2 : 1);
  const { gaps, missing, interval } = timestampHealth(timestamps);
  assert.deepEqual([gaps.length, missing, interval], [1000, 1999, 1]);
});

Deno.test("few, equal or senseless timestamps give no rate, and nothing fails", () => {
  for (const none of [[], [5], [4, 4, 4], [NaN, NaN, NaN], [3, 2, 1], [0, Infinity]]) {
    const timestamps = Float64Array.from(none);
    assert.equal(rateOfTimestamps(timestamps), undefined, `${none}`);
    timestampHealth(timestamps);
    timestampNotes(timestamps);
  }
  assert.equal(rateOfTimestamps(Float64Array.of(0, 1 / 30)), 30);
  assert.equal(timestampHealth(Float64Array.of(7)).interval, 0);
  // One interval in four is long: the rate is the usual one.
  assert.equal(rateOfTimestamps(Float64Array.of(0, 0.1, 0.2, 0.3, 9)), 10);
});

Deno.test("seconds of a frame are counted from the first one, by timestamps before the rate", () => {
  const timestamps = Float64Array.of(100.5, 100.75, 103);
  assert.deepEqual([0, 1, 2].map((frame) => secondsOfFrame({ timestamps }, 50, frame)), [0, 0.25, 2.5]);
  assert.deepEqual([0, 1, 2].map((frame) => secondsOfFrame({}, 50, frame)), [0, 0.02, 0.04]);
});
