/** The viewer does several things at once on one device, and each comes out as if it were alone. */
import assert from "node:assert/strict";
import { extract } from "../src/cnmfe/extract.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { simulate } from "../src/simulation/simulate.ts";
import type { EditedMessage } from "../src/viewer/messages.ts";
import { backends, backendTest } from "./backends.ts";
import { floatsOf, linesOf, MEMORY, withResultsViewer } from "./viewer_setting.ts";

const { source } = simulate({ width: 60, height: 52, frames: 240, cells: 6, seed: 5 });

/** Inspects, edits and shows frames, at once or one after the other; what came of it. */
async function everything(extraction: Extraction, compute: Compute, isAtOnce: boolean): Promise<unknown[]> {
  const found: unknown[] = [];
  await withResultsViewer(
    extraction,
    async ({ ask, get, file }) => {
      const jobs: (() => Promise<unknown>)[] = [
        async () => {
          const request = { gSig: 3, gSiz: 13, min_corr: 0.5, min_pnr: 3 };
          return (await linesOf(await ask("/api/inspect", request))).at(-1).seeds;
        },
        async () => {
          const merged: EditedMessage = await get("/api/edit", { action: "merge", cells: [0, 1] });
          const deleted: EditedMessage = await get("/api/edit", { action: "delete", cells: [2] });
          return [merged.outcome, deleted.outcome];
        },
        async () => {
          const frames: Float32Array[] = [];
          for (let at = 0; at < 240; at += 20) frames.push(await floatsOf(await ask(`/api/frame?kind=movie&at=${at}`)));
          return frames;
        },
      ];
      if (isAtOnce) found.push(...await Promise.all(jobs.map((job) => job())));
      else for (const job of jobs) found.push(await job());
      for (const kind of ["background", "residual", "cells"]) {
        found.push(await floatsOf(await ask(`/api/frame?kind=${kind}&at=77`)));
      }
      await get("/api/saved");
      const { traces, footprints } = await loadResults(file);
      found.push(traces, footprints);
    },
    source,
    compute,
  );
  return found;
}

backendTest("an inspection, edits and frames at once are what they are one after the other", async () => {
  for (const compute of await backends()) {
    const parameters = resolveParameters({ gSig: 3 }, source.header);
    const extraction = await extract(source, parameters, { compute, memoryBytes: MEMORY });
    const alone = await everything(extraction, compute, false);
    assert((alone[0] as unknown[]).length > 0);
    assert.deepEqual(await everything(extraction, compute, true), alone, compute.description);
  }
});
