import { binSpace } from "../kernels/bin_space.ts";
import { cellFrame, packRows } from "../kernels/cell_frame.ts";
import { stackBytes } from "../kernels/stack.ts";
import { traceHals } from "../kernels/trace_hals.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import type { Cell, ReadCell } from "./cells.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import type { LowVector } from "./low_grid.ts";
import type { BasicStatistics } from "./statistics.ts";
import type { DeconvolutionPool } from "../deconvolution/pool.ts";

/** Most block-coordinate sweeps. */
const SWEEPS = 2;
/** Relative change of C below which the sweeps stop. */
const SETTLED = 1e-3;

/**
 * Temporal update: y_k = C_k + w_kᵀ D(Y − A C), then deconvolution, cells whose filters do not see one another together
 * (algorithm.md section 6, with the filters of `cellFilters` in the place of RᵀA: both are sparse rows that take the background
 * away, these with the least power left). One pass over the movie, each frame read once.
 * @param filters w_k of each cell, w_kᵀ D a_k = 1; cells after the last filter are held: they keep their traces, and are not returned
 */
export async function temporalUpdate(
  stream: ChunkStream,
  statistics: Pick<BasicStatistics, "grid">,
  filters: readonly LowVector[],
  cells: readonly Cell[],
  pool: DeconvolutionPool,
  p: 0 | 1 | 2,
  progress?: (fraction: number) => void,
): Promise<ReadCell[]> {
  if (cells.length === 0) return [];
  const { compute } = stream, { frames } = stream.source.header, K = cells.length;
  const { grid } = statistics, low = cells.map((cell) => grid.down(cell.footprint));
  const overlap = crossTalk(filters, low, grid.width * grid.height);
  const starts = new Uint32Array(K + 1);
  for (let k = 0; k < K; k++) starts[k + 1] = starts[k] + (overlap[k]?.cells.length ?? 0);
  const device = {
    overlapStarts: compute.upload("overlap starts", starts),
    overlapCells: compute.upload("overlap cells", Uint32Array.from(overlap.flatMap((row) => row.cells))),
    overlapValues: compute.upload("overlap values", Float32Array.from(overlap.flatMap((row) => row.values))),
  };
  const spans = timeSpans(compute, K, frames, stream.chunkFrames);
  await projectMovie(stream, statistics, filters, spans, progress);
  const current = cells.map((cell) => cell.trace);
  current.forEach((trace, k) => writeTrace(compute, spans, k, trace));
  const classes = colour(mutual(overlap.map((row) => row.cells.filter((l) => l < filters.length))));
  const updated: ReadCell[] = new Array(filters.length);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let change = 0, size = 0;
    for (const members of classes) {
      const raw = await rawTraces(compute, device, spans, members, frames);
      const results = await pool.deconvolve(raw, members.length, frames, p);
      members.forEach((k, i) => {
        const trace = results.denoised.subarray(i * frames, (i + 1) * frames);
        for (let t = 0; t < frames; t++) {
          change += (trace[t] - current[k][t]) ** 2;
          size += current[k][t] ** 2;
        }
        current[k] = trace;
        writeTrace(compute, spans, k, trace);
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
  for (const { traces, projections, raw } of spans) for (const buffer of [traces, projections, raw]) buffer.release();
  return updated;
}

/** A run of frames with its traces on the device: K rows of `stride` values each. */
interface TimeSpan {
  readonly from: number;
  readonly frames: number;
  readonly stride: number;
  /** C, centred in time. */
  readonly traces: DeviceBuffer;
  /** wᵀ D Y. */
  readonly projections: DeviceBuffer;
  /** Raw traces. */
  readonly raw: DeviceBuffer;
}

/** Cuts time so that K traces fit what can be bound; a span is a whole number of chunks. */
function timeSpans(compute: Compute, K: number, frames: number, chunkFrames: number): TimeSpan[] {
  const most = Math.floor(compute.limits.maxBindingBytes / (K * 4)) - 3, spans: TimeSpan[] = [];
  const step = Math.max(1, Math.floor(Math.min(most, frames + chunkFrames) / chunkFrames)) * chunkFrames;
  for (let from = 0; from < frames; from += step) {
    const count = Math.min(step, frames - from), stride = Math.ceil(count / 4) * 4, bytes = K * stride * 4;
    const allocate = (label: string) => compute.allocate(label, bytes);
    spans.push({
      from,
      frames: count,
      stride,
      traces: allocate("traces"),
      projections: allocate("projections"),
      raw: allocate("raw traces"),
    });
  }
  return spans;
}

/** Puts a cell's trace, centred in time, on the device. */
function writeTrace(compute: Compute, spans: readonly TimeSpan[], k: number, trace: Float32Array): void {
  const values = centred(trace);
  for (const { from, frames, stride, traces } of spans) {
    compute.write(traces, values.subarray(from, from + frames), k * stride * 4);
  }
}

function centred(trace: Float32Array): Float32Array {
  let mean = 0;
  for (const value of trace) mean += value;
  mean /= trace.length;
  return trace.map((value) => value - mean);
}

/** Raw traces of some cells that do not see one another, centred in time, one after the other. */
async function rawTraces(
  compute: Compute,
  overlap: Record<"overlapStarts" | "overlapCells" | "overlapValues", DeviceBuffer>,
  spans: readonly TimeSpan[],
  members: readonly number[],
  frames: number,
): Promise<Float32Array> {
  const selected = compute.upload("cells of this group", Uint32Array.from(members));
  const packed = spans.map((span) => {
    const { stride, traces, projections, raw } = span;
    const some = compute.allocate("raw traces of this group", members.length * stride * 4);
    traceHals(compute, { ...overlap, traces, projections, raw, selected }, members.length, stride, span.frames, 0);
    members.forEach((k, i) => compute.copy(raw, k * stride * 4, some, i * stride * 4, stride * 4));
    return some;
  });
  const data = await compute.read(...packed);
  for (const buffer of [selected, ...packed]) buffer.release();
  const all = new Float32Array(members.length * frames);
  spans.forEach(({ from, frames: count, stride }, s) => {
    members.forEach((_, i) => all.set(new Float32Array(data[s], i * stride * 4, count), i * frames + from));
  });
  members.forEach((_, i) => {
    const row = all.subarray(i * frames, (i + 1) * frames);
    row.set(centred(row));
  });
  return all;
}

/** wᵀ D Y for each cell's filter w, into the spans. */
async function projectMovie(
  stream: ChunkStream,
  { grid }: Pick<BasicStatistics, "grid">,
  filters: readonly LowVector[],
  spans: readonly TimeSpan[],
  progress?: (fraction: number) => void,
): Promise<void> {
  const { compute, source } = stream, { width, height, frames } = source.header, K = filters.length;
  const packed = packRows(
    grid.width,
    grid.height,
    filters.map(({ pixels, values }) => ({ pixels: Uint32Array.from(pixels), values: Float32Array.from(values) })),
  );
  const device = {
    starts: compute.upload("filter rows: starts", packed.starts),
    blocks: compute.upload("filter rows: blocks", packed.blocks),
    weights: compute.upload("filter rows: weights", packed.weights),
  };
  const low = compute.allocate(
    "downsampled chunk",
    stackBytes({ frames: stream.chunkFrames, width: grid.width, height: grid.height }),
  );
  await stream.each({}, (chunk) => {
    binSpace(compute, chunk.stack, low, { frames: chunk.frames, width, height }, grid.factor);
    const lowShape = { frames: chunk.frames, width: grid.width, height: grid.height };
    const { from, stride, projections } = spans.findLast((span) => span.from <= chunk.start)!;
    cellFrame(compute, low, device, projections, lowShape, stride, chunk.start - from, K);
    progress?.((chunk.start + chunk.frames) / frames);
  });
  for (const buffer of [low, ...Object.values(device)]) buffer.release();
}

/** wᵀ D A by rows: how much of each cell a cell's filter sees; 1 for itself. */
function crossTalk(filters: readonly LowVector[], low: readonly LowVector[], size: number) {
  const rows = filters.map(() => ({ cells: [] as number[], values: [] as number[] })), dense = new Float64Array(size);
  filters.forEach((filter, k) => {
    filter.pixels.forEach((pixel, i) => dense[pixel] = filter.values[i]);
    low.forEach((vector, l) => {
      let value = 0;
      vector.pixels.forEach((pixel, i) => value += vector.values[i] * dense[pixel]);
      if (value !== 0) {
        rows[k].cells.push(l);
        rows[k].values.push(value);
      }
    });
    filter.pixels.forEach((pixel) => dense[pixel] = 0);
  });
  return rows;
}

/** Neighbourhood made symmetric. */
function mutual(neighbours: readonly (readonly number[])[]): number[][] {
  const sets = neighbours.map((near) => new Set(near));
  neighbours.forEach((near, k) => near.forEach((l) => sets[l].add(k)));
  return sets.map((set) => [...set].sort((a, b) => a - b));
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
