import { AnnulusError } from "../core/errors.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import type { MovieSource } from "../core/movie.ts";
import { resolveParameters } from "../core/parameters.ts";
import type { Compute } from "../gpu/compute.ts";
import { candidateSeeds, type InitialiserImages, initialiserImages } from "../summary/summary.ts";
import { imageInfo, type ShownImage } from "./images.ts";
import type { InspectMessage, InspectRequest } from "./messages.ts";

/** Sets of images that are kept for when their gSig and gSiz come back. */
const KEPT = 4;

/** Images that are being made, for everyone who waits for them. */
interface Making {
  readonly images: Promise<InitialiserImages>;
  readonly stop: AbortController;
  /** Hear of its progress. */
  readonly listeners: Set<(message: InspectMessage) => void>;
}

/** What an inspector works with. */
export interface InspectorOptions {
  readonly compute: Compute;
  readonly memoryBytes: number;
  /** The other parameters, which are not changed. */
  readonly parameters: Parameters;
}

/**
 * Shows what parameters of the initialiser do before any run: its own images and candidate seeds, by the code of `summarize`. Images are made
 * once per gSig and gSiz; the seeds of other min_corr and min_pnr come from them at once. One set of images is made at a time: a wish for
 * another one ends it when nobody else waits for it.
 */
export class Inspector {
  readonly #made = new Map<string, InitialiserImages>();
  readonly #making = new Map<string, Making>();
  #latest: InitialiserImages | undefined;

  constructor(private readonly source: MovieSource, private readonly options: InspectorOptions) {}

  /** The images the last seeds were found on; empty before. */
  images(): ShownImage[] {
    if (this.#latest === undefined) return [];
    const { mean, max, noise, correlation, pnr } = this.#latest;
    return [
      { name: "inspect-correlation", title: "Correlation (inspector)", unit: "", pixels: correlation },
      { name: "inspect-pnr", title: "Peak-to-noise ratio (inspector)", unit: "", pixels: pnr },
      { name: "inspect-mean", title: "Mean", unit: "counts", pixels: mean },
      { name: "inspect-max", title: "Maximum", unit: "counts", pixels: max },
      { name: "inspect-noise", title: "Noise", unit: "counts", pixels: noise },
    ];
  }

  /** Tells how far the images are, and then the seeds; what goes wrong is the last message. */
  async *inspect(request: InspectRequest, signal: AbortSignal): AsyncGenerator<InspectMessage> {
    try {
      const parameters = resolveParameters({ ...this.options.parameters, ...request });
      let images = this.#made.get(keyOf(parameters));
      if (images === undefined) images = yield* this.#make(parameters, signal);
      this.#keep(keyOf(parameters), images);
      yield {
        fraction: 1,
        seeds: candidateSeeds(images, this.source.header, parameters),
        images: this.images().map(imageInfo),
      };
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      yield { error: error instanceof AnnulusError ? message : `This is an error in annulus: ${message}` };
    }
  }

  /** Ends what is being made. */
  async close(): Promise<void> {
    for (const { stop } of this.#making.values()) stop.abort();
    await Promise.allSettled([...this.#making.values()].map(({ images }) => images));
  }

  /** Makes images, or joins who makes them already, and tells of the progress. */
  async *#make(parameters: Parameters, signal: AbortSignal): AsyncGenerator<InspectMessage, InitialiserImages> {
    const known = this.#making.get(keyOf(parameters));
    const making = known && !known.stop.signal.aborted ? known : this.#begin(parameters);
    let told: InspectMessage | undefined, wake = () => {};
    const listen = (message: InspectMessage) => {
      told = message;
      wake();
    };
    making.listeners.add(listen);
    let isDone = false;
    const done = making.images.then(() => {}, () => {}).then(() => {
      isDone = true;
      wake();
    });
    const leave = () => wake();
    signal.addEventListener("abort", leave);
    try {
      while (!isDone) {
        signal.throwIfAborted();
        if (told) {
          const message = told;
          told = undefined;
          yield message;
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (isDone || told || signal.aborted) resolve();
        });
      }
      await done;
      return await making.images;
    } finally {
      signal.removeEventListener("abort", leave);
      making.listeners.delete(listen);
      if (making.listeners.size === 0) making.stop.abort();
    }
  }

  #begin(parameters: Parameters): Making {
    const key = keyOf(parameters), stop = new AbortController(), listeners: Making["listeners"] = new Set();
    const { compute, memoryBytes } = this.options;
    // One after the other: two at once would take twice the memory.
    const before = Promise.allSettled([...this.#making.values()].map(({ images }) => images));
    const images = before.then(() => {
      stop.signal.throwIfAborted();
      return initialiserImages(this.source, parameters, {
        compute,
        memoryBytes,
        signal: stop.signal,
        progress: ({ stage, fraction }) => listeners.forEach((listener) => listener({ stage, fraction })),
      });
    }).finally(() => this.#making.get(key) === making && this.#making.delete(key));
    images.catch(() => {});
    const making: Making = { images, stop, listeners };
    this.#making.set(key, making);
    return making;
  }

  #keep(key: string, images: InitialiserImages): void {
    this.#latest = images;
    this.#made.delete(key);
    this.#made.set(key, images);
    for (const old of [...this.#made.keys()].slice(0, -KEPT)) this.#made.delete(old);
  }
}

function keyOf({ gSig, gSiz }: Pick<Parameters, "gSig" | "gSiz">): string {
  return `${gSig} ${gSiz}`;
}
