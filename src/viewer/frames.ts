import type { MovieSource } from "../core/movie.ts";
import type { FrameKind } from "./messages.ts";
import { RequestError } from "./respond.ts";

/** Everything a frame can show. */
export const FRAME_KINDS: readonly FrameKind[] = ["movie", "cells", "background", "residual", "background-subtracted"];

/** Frames that may wait for their turn: more than a page draws ahead of time only makes the newest one late. */
const WAITING = 3;

/** A movie that is read by one at a time, whoever asks. Closing it is left to its owner. */
export function oneAtATime(source: MovieSource): MovieSource {
  let last: Promise<unknown> = Promise.resolve();
  return {
    header: source.header,
    read(start, count, into) {
      const reading = last.then(() => source.read(start, count, into));
      last = reading.catch(() => {});
      return reading;
    },
    close() {},
  };
}

/** A job that waits for its turn. */
interface Waiting<R> {
  readonly work: () => Promise<R>;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal;
}

/**
 * Does one job at a time, the newest one first. When too many wait, the oldest is refused: it is of a place the user has scrubbed past.
 */
export class NewestFirst<R> {
  readonly #waiting: Waiting<R>[] = [];
  #running: Promise<void> | undefined;

  /** Does a job when its turn comes. Rejects with a `RequestError` (409) when newer ones took its turn. */
  do(work: () => Promise<R>, signal: AbortSignal): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.#waiting.push({ work, resolve, reject, signal });
    if (this.#waiting.length > WAITING) {
      this.#waiting.shift()!.reject(new RequestError(409, "Newer frames were asked for"));
    }
    this.#running ??= this.#run();
    return promise;
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      try {
        next.signal.throwIfAborted();
        next.resolve(await next.work());
      } catch (error) {
        next.reject(error);
      }
    }
    this.#running = undefined;
  }
}
