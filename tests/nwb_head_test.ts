import assert from "node:assert/strict";
import { factsIn } from "../src/nwb/facts.ts";
import { ContentDigest, uuidOf } from "../src/nwb/identifiers.ts";
import { isDuration, momentOf, secondsBefore } from "../src/nwb/moments.ts";
import { timingOf } from "../src/nwb/timing.ts";

Deno.test("moments come out the one way NWB's validator accepts", () => {
  const cases: [string, string | undefined, boolean?][] = [
    ["2024-05-06T07:08:09+02:00", "2024-05-06T07:08:09+02:00", true],
    ["2024-05-06T07:08:09.25Z", "2024-05-06T07:08:09.250Z", true],
    ["2024-05-06 07:08:09.1234567890", undefined],
    ["2024-05-06 07:08:09.123456789 -0330", "2024-05-06T07:08:09.123456-03:30", true],
    ["2024-05-06T07:08", "2024-05-06T07:08:00+00:00", false],
    ["2024-05-06", "2024-05-06T00:00:00+00:00", false],
    ["2024-02-29", "2024-02-29T00:00:00+00:00", false],
    ["2023-02-29", undefined],
    ["2024-13-01", undefined],
    ["2024-05-06T24:00:00", undefined],
    ["2024-05-06T07:08:09+15:00", undefined],
    ["06.05.2024", undefined],
  ];
  for (const [text, right, isZoned] of cases) {
    assert.deepEqual(momentOf(text), right === undefined ? undefined : { text: right, isZoned }, text);
  }
});

Deno.test("a moment some seconds before another one keeps what is known of its zone", () => {
  const moment = momentOf("2024-05-06T07:08:09.250+02:00")!;
  assert.deepEqual(secondsBefore(moment, 90000.125), { text: "2024-05-05T04:08:09.125Z", isZoned: true });
  assert.deepEqual(secondsBefore(momentOf("2024-05-06")!, -1), {
    text: "2024-05-06T00:00:01.000Z",
    isZoned: false,
  });
  assert.equal(secondsBefore(moment, 1e15), undefined);
});

Deno.test("durations are ISO 8601's", () => {
  for (const right of ["P90D", "P1Y2M3W4D", "P1.5Y", "PT36H", "P1DT2H3M4.5S"]) assert.ok(isDuration(right), right);
  for (const wrong of ["P", "90D", "PT", "P1D2Y", "P1H", "", "P90D "]) assert.ok(!isDuration(wrong), wrong);
});

Deno.test("identifiers are UUIDs that follow from the content", () => {
  const one = uuidOf("a"), digest = (text: string, data: Float32Array) => new ContentDigest().add(text).add(data);
  assert.match(one, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(uuidOf("a"), one);
  assert.notEqual(uuidOf("b"), one);
  const data = Float32Array.of(1, 2, 3), same = Float32Array.of(0, 1, 2, 3).subarray(1);
  assert.equal(digest("x", data).identifier(), digest("x", same).identifier());
  assert.notEqual(digest("x", data).identifier(), digest("x", Float32Array.of(1, 2, 4)).identifier());
  assert.notEqual(digest("x", data).identifier(), digest("y", data).identifier());
});

Deno.test("even timestamps are a rate; others stay as they are", () => {
  const even = (start: number, rate: number) => Float64Array.from({ length: 5000 }, (_, i) => start + i / rate);
  assert.deepEqual(timingOf(undefined, 20), { start: 0, rate: 20 });
  assert.equal(timingOf(undefined, undefined), undefined);
  assert.deepEqual(timingOf(even(0, 20), 20.00000001), { start: 0, rate: 20 });
  assert.deepEqual(timingOf(even(3.5, 9.99), undefined), { start: 3.5, rate: 9.99 });
  assert.deepEqual(timingOf(even(0, 1 / 0.0501234567), undefined), {
    start: 0,
    rate: Number((1 / 0.0501234567).toPrecision(12)),
  });
  const gap = even(0, 20).map((seconds, i) => i > 40 ? seconds + 0.05 : seconds);
  const jitter = even(0, 20).map((seconds, i) => seconds + (i === 7 ? 1e-6 : 0));
  const drift = even(0, 20).map((seconds, i) => seconds + 1e-11 * i * i);
  for (const uneven of [gap, jitter, drift, Float64Array.of(0, 1), Float64Array.of(3), even(0, 20).map(() => 4)]) {
    assert.deepEqual(timingOf(uneven, 20), { timestamps: uneven });
  }
  assert.deepEqual(timingOf(even(0, 20), 30), { timestamps: even(0, 20) }, "another rate was stated");
  assert.deepEqual(timingOf(Float64Array.of(0, NaN, 2), 20), { timestamps: Float64Array.of(0, NaN, 2) });
});

Deno.test("facts of a record are told one by one, with the way to them", () => {
  assert.deepEqual(
    factsIn("p", { a: 1, crop: [1, 2], deep: { b: [{ c: "x" }], d: null }, gone: undefined, far: Infinity }),
    [
      ["p", "a", "1"],
      ["p", "crop", "[1, 2]"],
      ["p", "deep.b.0.c", "x"],
      ["p", "deep.d", "null"],
      ["p", "far", "Infinity"],
    ],
  );
  assert.equal(factsIn("p", { long: Array.from({ length: 20000 }, (_, i) => i) }).length, 10000);
});
