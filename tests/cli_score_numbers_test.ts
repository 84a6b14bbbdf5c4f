/** `annulus score --verbose` names components as every other command does: by the cells' numbers, which edits leave. */
import assert from "node:assert/strict";
import { scoreText } from "../src/cli/score.ts";
import type { Truth } from "../src/core/truth.ts";
import { score } from "../src/score/score.ts";
import { chosenCells } from "../src/traces/chosen_cells.ts";
import { fakeExtraction } from "./fake_extraction.ts";

Deno.test("a component that found no cell is told by its number", () => {
  const all = fakeExtraction({ cells: 4, seed: 3 }), { movie: { frames }, traces } = all;
  const only = chosenCells(all, [0]), rest = chosenCells(all, [0, 3]);
  const truth = {
    footprints: only.footprints,
    calcium: only.traces.denoised,
    spikes: only.traces.spikes,
    width: 48,
    height: 40,
    frames,
    snr: Float64Array.of(traces.noise[0]),
  } as unknown as Truth;
  const result = score(rest, truth);
  assert.deepEqual(result.thresholds.at(-1)!.falseComponents.map(({ component }) => component), [1]);
  assert.match(scoreText(result, true, false, rest.numbers), /no cell: component 3 at/);
  assert.match(scoreText(result, true), /no cell: component 1 at/);
});
