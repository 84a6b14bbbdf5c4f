/** Progress of a command that has several phases, and passes within them, is one whole that never goes back. */
import assert from "node:assert/strict";
import { Phases } from "../src/cli/phases.ts";
import type { Progress, ProgressEvent } from "../src/cli/progress.ts";

function watched(): { phases: Phases; seen: ProgressEvent[] } {
  const seen: ProgressEvent[] = [];
  return { phases: new Phases({ report: (event: ProgressEvent) => seen.push(event) } as unknown as Progress), seen };
}

Deno.test("each phase takes its share of what is left of the whole", () => {
  const { phases, seen } = watched();
  phases.next(0.2);
  phases.report({ stage: "a", fraction: 0.5 });
  phases.next(0.5);
  phases.report({ stage: "b", fraction: 0 });
  phases.report({ stage: "b", fraction: 1, message: "3 cells" });
  phases.next(1);
  phases.report({ stage: "c", fraction: 0.5 });
  phases.report({ stage: "c", fraction: 1 });
  assert.deepEqual(seen.map(({ fraction }) => Number(fraction.toFixed(6))), [0.1, 0.2, 0.6, 0.8, 1]);
  assert.deepEqual(seen.map(({ message }) => message), [undefined, undefined, "3 cells", undefined, undefined]);
});

Deno.test("passes that come first take a part of their phase, which goes on behind them", () => {
  const { phases, seen } = watched();
  phases.next(0.5);
  phases.within({ stage: "dead pixels", fraction: 0 });
  phases.within({ stage: "dead pixels", fraction: 1 });
  phases.report({ stage: "registration", fraction: 0 });
  phases.report({ stage: "registration", fraction: 0.5 });
  phases.within({ stage: "minimum", fraction: 0.5 });
  phases.within({ stage: "minimum", fraction: 1 });
  phases.within({ stage: "mean", fraction: 1 });
  phases.report({ stage: "registration", fraction: 0.75 });
  phases.report({ stage: "registration", fraction: 1 });
  const done = seen.map(({ fraction }) => fraction);
  assert(done.every((fraction, i) => i === 0 || fraction >= done[i - 1]), done.join(" "));
  assert(done[1] > 0 && done[1] < 0.1 && done[5] > done[4] && done[6] > done[5], done.join(" "));
  assert(Math.abs(done.at(-1)! - 0.5) < 1e-12, "The phase ends where it would without the passes");
  phases.next(1);
  phases.report({ stage: "extraction", fraction: 0 });
  assert(Math.abs(seen.at(-1)!.fraction - 0.5) < 1e-12);
});

Deno.test("a stage that reports less than before does not go back", () => {
  const { phases, seen } = watched();
  phases.next(1);
  phases.report({ stage: "a", fraction: 0.6 });
  phases.report({ stage: "b", fraction: 0.2 });
  assert.deepEqual(seen.map(({ fraction }) => fraction), [0.6, 0.6]);
});
