import { MovieError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { MovieSource, SampleArray } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";
import { Scratch } from "../preprocess/pieces.ts";
import { blackLevel } from "./black_level.ts";
import { type ModelKind, modelKind } from "./kinds.ts";
import { addCells, cellPixels, type ModelCell, modelCells } from "./model_cells.ts";
import { RingBackgroundMaker } from "./ring_background.ts";

/** Share of a footprint's peak from which a pixel is the cell's, where cells are blacked out. */
const CELL_SHARE = 0.2;

/** Some frames of the model, to be put wherever they are shown. */
export interface MadeFrames {
  /** Puts the frames of a kind into `into`; `place` says where row `y` of frame `frame` (both from 0) begins there. */
  put(kind: ModelKind, into: SampleArray, place: (frame: number, y: number) => number): void;
}

/** Makes frames of the model: the movie, its cells and its background. */
export class ModelFrames {
  /** Numbers of cells that are left out: their traces hold values that are not finite. */
  readonly withoutTrace: readonly number[];
  readonly #cells: readonly ModelCell[];
  readonly #shown: readonly ModelCell[];
  readonly #scratch: Scratch;
  readonly #needsMovie: boolean;
  readonly #needsBackground: boolean;
  #ring: RingBackgroundMaker | undefined;
  #mask: Uint8Array | undefined;

  constructor(
    private readonly source: MovieSource,
    private readonly extraction: Extraction,
    kinds: readonly ModelKind[],
    private readonly options: { readonly compute: Compute; readonly accepted: boolean },
  ) {
    const { cells, withoutTrace } = modelCells(extraction);
    this.withoutTrace = withoutTrace;
    this.#cells = cells;
    this.#shown = options.accepted ? cells.filter(({ isAccepted }) => isAccepted) : cells;
    this.#scratch = new Scratch(source.header.sampleType);
    this.#needsMovie = kinds.some((kind) => modelKind(kind).needsMovie);
    this.#needsBackground = kinds.some((kind) => modelKind(kind).needsBackground);
  }

  /** Reads frames and works out what the kinds need of them. What it returns is good until the next call. */
  async make(start: number, count: number): Promise<MadeFrames> {
    const { width, height } = this.source.header, size = width * height, { compute } = this.options;
    const samples = this.#scratch.take(this.#needsMovie ? count * size : 0), cells = new Float32Array(count * size);
    if (this.#needsMovie) await this.source.read(start, count, samples);
    addCells(this.#shown, start, count, cells, size);
    let background = new Float32Array(0);
    if (this.#needsBackground) {
      this.#refuseNotFinite(samples, start);
      const all = this.#shown.length === this.#cells.length ? cells : new Float32Array(count * size);
      if (all !== cells) addCells(this.#cells, start, count, all, size);
      this.#ring ??= new RingBackgroundMaker(compute, this.extraction);
      background = await this.#ring.of(samples, all, count);
    }
    const mask = this.#mask ??= cellPixels(this.#shown, size, CELL_SHARE);
    const black = blackLevel(this.extraction, this.source.header.sampleType);
    const value: Readonly<Record<ModelKind, (at: number, pixel: number) => number>> = {
      movie: (at) => samples[at],
      cells: (at) => cells[at],
      background: (at) => background[at],
      residual: (at) => samples[at] - cells[at] - background[at],
      "background-subtracted": (at) => samples[at] - background[at],
      "blacked-out": (at, pixel) => mask[pixel] ? black : samples[at],
    };
    return {
      put(kind, into, place) {
        const of = value[kind];
        for (let frame = 0, at = 0; frame < count; frame++) {
          for (let pixel = 0; pixel < size;) {
            const to = place(frame, pixel / width);
            for (let x = 0; x < width; x++, at++, pixel++) into[to + x] = of(at, pixel);
          }
        }
      },
    };
  }

  /** One sample that is no number would spoil the background around it, and a device does not promise to keep it. */
  #refuseNotFinite(samples: SampleArray, start: number): void {
    if (!(samples instanceof Float32Array)) return;
    const at = samples.findIndex((value) => !Number.isFinite(value)), { width, height, name } = this.source.header;
    if (at < 0) return;
    const pixel = at % (width * height);
    throw new MovieError(
      `"${name}" holds a value that is not a finite number (frame ${start + Math.floor(at / (width * height))}, ` +
        `x ${pixel % width}, y ${Math.floor(pixel / width)}): its background cannot be made`,
    );
  }

  /** Frees what is held on the device. */
  release(): void {
    this.#ring?.release();
    this.#ring = undefined;
  }
}
