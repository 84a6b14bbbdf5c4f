import assert from "node:assert/strict";
import { tallyOf, verdict } from "./run.ts";

const report = (tests: number, failures: number, errors = 0) =>
  `<?xml version="1.0"?>\n<testsuites name="deno test" tests="${tests}" failures="${failures}" errors="${errors}">\n` +
  `<testsuite name="a"></testsuite>\n</testsuites>\n`;

Deno.test("the tally is the report's", () => {
  assert.deepEqual(tallyOf(report(8, 2, 1)), { passed: 5, failed: 3 });
  assert.deepEqual(tallyOf(report(2, 0).replace("<testsuite ", "<skipped/><testsuite ")), { passed: 1, failed: 0 });
  assert.equal(tallyOf(report(8, 0).replace("</testsuites>", "")), undefined);
  assert.equal(tallyOf(""), undefined);
});

Deno.test("a crash on exit is forgiven only after a complete report without failures", () => {
  const good = tallyOf(report(8, 0)), bad = tallyOf(report(8, 1)), none = tallyOf(report(0, 0));
  assert.equal(verdict(0, good), 0);
  assert.equal(verdict(134, good), 0);
  assert.equal(verdict(139, good), 0);
  assert.equal(verdict(1, good), 1);
  assert.equal(verdict(137, good), 137);
  assert.equal(verdict(139, bad), 139);
  assert.equal(verdict(139, undefined), 139);
  assert.equal(verdict(0, undefined), 1);
  assert.equal(verdict(0, bad), 1);
  assert.equal(verdict(0, none), 1);
});
