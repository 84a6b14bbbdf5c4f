/**
 * Speed of every kernel at the size of the cost target (256×256 pixels, 200 cells, ring of radius 9 on the half-size grid):
 * `deno run -A bench/kernels.ts [kernel …]`. Operations are those of the kernel's definition (a multiplication and an addition
 * count 2; where numbers are only moved, a move counts 1), not those of the way it is computed: the filter, which adds mirrored pixels first, does fewer. CPU seconds are the
 * process's, drivers' threads included. The ceiling is what a kernel of nothing but fused multiply-adds in registers reaches in the
 * same run, per CPU second.
 *
 * @module
 */
import process from "node:process";
import { type Compute, type DeviceBuffer, program, read, write } from "../src/gpu/compute.ts";
import { openWebGpu } from "../src/gpu/webgpu.ts";
import { binnedShape, binSpace } from "../src/kernels/bin_space.ts";
import { binTime } from "../src/kernels/bin_time.ts";
import { blurColumns } from "../src/kernels/blur_columns.ts";
import { blurRows, gaussianWeights } from "../src/kernels/blur_rows.ts";
import { uniform } from "../src/kernels/cases/kernel_case.ts";
import { cellFrame, packRows } from "../src/kernels/cell_frame.ts";
import { convert } from "../src/kernels/convert.ts";
import { CORRELATION_PLANES, correlationSums } from "../src/kernels/correlation_sums.ts";
import { crop } from "../src/kernels/crop.ts";
import { diskMinimum } from "../src/kernels/disk_minimum.ts";
import { fft2d, planesBytes } from "../src/kernels/fft.ts";
import { diskKernel, filter } from "../src/kernels/filter.ts";
import { lineCount, lineMedian } from "../src/kernels/line_median.ts";
import { localCorrelation } from "../src/kernels/local_correlation.ts";
import { gramTable, localGram } from "../src/kernels/local_gram.ts";
import { gramRows, localCovariance } from "../src/kernels/local_covariance.ts";
import { medianFilter } from "../src/kernels/median_filter.ts";
import { moments, momentsState } from "../src/kernels/moments.ts";
import { noiseBand } from "../src/kernels/noise_band.ts";
import { packPairs } from "../src/kernels/pack_pairs.ts";
import { PEAK_NOISE_PLANES, peakNoise, resetPeakNoise } from "../src/kernels/peak_noise.ts";
import { peel } from "../src/kernels/peel.ts";
import { phaseShift } from "../src/kernels/phase_shift.ts";
import { pixelTrace, planProducts } from "../src/kernels/pixel_trace.ts";
import { pnr } from "../src/kernels/pnr.ts";
import { quantile } from "../src/kernels/quantile.ts";
import { residualGram } from "../src/kernels/residual_gram.ts";
import { ringApply } from "../src/kernels/ring_apply.ts";
import { ringOffsets, ringSolve } from "../src/kernels/ring_solve.ts";
import { seedBoxes } from "../src/kernels/seed_boxes.ts";
import { seedProducts, seedProductsBytes } from "../src/kernels/seed_products.ts";
import { spatialHals } from "../src/kernels/spatial_hals.ts";
import { stackBytes } from "../src/kernels/stack.ts";
import { subtract } from "../src/kernels/subtract.ts";
import { subtractLines } from "../src/kernels/subtract_lines.ts";
import { traceHals } from "../src/kernels/trace_hals.ts";
import { unpackPairs } from "../src/kernels/unpack_pairs.ts";
import { upsampleSubtract } from "../src/kernels/upsample_subtract.ts";
import { warp } from "../src/kernels/warp.ts";
import { warpLocal } from "../src/kernels/warp_local.ts";

const SHAPE = { frames: 128, width: 256, height: 256 };
const LOW = binnedShape(SHAPE, 2);
const CELLS = 200;
/** Pixels of a cell's filter. */
const SET = 190;
/** Diameter of the opening's disk, pixels. */
const DISK = 31;
const PIXELS = SHAPE.width * SHAPE.height, LOW_PIXELS = LOW.width * LOW.height;

/** Rounds of sixteen fused multiply-adds of four numbers per item. */
const ROUNDS = 250;

const ceilingProgram = program({
  name: "ceiling",
  code: `
struct Params { items: u32, rounds: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> start: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) { return; }
  let k = start[0];
  var a = k; var b = k + 1.0; var c = k + 2.0; var d = k + 3.0;
  for (var i = 0u; i < params.rounds; i++) {
${"    a = fma(a, k, k); b = fma(b, k, k); c = fma(c, k, k); d = fma(d, k, k);\n".repeat(4)}  }
  result[item] = a + b + c + d;
}`,
  bindings: { start: read("vec4f"), result: write("vec4f") },
  params: { rounds: "u32" },
  twin() {},
});

/** A kernel at work: one call of `run` does `flops` operations and serves `frames` frames of a pass (0: it is no pass). */
interface Work {
  readonly name: string;
  readonly flops: number;
  readonly frames: number;
  readonly run: () => void;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** CPU and wall seconds per call, over at least half a CPU second; and what the first call took on top (compilation). */
async function measure(compute: Compute, run: () => void): Promise<{ cpu: number; wall: number; first: number }> {
  const begin = performance.now();
  run();
  await compute.finish();
  const first = (performance.now() - begin) / 1000;
  for (let calls = 1;; calls *= 3) {
    const cpuStart = cpuSeconds(), start = performance.now();
    for (let i = 0; i < calls; i++) run();
    await compute.finish();
    const cpu = cpuSeconds() - cpuStart, wall = (performance.now() - start) / 1000;
    if (cpu > 0.5) return { cpu: cpu / calls, wall: wall / calls, first: first - wall / calls };
  }
}

function works(compute: Compute): Work[] {
  const next = uniform(1), floats = (length: number) => Float32Array.from({ length }, () => next() - 0.5);
  const upload = (data: Float32Array | Uint32Array | Int32Array | Uint16Array): DeviceBuffer =>
    compute.upload("bench", data);
  const gaussian = gaussianWeights(2), blur = upload(gaussian.weights);
  const lines = compute.allocate("medians of lines", SHAPE.frames * lineCount(SHAPE, "columns") * 4);
  const { frames, width, height } = SHAPE, samples = frames * PIXELS, lowSamples = frames * LOW_PIXELS;
  const stack = upload(floats(samples)), out = compute.allocate("out", stackBytes(SHAPE));
  const level = compute.allocate("level", stackBytes(SHAPE));
  const low = upload(floats(lowSamples)), lowOut = compute.allocate("low out", stackBytes(LOW));
  const counts = upload(new Uint16Array(samples)), image = upload(floats(PIXELS));
  const blocks = upload(Uint32Array.from({ length: PIXELS / 4 }, (_, i) => i)),
    state = momentsState(compute, "state", PIXELS);
  const peaks = compute.allocate("peaks", PEAK_NOISE_PLANES * PIXELS * 4);
  const sums = compute.allocate("sums", CORRELATION_PLANES * PIXELS * 4);
  const kernel = diskKernel(3), weights = upload(kernel.weights), taps = kernel.weights.filter((w) => w !== 0).length;
  const offsets = ringOffsets(9), m = offsets.length / 2, ring = upload(offsets), table = gramTable(20);
  const groups = upload(table.groups), gram = compute.allocate("gram", table.rows * LOW_PIXELS * 4);
  const ringWeights = compute.allocate("ring weights", m * LOW_PIXELS * 4);
  const centres = Array.from(
    { length: CELLS },
    () => ({ x: Math.floor(next() * width), y: Math.floor(next() * height) }),
  );
  const plan = planProducts(
    width,
    height,
    centres.map(({ x, y }) => ({ x0: x - 12, y0: y - 12, x1: x + 13, y1: y + 13 })),
  );
  const planned = upload(plan.groups), products = compute.allocate("products", plan.productBytes);
  const stride = frames, traces = upload(floats(CELLS * stride));
  const rows = packRows(
    width,
    height,
    centres.map(({ x, y }) => {
      const pixels: number[] = [];
      for (let v = Math.max(0, y - 6); v < Math.min(height, y + 7); v++) {
        for (let u = Math.max(0, x - 6); u < Math.min(width, x + 7); u++) pixels.push(v * width + u);
      }
      return { pixels: Uint32Array.from(pixels), values: floats(pixels.length) };
    }),
  );
  const device = { starts: upload(rows.starts), blocks: upload(rows.blocks), weights: upload(rows.weights) };
  const projections = compute.allocate("projections", CELLS * stride * 4);
  // Two cells per pixel and three overlaps per cell.
  const hals = {
    starts: upload(Uint32Array.from({ length: PIXELS + 1 }, (_, i) => 2 * i)),
    cells: upload(Uint32Array.from({ length: 2 * PIXELS }, (_, i) => (i >> 3) % CELLS)),
    rhs: upload(floats(2 * PIXELS)),
    gram: upload(new Float32Array(CELLS * CELLS).fill(1)),
    values: upload(floats(2 * PIXELS)),
  };
  const overlap = {
    traces,
    projections,
    overlapStarts: upload(Uint32Array.from({ length: CELLS + 1 }, (_, i) => 3 * i)),
    overlapCells: upload(Uint32Array.from({ length: 3 * CELLS }, (_, i) => (Math.floor(i / 3) + i % 3) % CELLS)),
    overlapValues: upload(new Float32Array(3 * CELLS).fill(1)),
    selected: upload(Uint32Array.from({ length: CELLS }, (_, i) => i)),
    raw: compute.allocate("raw", CELLS * stride * 4),
  };
  const seedMean = compute.allocate("mean", PIXELS * 4), seedNoise = compute.allocate("noise", PIXELS * 4);
  const seedRise = compute.allocate("rise", PIXELS * 4), residual = compute.allocate("residual", gram.bytes);
  const lowPlan = planProducts(
    LOW.width,
    LOW.height,
    centres.map(({ x, y }) => ({ x0: x / 2 - 24, y0: y / 2 - 24, x1: x / 2 + 25, y1: y / 2 + 25 })),
  );
  const onPixels = {
    starts: upload(Uint32Array.from({ length: LOW_PIXELS + 1 }, (_, i) => 2 * i)),
    cells: upload(Uint32Array.from({ length: 2 * LOW_PIXELS }, (_, i) => (i >> 3) % CELLS)),
    values: upload(floats(2 * LOW_PIXELS)),
  };
  const cellProducts = {
    products: upload(floats(lowPlan.productBytes / 4)),
    tileIndex: upload(lowPlan.tileIndex),
  };
  const points = upload(Int32Array.from({ length: CELLS * SET * 2 }, (_, i) => 40 + (i >> 1) % SET % 14 + (i & 1)));
  const gramRowsBuffer = upload(gramRows(table)), matrices = compute.allocate("matrices", CELLS * SET * SET * 4);
  // Seeds on a lattice, so that their boxes do not touch.
  const layout = seedBoxes(
    Array.from({ length: 36 }, (_, k) => ({ x: 20 + k % 6 * 42, y: 20 + Math.floor(k / 6) * 42 })),
    16,
  );
  const boxes = { ...layout, buffer: upload(layout.origins) };
  const boxProducts = compute.allocate("box products", seedProductsBytes(layout));
  // Pairs of frames as complex planes; displacements of half a pixel, of frames and at nodes 12 pixels apart.
  const pairs = { frame: SHAPE, width, height, first: 0, count: frames }, planes = { batch: frames / 2, width, height };
  const onePlanes = compute.allocate("planes", planesBytes(planes)),
    otherPlanes = compute.allocate("planes", onePlanes.bytes);
  const grid = { columns: 22, rows: 22, x: 0, y: 0, stepX: 12, stepY: 12 };
  const moves = upload(floats(2 * frames)), nodes = upload(floats(2 * frames * grid.columns * grid.rows));
  const movie = { width, height, type: "uint16" } as const, all = { x: 0, y: 0, width, height }, n = PIXELS / 4;
  const pass = (name: string, flops: number, run: () => void): Work => ({ name, flops, frames, run });
  const once = (name: string, flops: number, run: () => void): Work => ({ name, flops, frames: 0, run });
  return [
    pass("convert", samples, () => convert(compute, counts, image, stack, movie, all, frames)),
    pass("bin_space", samples, () => binSpace(compute, stack, lowOut, SHAPE, 2)),
    pass("bin_time", samples, () => binTime(compute, stack, out, SHAPE, 2, 0)),
    pass("filter", samples * taps * 2, () => filter(compute, stack, out, SHAPE, weights, kernel.radius)),
    pass("moments", samples * 5, () => moments(compute, stack, state, SHAPE, 0)),
    pass("noise_band", samples * 8, () => noiseBand(compute, stack, state, SHAPE)),
    pass("peak_noise", samples * 14, () => peakNoise(compute, stack, blocks, n, peaks, SHAPE)),
    pass("correlation_sums", samples * 13, () => {
      correlationSums(compute, stack, image, image, blocks, n, sums, SHAPE, 2);
    }),
    once("local_correlation", PIXELS * 8 * 8, () => localCorrelation(compute, sums, blocks, n, out, SHAPE)),
    pass("local_gram", lowSamples * table.rows * 2, () => localGram(compute, low, gram, LOW, table, groups)),
    once("pnr", PIXELS * 10, () => {
      pnr(compute, peaks, blocks, n, { pnr: out, mean: seedMean, noise: seedNoise, rise: seedRise }, SHAPE, frames);
    }),
    once("reset_blocks", PIXELS * PEAK_NOISE_PLANES, () => resetPeakNoise(compute, blocks, n, peaks, SHAPE)),
    pass("crop", samples / 4, () => crop(compute, stack, out, SHAPE, { x: 64, y: 64, width: 128, height: 128 })),
    // Two cells per pixel of the downsampled field.
    once("residual_gram", LOW_PIXELS * table.rows * 10, () => {
      residualGram(compute, { gram, mean: image, residual }, onPixels, cellProducts, LOW, table, groups, frames, CELLS);
    }),
    once("local_covariance", CELLS * SET * SET, () => {
      localCovariance(compute, gram, points, gramRowsBuffer, matrices, CELLS, SET, LOW, table);
    }),
    pass("seed_products", frames * boxes.count * boxes.rows * boxes.blocks * 4 * 7, () => {
      seedProducts(compute, stack, { first: traces, second: traces, stride, offset: 0 }, boxes, boxProducts, SHAPE);
    }),
    pass("peel", frames * boxes.count * boxes.rows * boxes.blocks * 4 * 2, () => {
      peel(compute, stack, boxProducts, { buffer: traces, stride, offset: 0 }, boxes, SHAPE);
    }),
    once("ring_solve", LOW_PIXELS * (m ** 3 / 3 + 2 * m ** 2), () => {
      ringSolve(compute, { residual: gram, weights: ringWeights }, offsets, LOW, table);
    }),
    pass("ring_apply", lowSamples * m * 2, () => ringApply(compute, low, ringWeights, ring, lowOut, LOW)),
    pass("upsample_subtract", samples * 9, () => upsampleSubtract(compute, low, stack, SHAPE, 2)),
    pass("pixel_trace", frames * plan.entryCount * 256 * 2, () => {
      pixelTrace(compute, stack, traces, planned, products, SHAPE, stride, 0, plan);
    }),
    pass("cell_frame", frames * rows.weights.length * 2, () => {
      cellFrame(compute, stack, device, projections, SHAPE, stride, 0, CELLS);
    }),
    pass("fft", samples / 2 * 5 * Math.log2(PIXELS), () => fft2d(compute, onePlanes, otherPlanes, planes, "forward")),
    // A comparison per value and bit.
    pass("quantile", samples * 32, () => quantile(compute, stack, out, SHAPE, 0.5)),
    // Also of the nine values of a square.
    pass("median_filter", samples * 9 * 32, () => medianFilter(compute, stack, out, SHAPE, 3)),
    pass("blur_rows", samples * (4 * gaussian.radius + 2), () => {
      blurRows(compute, stack, out, SHAPE, blur, gaussian.radius);
    }),
    pass("blur_columns", samples * (4 * gaussian.radius + 2), () => {
      blurColumns(compute, stack, out, SHAPE, blur, gaussian.radius);
    }),
    pass("line_median rows", samples * 32, () => lineMedian(compute, stack, level, lines, SHAPE, "rows")),
    pass("line_median columns", samples * 32, () => lineMedian(compute, stack, level, lines, SHAPE, "columns")),
    pass("subtract_lines", samples, () => subtractLines(compute, stack, lines, out, SHAPE, "rows")),
    // A comparison per pixel of the disk; half of an opening. It is three kernels: widen, row_minimum, disk_minimum.
    pass("disk_minimum", samples * Math.PI / 4 * DISK ** 2, () => diskMinimum(compute, stack, out, SHAPE, DISK, 1)),
    pass("subtract", samples, () => subtract(compute, stack, level, out, SHAPE)),
    pass("warp", samples * 16, () => warp(compute, stack, out, SHAPE, moves)),
    pass("warp_local", samples * 46, () => warpLocal(compute, stack, out, SHAPE, nodes, grid)),
    pass("pack_pairs", samples, () => packPairs(compute, stack, onePlanes, pairs)),
    pass("phase_shift", samples / 2 * 18, () => phaseShift(compute, onePlanes, otherPlanes, moves, pairs)),
    pass("unpack_pairs", samples, () => unpackPairs(compute, onePlanes, out, moves, pairs)),
    once("spatial_hals", 10 * 2 * PIXELS * 6, () => spatialHals(compute, hals, PIXELS, CELLS, 10)),
    pass("trace_hals", CELLS * frames * 9, () => traceHals(compute, overlap, CELLS, stride, frames, 1)),
  ];
}

if (import.meta.main) {
  const compute = await openWebGpu();
  const start = compute.upload("start", new Float32Array(4).fill(0.5)), items = 1 << 16;
  const result = compute.allocate("result", items * 16);
  const ceiling = await measure(
    compute,
    () => compute.run(ceilingProgram, { start, result }, { rounds: ROUNDS }, items),
  );
  const most = items * ROUNDS * 16 * 4 * 2 / ceiling.cpu / 1e9;
  console.log(`${compute.description}: at most ${most.toFixed(1)} GFLOP per CPU-s`);
  console.log("kernel              GFLOP/CPU-s  of ceiling  CPU-s per 3000 frames or call   wall-s  compile-s");
  for (const { name, flops, frames, run } of works(compute)) {
    if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
    const { cpu, wall, first } = await measure(compute, run), calls = frames > 0 ? 3000 / frames : 1;
    const speed = flops / cpu / 1e9;
    console.log(
      name.padEnd(19),
      speed.toFixed(2).padStart(11),
      `${(100 * speed / most).toFixed(0)} %`.padStart(11),
      (cpu * calls).toFixed(3).padStart(27),
      frames > 0 ? "  " : "x1",
      (wall * calls).toFixed(3).padStart(8),
      Math.max(0, first).toFixed(2).padStart(10),
    );
  }
  compute.destroy();
}
