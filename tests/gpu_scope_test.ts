/** What works on a device leaves nothing on it: also where it is ended half-way, as the viewer's inspector and edits are. */
import assert from "node:assert/strict";
import { extract } from "../src/cnmfe/extract.ts";
import { resolveParameters, resolveQualityParameters } from "../src/core/parameters.ts";
import { editCells } from "../src/edit/edit_cells.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { withBuffers } from "../src/gpu/scope.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { measureQuality } from "../src/quality/measure.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { summarize } from "../src/summary/summary.ts";

const SIZE = { width: 48, height: 40, frames: 300, cells: 4, seed: 3 };

/** Enough for chunks of some frames only, so that there is something to end. */
const MEMORY = 4e7;

/** A movie that ends what reads it at its nth read, by its signal or with an error. */
function ending(source: MovieSource, reads: number, stop: AbortController | undefined): MovieSource {
  let left = reads;
  return {
    ...source,
    async read(start, count, into) {
      if (--left <= 0) {
        if (!stop) throw new Error("the disk is gone");
        stop.abort();
      }
      await source.read(start, count, into);
    },
  };
}

Deno.test("a device is as empty after work that was ended or failed as before it", async () => {
  const { source } = simulate(SIZE), compute = new CpuCompute({ workers: 0 });
  const parameters = resolveParameters({ gSig: 3 }, source.header), options = { compute, memoryBytes: MEMORY };
  const extraction = await extract(source, parameters, options);
  assert.ok(extraction.footprints.count > 1, "not a test");
  assert.equal(compute.memory.current, 0, "after an extraction");
  const quality = resolveQualityParameters(), [first] = extraction.footprints.pixels;
  const at = { x: first % SIZE.width, y: Math.floor(first / SIZE.width) };
  type Work = (movie: MovieSource, signal?: AbortSignal) => Promise<unknown>;
  const works: Record<string, Work> = {
    summarize: (movie, signal) => summarize(movie, parameters, { ...options, signal }),
    extract: (movie, signal) => extract(movie, parameters, { ...options, signal }),
    measureQuality: (movie, signal) => measureQuality(movie, extraction, quality, { ...options, signal }),
    merge: (movie, signal) =>
      editCells(extraction, { action: "merge", cells: [0, 1] }, { ...options, source: movie, signal }),
    split: (movie, signal) =>
      editCells(extraction, { action: "split", cell: 0 }, { ...options, source: movie, signal }),
    add: (movie, signal) => editCells(extraction, { action: "add", ...at }, { ...options, source: movie, signal }),
  };
  for (const [name, work] of Object.entries(works)) {
    let ended = 0;
    for (const reads of [2, 3, 5, 9]) {
      for (const stop of [new AbortController(), undefined]) {
        await work(ending(source, reads, stop), stop?.signal).catch(() => ended++);
        assert.equal(
          compute.memory.current,
          0,
          `${name}, ended by ${stop ? "its signal" : "an error"} at read ${reads}`,
        );
      }
    }
    assert.ok(ended > 0, `${name} was never ended`);
  }
  compute.destroy();
});

Deno.test("buffers that work forgot are given back, and those of others are not", async () => {
  const compute = new CpuCompute({ workers: 0 }), own = compute.allocate("own", 64);
  const sum = await withBuffers(compute, async (scoped) => {
    const left = scoped.upload("left", Float32Array.of(1, 2, 3, 4));
    scoped.copy(left, 0, own, 0, 16);
    const [data] = await scoped.read(own);
    return new Float32Array(data).reduce((a, b) => a + b, 0);
  });
  assert.equal(sum, 10);
  assert.equal(compute.memory.current, 64);
  await assert.rejects(
    withBuffers(compute, (scoped) => Promise.reject(new Error(scoped.allocate("x", 32).label))),
    /x/,
  );
  assert.equal(compute.memory.current, 64);
  own.release();
  compute.destroy();
});
