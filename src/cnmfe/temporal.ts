import { binSpace } from "../kernels/bin_space.ts";
import { cellFrame, packRows } from "../kernels/cell_frame.ts";
import { stackBytes } from "../kernels/stack.ts";
import { traceHals } from "../kernels/trace_hals.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { type Cell, overlaps } from "./cells.ts";
import type { ChunkStream } from "./chunks.ts";
import type { LowVector } from "./low_grid.ts";
import type { Ring } from "./ring.ts";
import type { MovieStatistics } from "./statistics.ts";
import type { DeconvolutionPool } from "../deconvolution/pool.ts";

/** Most block-coordinate sweeps. */
const SWEEPS = 2;
/** Relative change of C below which the sweeps stop. */
const SETTLED = 1e-3;

/**
 * Temporal update: y_k = C_k + (AᵀZ − AᵀA C)_k / ‖a_k‖², then deconvolution, cells that do not overlap together
 * (algorithm.md section 6). One pass over the movie, each frame read once: AᵀZ = ÃᵀY + (AᵀMA) C with Ã = RᵀA.
 */
export async function temporalUpdate(
  stream: ChunkStream,
  statistics: MovieStatistics,
  ring: Ring,
  cells: readonly Cell[],
  pool: DeconvolutionPool,
  p: 0 | 1 | 2,
  progress?: (fraction: number) => void,
): Promise<Cell[]> {
  if (cells.length === 0) return [];
  const { compute } = stream, { frames, width } = stream.source.header;
  const stride = Math.ceil(frames / 4) * 4, K = cells.length;
  const projections = await projectMovie(stream, statistics, ring, cells, stride, progress);
  const overlap = overlaps(cells, width);
  const starts = new Uint32Array(K + 1);
  overlap.forEach((row, k) => starts[k + 1] = starts[k] + row.cells.length);
  const traces = new Float32Array(K * stride);
  const current = cells.map((cell) => cell.trace);
  current.forEach((trace, k) => traces.set(centred(trace), k * stride));
  const device = {
    traces: compute.upload("traces", traces),
    projections: compute.upload("projections", projections),
    overlapStarts: compute.upload("overlap starts", starts),
    overlapCells: compute.upload("overlap cells", Uint32Array.from(overlap.flatMap((row) => row.cells))),
    overlapValues: compute.upload("overlap values", Float32Array.from(overlap.flatMap((row) => row.values))),
    raw: compute.allocate("raw traces", K * stride * 4),
  };
  const classes = colour(overlap.map((row) => row.cells));
  const updated: Cell[] = cells.slice();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let change = 0, size = 0;
    for (const members of classes) {
      const raw = await rawTraces(compute, device, members, stride, frames);
      const results = await pool.deconvolve(raw, members.length, frames, p);
      members.forEach((k, i) => {
        const trace = results.denoised.subarray(i * frames, (i + 1) * frames);
        for (let t = 0; t < frames; t++) {
          change += (trace[t] - current[k][t]) ** 2;
          size += current[k][t] ** 2;
        }
        current[k] = trace;
        compute.write(device.traces, centred(trace), k * stride * 4);
        updated[k] = {
          footprint: cells[k].footprint,
          trace,
          raw: raw.slice(i * frames, (i + 1) * frames),
          spikes: results.spikes.subarray(i * frames, (i + 1) * frames),
          baseline: results.baseline[i],
          noise: results.noise[i],
          ar: results.ar[i],
        };
      });
    }
    if (change <= SETTLED ** 2 * size) break;
  }
  for (const buffer of Object.values(device)) buffer.release();
  return updated;
}

function centred(trace: Float32Array): Float32Array {
  let mean = 0;
  for (const value of trace) mean += value;
  mean /= trace.length;
  return trace.map((value) => value - mean);
}

async function rawTraces(
  compute: Compute,
  device: Record<"traces" | "projections" | "overlapStarts" | "overlapCells" | "overlapValues" | "raw", DeviceBuffer>,
  members: readonly number[],
  stride: number,
  frames: number,
): Promise<Float32Array> {
  const selected = compute.upload("cells of this group", Uint32Array.from(members));
  const packed = compute.allocate("raw traces of this group", members.length * stride * 4);
  traceHals(compute, { ...device, selected }, members.length, stride, frames, 0);
  members.forEach((k, i) => compute.copy(device.raw, k * stride * 4, packed, i * stride * 4, stride * 4));
  const data = new Float32Array((await compute.read(packed))[0]);
  selected.release();
  packed.release();
  const raw = new Float32Array(members.length * frames);
  members.forEach((_, i) => raw.set(data.subarray(i * stride, i * stride + frames), i * frames));
  return raw;
}

/** AᵀZ, centred in time: K rows of `stride` values. */
async function projectMovie(
  stream: ChunkStream,
  { grid }: MovieStatistics,
  ring: Ring,
  cells: readonly Cell[],
  stride: number,
  progress?: (fraction: number) => void,
): Promise<Float32Array> {
  const { compute, source } = stream, { width, height, frames } = source.header, K = cells.length;
  const up = cells.map((cell) => grid.upTransposed(cell.footprint));
  const rows = packRows(width, height, cells.map((cell) => cell.footprint));
  const lowRows = packRows(
    grid.width,
    grid.height,
    up.map((vector) => negative(ring.operator.applyTransposed(vector))),
  );
  const upload = (label: string, packed: typeof rows) => ({
    starts: compute.upload(`${label}: starts`, packed.starts),
    blocks: compute.upload(`${label}: blocks`, packed.blocks),
    weights: compute.upload(`${label}: weights`, packed.weights),
  });
  const device = upload("footprint rows", rows), lowDevice = upload("ring rows", lowRows);
  const out = compute.allocate("projections", K * stride * 4);
  const low = compute.allocate(
    "downsampled chunk",
    stackBytes({ frames: stream.chunkFrames, width: grid.width, height: grid.height }),
  );
  await stream.each({}, (chunk) => {
    const shape = { frames: chunk.frames, width, height };
    cellFrame(compute, chunk.stack, device, out, shape, stride, chunk.start, K);
    binSpace(compute, chunk.stack, low, shape, grid.factor);
    const lowShape = { frames: chunk.frames, width: grid.width, height: grid.height };
    cellFrame(compute, low, lowDevice, out, lowShape, stride, chunk.start, K);
    progress?.((chunk.start + chunk.frames) / frames);
  });
  const result = new Float32Array((await compute.read(out))[0]);
  for (const buffer of [out, low, ...Object.values(device), ...Object.values(lowDevice)]) buffer.release();

  // + (AᵀMA) C: what the ring predicts from the cells is not background.
  const returned = cellsInRings(
    up,
    cells.map((cell) => ring.operator.apply(grid.down(cell.footprint))),
    grid.width * grid.height,
  );
  for (let k = 0; k < K; k++) {
    const row = result.subarray(k * stride, k * stride + frames);
    let mean = 0;
    for (let t = 0; t < frames; t++) mean += row[t];
    mean /= frames;
    for (let t = 0; t < frames; t++) row[t] -= mean;
    row.fill(0, frames);
  }
  const centredTraces = cells.map((cell) => centred(cell.trace));
  returned.forEach((entries, k) => {
    for (const { cell, value } of entries) {
      const trace = centredTraces[cell], at = k * stride;
      for (let t = 0; t < frames; t++) result[at + t] += value * trace[t];
    }
  });
  return result;
}

function negative(vector: LowVector): { pixels: Uint32Array; values: Float32Array } {
  return { pixels: Uint32Array.from(vector.pixels), values: Float32Array.from(vector.values, (value) => -value) };
}

/** AᵀMA by rows: Uᵀa_k · W D a_l for every pair that meets. */
function cellsInRings(
  up: readonly LowVector[],
  rings: readonly LowVector[],
  size: number,
): { cell: number; value: number }[][] {
  const rows: { cell: number; value: number }[][] = up.map(() => []), dense = new Float64Array(size);
  rings.forEach((ring, l) => {
    ring.pixels.forEach((pixel, i) => dense[pixel] = ring.values[i]);
    up.forEach((vector, k) => {
      let value = 0;
      vector.pixels.forEach((pixel, i) => value += vector.values[i] * dense[pixel]);
      if (value !== 0) rows[k].push({ cell: l, value });
    });
    ring.pixels.forEach((pixel) => dense[pixel] = 0);
  });
  return rows;
}

/** Groups of cells that do not overlap: greedy colouring in the cells' order. */
export function colour(neighbours: readonly (readonly number[])[]): number[][] {
  const colours = new Int32Array(neighbours.length).fill(-1), classes: number[][] = [];
  neighbours.forEach((near, k) => {
    const taken = new Set(near.filter((l) => l !== k).map((l) => colours[l]));
    let c = 0;
    while (taken.has(c)) c++;
    colours[k] = c;
    (classes[c] ??= []).push(k);
  });
  return classes;
}
