/**
 * Deconvolution of 200 simulated traces of 10 000 frames: `deno run -A bench/deconvolution.ts`. Prints CPU seconds on one
 * thread (CaImAn 1.12.1 on such a machine: AR(1) 1.43, AR(2) 8.8), and wall seconds with one worker a processor.
 *
 * @module
 */
import process from "node:process";
import { deconvolve } from "../src/deconvolution/deconvolve.ts";
import { deconvolveAll } from "../src/deconvolution/deconvolve_all.ts";
import { WorkerPool } from "../src/deconvolution/worker_pool.ts";
import { Random } from "../src/simulation/random.ts";

const CELLS = 200, FRAMES = 10000;

/** What the work may cost, in CPU seconds. */
const BUDGET = { 1: 1.4, 2: 4 } as const;

/** Traces at 10 frames a second: a decay of about 0.6 s, bursts every 5 s on average, peaks of 4 to 20 times the noise. */
function simulatedTraces(ar: readonly number[]): Float32Array {
  const traces = new Float32Array(CELLS * FRAMES);
  for (let cell = 0; cell < CELLS; cell++) {
    const random = new Random(1, ar.length, cell), noise = 1, size = random.uniform(4, 20) / (ar.length === 2 ? 2 : 1);
    let one = 0, two = 0;
    for (let t = 0; t < FRAMES; t++) {
      const spike = random.uniform() < 0.02 ? size * random.uniform(0.5, 1.5) : 0;
      const calcium = ar[0] * one + (ar[1] ?? 0) * two + spike;
      two = one;
      one = calcium;
      traces[cell * FRAMES + t] = 100 + calcium + noise * random.normal();
    }
  }
  return traces;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (import.meta.main) {
  using pool = new WorkerPool();
  for (const [p, ar] of [[1, [0.85]], [2, [1.35, -0.425]]] as const) {
    const traces = simulatedTraces(ar);
    const cpu = cpuSeconds();
    for (let cell = 0; cell < CELLS; cell++) deconvolve(traces.subarray(cell * FRAMES, (cell + 1) * FRAMES), { p });
    const spent = cpuSeconds() - cpu;
    await deconvolveAll(traces.subarray(0, pool.size * FRAMES), pool.size, FRAMES, { p }, pool); // starts the workers
    const started = performance.now();
    await deconvolveAll(traces, CELLS, FRAMES, { p }, pool);
    const wall = (performance.now() - started) / 1000;
    console.log(
      `deconvolution AR(${p}): ${spent.toFixed(2)} CPU-s for ${CELLS} traces of ${FRAMES} frames (at most ${
        BUDGET[p]
      }); ` +
        `${wall.toFixed(2)} s with ${pool.size} workers`,
    );
  }
}
