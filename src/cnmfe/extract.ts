import { MovieError } from "../core/errors.ts";
import type { Border } from "../core/motion.ts";
import type { Extraction } from "../core/extraction.ts";
import { packFootprints } from "../core/footprints.ts";
import type { MovieSource } from "../core/movie.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import { type ChunkPlan, planChunks } from "../core/plan.ts";
import { VERSION } from "../core/version.ts";
import { DeconvolutionPool } from "../deconvolution/pool.ts";
import type { Compute } from "../gpu/compute.ts";
import { withBuffers } from "../gpu/scope.ts";
import { cellFilters } from "./cell_filter.ts";
import { type Cell, newCell, type ReadCell, sparseDot } from "./cells.ts";
import { ChunkStream } from "../stream/chunks.ts";
import { excludedPixels } from "./excluded.ts";
import { firstBackground } from "./first_background.ts";
import type { Known } from "./known.ts";
import { mergeCells } from "./merge.ts";
import { traceProducts } from "./products.ts";
import { fitRing, residualGrams, type Ring, ringRadius } from "./ring.ts";
import { type FieldImages, searchCells } from "./search.ts";
import { spatialUpdate } from "./spatial.ts";
import { type MovieStatistics, movieStatistics } from "./statistics.ts";
import { temporalUpdate } from "./temporal.ts";

/** How far an extraction is. */
export interface ExtractionProgress {
  /** Name of the stage. */
  readonly stage: string;
  /** Share of the whole extraction that is done, 0–1. */
  readonly fraction: number;
  /** Something to tell: counts, what was dropped. */
  readonly message?: string;
}

/** What an extraction runs with, apart from its parameters. */
export interface ExtractOptions {
  /** The device. */
  readonly compute: Compute;
  /** Ceiling for the arrays of the extraction, bytes. */
  readonly memoryBytes: number;
  /** Edges no cell may reach into: those that motion correction has no samples for. Default: none. */
  readonly border?: Border;
  /** Told of every step. */
  readonly progress?: (event: ExtractionProgress) => void;
  /** Stops the extraction between chunks. */
  readonly signal?: AbortSignal;
}

/**
 * Extracts footprints, traces and spikes from a one-photon movie with CNMF-E (Zhou et al. 2018, eLife 7:e28728), in the streaming
 * form: the movie is read in chunks, a few times, and nothing but traces grows with its length.
 *
 * Two runs on one device give the same numbers to the last bit, whatever the number of worker threads. Other chunks (another memory
 * ceiling) and the other backend give the same cells, with footprints and traces within 2e-4 of a cell's largest value and ring weights
 * within 2e-3 of the largest weight: rounding of 32-bit sums. Other tiles give the same cells, footprints to a cosine of 0.999.
 * @throws MovieError for a movie without content to analyse
 * @throws ParameterError when the memory ceiling is too low
 * @throws ComputeError when the device fails
 */
export async function extract(
  source: MovieSource,
  parameters: Parameters,
  options: ExtractOptions,
): Promise<Extraction> {
  checkMovie(source);
  const plan = planChunks(source.header, parameters, options.memoryBytes);
  return await withBuffers(options.compute, async (compute) => {
    const run = new ExtractionRun(source, parameters, plan, { ...options, compute });
    try {
      return await run.complete();
    } finally {
      run.release();
    }
  });
}

/** Footprints that turn by less than this between two rounds (cosine) have settled. */
const SETTLED_COSINE = 0.9999;

/** Whether the components settled: the same cells with the same footprints. */
function sameFootprints(before: readonly Cell[], after: readonly Cell[]): boolean {
  return before.length === after.length &&
    before.every((cell, k) => sparseDot(cell.footprint, after[k].footprint) >= SETTLED_COSINE);
}

function cellsWere(count: number): string {
  return count === 1 ? "1 cell was" : `${count} cells were`;
}

/** Refuses movies nothing can be extracted from. */
export function checkMovie({ header }: Pick<MovieSource, "header">): void {
  const { name, frames, width, height } = header;
  if (frames < MIN_FRAMES) {
    throw new MovieError(
      `"${name}" has ${frames} frame${
        frames === 1 ? "" : "s"
      }; extraction needs a movie of at least ${MIN_FRAMES} frames`,
    );
  }
  if (width < MIN_SIDE || height < MIN_SIDE) {
    throw new MovieError(
      `"${name}" has ${width}×${height} pixels; extraction needs at least ${MIN_SIDE}×${MIN_SIDE} pixels`,
    );
  }
}

/** Fewer frames hold neither a transient nor a noise estimate. */
const MIN_FRAMES = 16;
/** Smaller fields hold no cell. */
const MIN_SIDE = 8;

/** Stages and their rough share of the work, for the progress. */
const SHARES = { statistics: 8, search: 30, update: 8, finish: 2 };

/** The schedule of algorithm.md section 8, step by step. */
class ExtractionRun {
  readonly #notes: string[] = [];
  #merged = 0;
  readonly #timings: { stage: string; seconds: number }[] = [];
  readonly #pool: DeconvolutionPool;
  readonly #radius: number;
  readonly #excluded: Uint8Array | undefined;
  #stream!: ChunkStream;
  #statistics!: MovieStatistics;
  #ring: Ring | undefined;
  #cells: readonly Cell[] = [];
  #done = 0;
  #told = 0;
  readonly #total: number;

  constructor(
    private readonly source: MovieSource,
    private readonly parameters: Parameters,
    private readonly plan: ChunkPlan,
    private readonly options: ExtractOptions,
  ) {
    const { s_min, lags, fudge_factor, noise_range } = parameters;
    this.#pool = new DeconvolutionPool({ s_min, lags, fudge_factor, noise_range });
    this.#radius = ringRadius(parameters);
    this.#excluded = excludedPixels(source.header.width, source.header.height, options.border);
    this.#total = SHARES.statistics + 2 * SHARES.search + (3 + parameters.max_iterations) * SHARES.update +
      SHARES.finish;
  }

  async complete(): Promise<Extraction> {
    const { compute, signal } = this.options, { parameters, plan } = this;
    this.#stream = await ChunkStream.open(compute, this.source, plan.chunkFrames, signal);
    this.#statistics = await this.#timed("statistics", SHARES.statistics, (report) =>
      movieStatistics(this.#stream, {
        factor: parameters.background_downsampling_factor,
        radius: this.#radius,
        bin: plan.bin,
      }, report));

    const { grid } = this.#statistics;
    const background = await firstBackground(this.#stream, this.#statistics, this.#radius);
    this.#ring = background.ring;
    const first = await this.#search("initialise", background);
    this.#cells = first.cells;
    let read = await this.#update("first update", { ring: true, p: this.#cells.length > 0 ? 1 : parameters.p });
    if (this.#cells.length > 0) {
      const again = await this.#search("initialise on the residual", { grid, ring: this.#ring!, cells: this.#cells });
      this.#cells = [...this.#cells, ...again.cells];
      this.#merge();
      await this.#update("second update", { ring: false, p: 1 });
      // Only the last update fits the full calcium model (algorithm.md section 8).
      for (let round = 0, settled = false; round <= parameters.max_iterations; round++) {
        const before = this.#cells, last = settled || round === parameters.max_iterations;
        const stage = round === 0 ? "third update" : `refinement ${round}`, p = last ? parameters.p : 1;
        read = await this.#update(stage, { ring: true, p, merge: true });
        settled = sameFootprints(before, this.#cells);
        if (last || (settled && p === parameters.p)) break;
      }
    }
    if (read.length === 0) {
      const still = this.#statistics.noise.every((value) => value === 0);
      this.#note(
        "No cells were found: " +
          (still
            ? "no pixel of the movie changes"
            : "lower min_corr or min_pnr, or check gSig (summary images show what they act on)"),
      );
    }
    if (this.#merged > 0) this.#note(`${cellsWere(this.#merged)} merged into others whose trace or place they shared`);
    return this.#result(first.images, read);
  }

  async #search(stage: string, known: Known) {
    return await this.#timed(stage, SHARES.search, async (report) => {
      const result = await searchCells(
        this.#stream,
        this.plan,
        this.parameters,
        { ...known, excluded: this.#excluded },
        report,
      );
      const { length } = result.cells;
      this.#say(stage, `${length} ${length === 1 ? "cell" : "cells"} found`);
      return result;
    });
  }

  #merge(): void {
    const { cells, merged } = mergeCells(this.#cells, this.source.header.width, this.parameters.merge_threshold);
    this.#cells = cells;
    this.#merged += merged;
  }

  /** Ring (optional), footprints, traces: two passes over the movie. */
  async #update(stage: string, steps: { ring: boolean; p: 0 | 1 | 2; merge?: boolean }): Promise<readonly ReadCell[]> {
    return await this.#timed(stage, SHARES.update, async (report) => {
      const { compute } = this.options, { parameters } = this;
      if (steps.merge) this.#merge();
      const statistics = this.#statistics;
      const products = await traceProducts(this.#stream, statistics, this.#cells, this.#radius, (f) => report(0.5 * f));
      const residuals = residualGrams(compute, statistics, products);
      if (steps.ring || !this.#ring) {
        this.#ring?.weights.release();
        this.#ring = await fitRing(compute, statistics, residuals, this.#radius);
      }
      const footprints = await spatialUpdate(
        compute,
        statistics,
        products,
        this.#ring,
        this.#cells,
        parameters,
        this.#excluded,
      );
      this.#cells = this.#cells.flatMap((cell, k) => {
        const footprint = footprints[k];
        return footprint ? [newCell(footprint, cell.trace)] : [];
      });
      const lost = footprints.filter((footprint) => !footprint).length;
      if (lost > 0) this.#note(`${cellsWere(lost)} dropped in the ${stage}: no pixel gained enough over the noise`);
      const low = this.#cells.map((cell) => statistics.grid.down(cell.footprint));
      const filters = await cellFilters(compute, statistics, residuals, low, this.#radius);
      for (const buffer of residuals) buffer.release();
      const read = await temporalUpdate(
        this.#stream,
        statistics,
        filters,
        this.#cells,
        this.#pool,
        steps.p,
        (f) => report(0.5 + 0.5 * f),
      );
      const active = read.filter((cell) => cell.trace.some((value) => value > 0)), silent = read.length - active.length;
      if (silent > 0) this.#note(`${cellsWere(silent)} dropped in the ${stage}: no activity was left in the trace`);
      this.#cells = active.map(({ footprint, trace }) => ({ footprint, trace }));
      this.#say(stage, `${active.length} ${active.length === 1 ? "cell" : "cells"}`);
      return active;
    });
  }

  #result(images: FieldImages, cells: readonly ReadCell[]): Extraction {
    const { header } = this.source, { parameters, plan } = this, statistics = this.#statistics;
    const T = header.frames, K = cells.length, overNoise = parameters.units === "dF over noise";
    const raw = new Float32Array(K * T), denoised = new Float32Array(K * T), spikes = new Float32Array(K * T);
    const b0 = statistics.mean.slice();
    cells.forEach((cell, k) => {
      const scale = overNoise && cell.noise > 0 ? 1 / cell.noise : 1;
      let mean = 0;
      for (let t = 0; t < T; t++) {
        raw[k * T + t] = (cell.raw[t] - cell.baseline) * scale;
        denoised[k * T + t] = cell.trace[t] * scale;
        spikes[k * T + t] = cell.spikes[t] * scale;
        mean += cell.trace[t] / T;
      }
      cell.footprint.pixels.forEach((p, i) => b0[p] -= mean * cell.footprint.values[i]);
    });
    const { grid } = statistics;
    const operator = this.#ring?.operator;
    return {
      movie: header,
      frameRate: parameters.frame_rate,
      footprints: packFootprints(header.width, header.height, cells.map((cell) => cell.footprint)),
      traces: {
        raw,
        denoised,
        spikes,
        baseline: Float32Array.from(cells, (cell) => cell.baseline),
        noise: Float32Array.from(cells, (cell) => cell.noise),
        ar: Float32Array.from(cells.flatMap((cell) => cell.ar.slice(0, parameters.p))),
      },
      units: parameters.units,
      arOrder: parameters.p,
      b0,
      ring: {
        factor: grid.factor,
        width: grid.width,
        height: grid.height,
        radius: this.#radius,
        offsets: operator?.offsets ?? new Int32Array(0),
        weights: operator?.weights ?? new Float32Array(0),
      },
      summary: {
        mean: statistics.mean,
        max: statistics.max,
        noise: statistics.noise,
        correlation: images.correlation,
        pnr: images.pnr,
      },
      parameters: { ...parameters },
      software: { annulus: VERSION, backend: this.options.compute.backend, device: this.options.compute.description },
      plan: { ...plan },
      timings: this.#timings,
      notes: this.#notes,
    };
  }

  async #timed<R>(stage: string, share: number, work: (report: (fraction: number) => void) => Promise<R>): Promise<R> {
    const start = performance.now(), before = this.#done;
    this.#report(stage, before);
    const result = await work((fraction) => this.#report(stage, before + share * fraction));
    this.#done = before + share;
    this.#timings.push({ stage, seconds: (performance.now() - start) / 1000 });
    return result;
  }

  #report(stage: string, done: number, message?: string): void {
    // Told fractions never go back: what a stage has to do may turn out to be more than it looked.
    this.#told = Math.max(this.#told, Math.min(1, done / this.#total));
    this.options.progress?.({ stage, fraction: this.#told, message });
  }
  #say(stage: string, message: string): void {
    this.#report(stage, this.#done, message);
  }
  #note(note: string): void {
    this.#notes.push(note);
  }

  release(): void {
    this.#ring?.weights.release();
    this.#statistics?.release();
    this.#stream?.release();
    this.#pool.close();
  }
}
