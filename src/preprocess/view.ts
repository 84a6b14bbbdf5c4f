import type { MovieHeader, MovieSource, SampleArray } from "../core/movie.ts";
import { checkReadRange } from "../movie/read_range.ts";

/**
 * A movie made of another one. It costs nothing until it is read; it reads any frames in any order, in bounded memory, and always the
 * same samples for the same frame. Closing it closes the movie it is made of.
 */
export interface View extends MovieSource {
  /** What it does to the movie, one sentence for people and results. */
  readonly done: string;
  /** What came to light while it was read, one sentence each: counts of repairs, fits that failed. Complete after a pass. */
  readonly report: () => readonly string[];
}

/** Fills `into` with frames `[start, start + count)` of a view. Called once at a time. */
export type ReadFrames = (start: number, count: number, into: SampleArray) => Promise<void>;

/** What a view is made of. */
export interface ViewParts {
  /** The movie it is made of. */
  readonly source: MovieSource;
  /** What is different in its header. */
  readonly changes: Partial<MovieHeader>;
  readonly done: string;
  /** The same without anything left out, where `done` leaves something out: two histories are equal only when the samples are. */
  readonly exactly?: string;
  readonly report?: () => readonly string[];
  readonly read: ReadFrames;
}

/** Makes a view of its parts: ranges are checked, and reads take turns, so that `read` may keep scratch memory of its own. */
export function makeView({ source, changes, done, exactly = done, report, read }: ViewParts): View {
  const header: MovieHeader = { ...source.header, ...changes, history: [...source.header.history ?? [], exactly] };
  let before: Promise<unknown> = Promise.resolve();
  return {
    header,
    done,
    report: report ?? (() => []),
    // async, so that a wrong range rejects.
    // deno-lint-ignore require-await
    async read(start: number, count: number, into: SampleArray): Promise<void> {
      checkReadRange(header, start, count, into);
      if (count === 0) return;
      const turn = before.then(() => read(start, count, into));
      before = turn.catch(() => {});
      return turn;
    },
    close: () => source.close(),
  };
}
