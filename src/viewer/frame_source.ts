import { MovieError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { type MovieSource, sampleArray } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";
import { type ModelMovie, modelMovie } from "../model/model_movie.ts";
import { NewestFirst } from "./frames.ts";
import type { FrameKind } from "./messages.ts";
import { RequestError } from "./respond.ts";

/** What frames are made with. */
export interface FrameSourceOptions {
  readonly compute: Compute;
  readonly memoryBytes: number;
  /** Why there is no movie. */
  readonly movieProblem?: string;
}

/** Single frames of a movie and of what results explain of it, one at a time, those asked for last first. */
export class FrameSource {
  readonly #turns = new NewestFirst<Float32Array>();
  readonly #models = new Map<FrameKind, { readonly of: Extraction; readonly movie: ModelMovie }>();
  #isClosed = false;

  /** @param source the movie, prepared as it was for the results; null without one: only the cells can be shown then. Its owner closes it. */
  constructor(private readonly source: MovieSource | null, private readonly options: FrameSourceOptions) {}

  /** One frame in counts. Without results only the movie can be shown. */
  async frame(
    kind: FrameKind,
    at: number,
    extraction: Extraction | undefined,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { movieProblem = "The movie is not there" } = this.options, header = this.source?.header ?? extraction?.movie;
    if (header === undefined || this.source === null && kind !== "cells") throw new RequestError(409, movieProblem);
    if (extraction === undefined && kind !== "movie") {
      throw new RequestError(409, "There are no results yet: only the movie itself can be shown");
    }
    if (!(at >= 0 && at < header.frames)) {
      throw new RequestError(400, `There is no frame ${at}: frames go from 0 to ${header.frames - 1}`);
    }
    return await this.#turns.do(async () => {
      if (this.#isClosed) throw new MovieError("The viewer was closed");
      const movie = kind === "movie" ? this.source! : this.#model(kind, extraction!);
      const samples = sampleArray(movie.header.sampleType, movie.header.width * movie.header.height);
      await movie.read(at, 1, samples);
      return samples instanceof Float32Array ? samples : Float32Array.from(samples);
    }, signal);
  }

  /** Waits for the frame that is made, and frees what is held on the device. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turns.idle();
    for (const { movie } of this.#models.values()) movie.close();
    this.#models.clear();
  }

  /** The movie of a kind, made anew when the cells have changed. */
  #model(kind: FrameKind, extraction: Extraction): ModelMovie {
    const known = this.#models.get(kind);
    if (known && known.of.footprints === extraction.footprints && known.of.traces === extraction.traces) {
      return known.movie;
    }
    known?.movie.close();
    this.#models.delete(kind);
    const { compute, memoryBytes } = this.options,
      movie = modelMovie(this.source, extraction, kind, { compute, memoryBytes });
    this.#models.set(kind, { of: extraction, movie });
    return movie;
  }
}
