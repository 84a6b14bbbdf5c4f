import { boundingBox } from "../cnmfe/cells.ts";
import type { Known } from "../cnmfe/known.ts";
import { ResidualMaker } from "../cnmfe/residual.ts";
import { moments, momentsState } from "../kernels/moments.ts";
import { pixelTrace, planProducts, productAt } from "../kernels/pixel_trace.ts";
import { pitchOf, stackBytes, unpad } from "../kernels/stack.ts";
import { subtract } from "../kernels/subtract.ts";
import type { Chunk, ChunkStream } from "../stream/chunks.ts";

/** What one pass over the residual E = Z − A C tells. */
export interface ResidualFacts {
  /** Mean of E over a cell's chosen frames minus its mean over all frames, at a pixel near the cell's footprint, counts. */
  readonly meanAt: (pixel: number, cell: number) => number;
  /** Variance of E over time, row-major, counts². */
  readonly variance: Float32Array;
  /** Variance over time of the downsampled movie without cells, D (Y − A C), row-major on the downsampled grid, counts². */
  readonly lowTotal: Float32Array;
  /** The same without its ring background, counts². */
  readonly lowResidual: Float32Array;
}

/**
 * Streams the movie once and takes cells and ring background out of it. Everything is linear, so the mean image of a cell's transients is
 * a product of pixels with a trace: one that is 1/n at the n chosen frames, less its mean.
 * @param chosen the frames of each cell; a cell without any has a mean of 0
 * @param margin pixels around each footprint in which means are wanted
 */
export async function residualFacts(
  stream: ChunkStream,
  known: Known,
  chosen: readonly (readonly number[])[],
  margin: number,
  progress?: (fraction: number) => void,
): Promise<ResidualFacts> {
  const { compute, source } = stream, { width, height, frames } = source.header, { grid, cells } = known;
  const stride = Math.ceil(stream.chunkFrames / 4) * 4,
    indicators = new Float32Array(Math.max(1, cells.length) * stride);
  const plan = planProducts(width, height, cells.map(({ footprint }) => boundingBox(footprint.pixels, width, margin)));
  const size = pitchOf(width) * height, lowSize = pitchOf(grid.width) * grid.height;
  const most = { frames: stream.chunkFrames, width: grid.width, height: grid.height };
  const device = {
    indicators: compute.allocate("transients", indicators.byteLength),
    groups: compute.upload("product groups", plan.groupCount > 0 ? plan.groups : new Uint32Array(4)),
    products: compute.allocate("mean images of transients", Math.max(16, plan.productBytes)),
    state: momentsState(compute, "moments of the residual", size),
    lowState: momentsState(compute, "moments of the downsampled movie", lowSize),
    lowResidualState: momentsState(compute, "moments of the downsampled residual", lowSize),
    lowResidual: compute.allocate("downsampled residual without ring", stackBytes(most)),
  };
  const maker = new ResidualMaker(stream, known, 1);
  await stream.each({ checked: true }, (chunk) => {
    const residual = maker.make(chunk), shape = { frames: chunk.frames, width, height };
    const low = { frames: chunk.frames, width: grid.width, height: grid.height };
    moments(compute, residual, device.state, shape, 0);
    moments(compute, maker.low, device.lowState, low, 0);
    subtract(compute, maker.low, maker.background, device.lowResidual, low);
    moments(compute, device.lowResidual, device.lowResidualState, low, 0);
    if (plan.groupCount > 0) {
      fillIndicators(indicators, stride, chosen, chunk, frames);
      compute.write(device.indicators, indicators);
      pixelTrace(
        compute,
        residual,
        device.indicators,
        device.groups,
        device.products,
        shape,
        stride,
        0,
        plan,
      );
    }
    progress?.((chunk.start + chunk.frames) / frames);
  });
  const read = await compute.read(device.products, device.state, device.lowState, device.lowResidualState);
  const [products, state, lowState, lowResidualState] = read.map((data) => new Float32Array(data));
  maker.release();
  for (const buffer of Object.values(device)) buffer.release();
  return {
    meanAt: (pixel, k) => productAt(products, plan, pixel % width, Math.floor(pixel / width), k),
    variance: unpad(variances(state, size, frames), width, height),
    lowTotal: unpad(variances(lowState, lowSize, frames), grid.width, grid.height),
    lowResidual: unpad(variances(lowResidualState, lowSize, frames), grid.width, grid.height),
  };
}

/** The part of every cell's indicator that belongs to a chunk: 1/n at its n frames, less 1/T everywhere; 0 for a cell without any. */
function fillIndicators(
  into: Float32Array,
  stride: number,
  chosen: readonly (readonly number[])[],
  { start, frames }: Pick<Chunk, "start" | "frames">,
  total: number,
): void {
  chosen.forEach((list, k) => {
    into.fill(list.length > 0 ? -1 / total : 0, k * stride, k * stride + frames);
    for (const t of list) if (t >= start && t < start + frames) into[k * stride + t - start] += 1 / list.length;
  });
}

/** Variances from the state of `moments`. */
function variances(state: Float32Array, size: number, frames: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const mean = (state[i] + state[size + i]) / frames;
    return Math.max(0, (state[2 * size + i] + state[3 * size + i]) / frames - mean * mean);
  });
}
