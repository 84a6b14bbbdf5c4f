import type { DeviceBuffer } from "../gpu/compute.ts";
import { binSpace } from "../kernels/bin_space.ts";
import { binTime } from "../kernels/bin_time.ts";
import { type GramBand, gramBands } from "../kernels/gram_bands.ts";
import { type GramTable, gramTable, localGram } from "../kernels/local_gram.ts";
import { moments, momentsState } from "../kernels/moments.ts";
import { noiseBand } from "../kernels/noise_band.ts";
import { pitchOf, type StackShape, unpad } from "../kernels/stack.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { LowGrid } from "./low_grid.ts";

/** Frames before a chunk that the noise filter needs. */
const NOISE_LEAD = 6;

/** Everything the later stages need of the movie apart from products with traces: one pass (algorithm.md section 2). */
export interface MovieStatistics {
  /** Mean over time, row-major, counts. */
  readonly mean: Float32Array;
  /** Maximum over time, row-major, counts. */
  readonly max: Float32Array;
  /** Noise s.d., row-major, counts. */
  readonly noise: Float32Array;
  /** The downsampled grid. */
  readonly grid: LowGrid;
  /** Frames averaged into one for the Gram and for pixel–trace products. */
  readonly bin: number;
  /** Number of such averaged frames. */
  readonly binnedFrames: number;
  /** Bands of rows the Gram is cut into, so that each can be bound. */
  readonly bands: readonly GramBand[];
  /** Local Gram of the downsampled, averaged movie (not centred) on the device, band by band. */
  readonly grams: readonly DeviceBuffer[];
  /** Rows of the Gram. */
  readonly table: GramTable;
  /** The table's groups on the device. */
  readonly groups: DeviceBuffer;
  /** Mean of the downsampled, averaged movie: padded image on the device. */
  readonly lowMean: DeviceBuffer;
  /** Frees the device buffers. */
  release(): void;
}

/** What updates of footprints and traces need of the statistics, apart from the Gram. */
export type BasicStatistics = Pick<MovieStatistics, "noise" | "grid" | "bin" | "binnedFrames">;

/**
 * Streams the movie once: moments, noise (power of the upper half of the band) and the local Gram of the downsampled movie.
 * @param factor background downsampling
 * @param radius ring radius on the downsampled grid
 * @param bin frames averaged into one for the Gram; the chunk length must be a multiple of it
 */
export async function movieStatistics(
  stream: ChunkStream,
  options: { readonly factor: number; readonly radius: number; readonly bin: number },
  progress?: (fraction: number) => void,
): Promise<MovieStatistics> {
  const { compute, source } = stream, { width, height, frames } = source.header, { factor, radius, bin } = options;
  const grid = new LowGrid(width, height, factor);
  const table = gramTable(2 * (radius + 1));
  const full = pitchOf(width) * height, low = pitchOf(grid.width) * grid.height;
  const state = momentsState(compute, "moments", full), energy = compute.allocate("noise energy", full * 8);
  const lowState = momentsState(compute, "moments of the downsampled movie", low);
  const lowPitch = pitchOf(grid.width), bands = gramBands(grid, table, radius, compute.limits.maxBindingBytes);
  const grams = bands.map(({ hold }) => compute.allocate("local Gram", table.rows * hold.rows * lowPitch * 4));
  const groups = compute.upload("Gram groups", table.groups);
  const most = stream.chunkFrames + NOISE_LEAD;
  const lowStack = compute.allocate("downsampled chunk", most * low * 4);
  const body = compute.allocate("downsampled chunk without lead", stream.chunkFrames * low * 4);
  const binned = bin > 1 ? compute.allocate("averaged chunk", Math.ceil(stream.chunkFrames / bin) * low * 4) : body;
  await stream.each({ lead: NOISE_LEAD, checked: true }, (chunk) => {
    const shape: StackShape = { frames: chunk.frames, width, height };
    moments(compute, chunk.stack, state, shape, chunk.lead);
    noiseBand(compute, chunk.stack, energy, shape);
    binSpace(compute, chunk.stack, lowStack, shape, factor);
    const own = chunk.frames - chunk.lead, lowShape = { frames: own, width: grid.width, height: grid.height };
    compute.copy(lowStack, chunk.lead * low * 4, body, 0, own * low * 4);
    if (bin > 1) binTime(compute, body, binned, lowShape, bin, 0);
    const binnedShape = { ...lowShape, frames: Math.ceil(own / bin) };
    bands.forEach(({ hold }, b) => localGram(compute, binned, grams[b], binnedShape, table, groups, hold));
    moments(compute, binned, lowState, binnedShape, 0);
    progress?.((chunk.start + chunk.frames) / frames);
  });
  const read = await compute.read(state, energy, lowState);
  for (const buffer of [state, energy, lowState, lowStack, body, ...(bin > 1 ? [binned] : [])]) buffer.release();
  const [sums, energies, lowSums] = read.map((data) => new Float32Array(data));
  const plane = (data: Float32Array, k: number, size: number) => data.subarray(k * size, (k + 1) * size);
  const binnedFrames = Math.ceil(frames / bin);
  const deviation = plane(sums, 0, full).map((sum, i) => (sum + sums[full + i]) / frames);
  const mean = unpad(deviation, width, height).map((value, i) => value + stream.centre[i]);
  const max = unpad(plane(sums, 5, full), width, height).map((value, i) => value + stream.centre[i]);
  const count = Math.max(1, frames - NOISE_LEAD);
  const noise = unpad(
    plane(energies, 0, full).map((value, i) => Math.sqrt((value + energies[full + i]) / count)),
    width,
    height,
  );
  const lowMean = compute.upload(
    "mean of the downsampled movie",
    plane(lowSums, 0, low).map((sum, i) => (sum + lowSums[low + i]) / binnedFrames),
  );
  return {
    mean,
    max,
    noise,
    grid,
    bin,
    binnedFrames,
    bands,
    grams,
    table,
    groups,
    lowMean,
    release() {
      for (const buffer of [...grams, groups, lowMean]) buffer.release();
    },
  };
}
