import type { ChunkStream } from "../stream/chunks.ts";
import type { Known } from "./known.ts";
import { traceProducts } from "./products.ts";
import { fitRing, residualGrams } from "./ring.ts";
import type { MovieStatistics } from "./statistics.ts";

/**
 * What is known before any cell is: the ring background fitted to the movie itself. The first search, and the pictures people choose
 * their thresholds on, both start from the movie without it, because light that a ring of neighbours predicts is no cell's.
 * Does not read the movie. The caller releases `ring.weights`.
 * @param radius ring radius on the downsampled grid
 */
export async function firstBackground(
  stream: ChunkStream,
  statistics: MovieStatistics,
  radius: number,
): Promise<Known> {
  const { compute } = stream;
  const nothing = await traceProducts(stream, statistics, [], radius);
  const residuals = residualGrams(compute, statistics, nothing);
  const ring = await fitRing(compute, statistics, residuals, radius);
  for (const buffer of residuals) buffer.release();
  return { grid: statistics.grid, ring, cells: [] };
}
