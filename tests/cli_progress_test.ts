import assert from "node:assert/strict";
import type { Output } from "../src/cli/output.ts";
import { Progress } from "../src/cli/progress.ts";

/** An output that keeps what it was told. */
function recorder(isTerminal: boolean, json = false) {
  const lines: string[] = [], redrawn: string[] = [], events: Record<string, unknown>[] = [];
  const output = {
    isTerminal,
    options: { json, verbose: false },
    line: (text: string) => lines.push(text),
    redraw: (text: string) => redrawn.push(text),
    event: (name: string, record: Record<string, unknown>) => events.push({ name, ...record }),
  };
  let time = 0;
  const progress = new Progress(output as unknown as Output, () => time);
  const at = (ms: number, stage: string, fraction: number, message?: string) => {
    time = ms;
    progress.report({ stage, fraction, message });
  };
  return { at, lines, redrawn, events };
}

Deno.test("piped, a stage is one plain line and long stages speak every few seconds", () => {
  const { at, lines, redrawn } = recorder(false);
  at(1000, "noise", 0.1);
  at(1500, "noise", 0.12);
  at(2000, "ring", 0.2, "30 cells");
  at(8000, "ring", 0.5);
  assert.deepEqual(
    lines,
    ["10 %  noise  (9.0 s left)", "20 %  ring: 30 cells  (8.0 s left)", "50 %  ring  (8.0 s left)"]
      .map((line) => ` ${line}`),
  );
  assert.equal(redrawn.length, 0);
});

Deno.test("on a terminal one line is redrawn, but not more often than eyes follow", () => {
  const { at, lines, redrawn } = recorder(true);
  at(1000, "noise", 0);
  at(1050, "noise", 0.1);
  at(1200, "noise", 0.5);
  assert.deepEqual(redrawn, ["  0 %  noise", " 50 %  noise  (1.2 s left)"]);
  assert.equal(lines.length, 0);
});

Deno.test("with --json progress is records and nothing else", () => {
  const { at, lines, redrawn, events } = recorder(true, true);
  at(1000, "noise", 0.25);
  assert.deepEqual(events, [
    { name: "progress", stage: "noise", fraction: 0.25, seconds: 1, seconds_left: 3, message: undefined },
  ]);
  assert.equal(lines.length + redrawn.length, 0);
});
