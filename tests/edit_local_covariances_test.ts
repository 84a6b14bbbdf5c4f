/** The filters of edited cells are those of the extraction: (Σ + load)⁻¹ D a, whatever the chunks. */
import assert from "node:assert/strict";
import type { LowVector } from "../src/cnmfe/low_grid.ts";
import { traceProducts } from "../src/cnmfe/products.ts";
import { movieStatistics } from "../src/cnmfe/statistics.ts";
import { LocalCovariances } from "../src/edit/local_covariances.ts";
import { ChunkStream } from "../src/stream/chunks.ts";
import { backends, backendTest } from "./backends.ts";
import { dot, explicitResidual, simulated, trueCells } from "./cnmfe_setting.ts";

backendTest(
  "filters from local covariances solve their equation, on every device and whatever the chunks",
  async () => {
    const { source, samples, truth } = await simulated({ width: 44, height: 40, frames: 260, cells: 5, seed: 8 });
    const cells = trueCells(truth), factor = 2, radius = 5, wanted = cells.slice(0, 3);
    for (const bin of [1, 2]) {
      const { low: rest } = explicitResidual(samples, source.header, cells, factor, bin);
      let first: LowVector[] | undefined;
      for (const compute of await backends()) {
        for (const chunkFrames of [96, 260]) {
          const stream = await ChunkStream.open(compute, source, chunkFrames);
          const statistics = await movieStatistics(stream, { factor, radius, bin }),
            { grid, noise, binnedFrames } = statistics;
          const low = wanted.map((cell) => grid.down(cell.footprint));
          const covariances = new LocalCovariances(stream, statistics, low, cells, radius);
          await traceProducts(stream, statistics, cells, radius, undefined, covariances.visit);
          const filters = low.map((vector, k) => covariances.filter(k, vector));
          filters.forEach((filter, k) => {
            const name = `${compute.backend}, chunks of ${chunkFrames}, bin ${bin}, cell ${k}`;
            const a = new Map(Array.from(low[k].pixels, (pixel, i) => [pixel, low[k].values[i]]));
            for (const pixel of a.keys()) assert(filter.pixels.includes(pixel), `${name}: lacks pixel ${pixel}`);
            const inside = Float64Array.from(filter.pixels, (pixel) => a.get(pixel) ?? 0);
            assert(Math.abs(dot(filter.values, inside) - 1) < 1e-9, `${name}: gain`);
            const left = Float64Array.from(filter.pixels, (pixel, i) => {
              let sum = 0;
              filter.pixels.forEach((other, j) => sum += dot(rest[pixel], rest[other]) * filter.values[j]);
              const x = pixel % grid.width * factor, y = Math.floor(pixel / grid.width) * factor;
              return sum +
                binnedFrames * noise[y * grid.fieldWidth + x] ** 2 / (factor * factor * bin) * filter.values[i];
            });
            const lambda = dot(left, inside) / dot(inside, inside);
            const away = Math.sqrt(left.reduce((sum, value, i) => sum + (value - lambda * inside[i]) ** 2, 0));
            // As for the extraction's filters: sums of 32-bit samples, and a condition number of some thousands.
            assert(away < 2e-3 * lambda * Math.sqrt(dot(inside, inside)), `${name}: ${away / lambda} from λ D a`);
            const reference = (first ??= filters)[k],
              change = filter.values.map((value, i) => value - reference.values[i]);
            assert(Math.sqrt(dot(change, change)) < 1e-3 * Math.sqrt(dot(reference.values, reference.values)), name);
          });
          covariances.release();
          statistics.release();
          stream.release();
        }
      }
    }
  },
);
