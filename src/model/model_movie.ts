import { MovieError, ParameterError, ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { MovieHeader, MovieSource } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";
import { pieceFrames } from "../preprocess/pieces.ts";
import { makeView, type View } from "../preprocess/view.ts";
import { MODEL_KINDS, type ModelKind, modelKind, SIDE_BY_SIDE } from "./kinds.ts";
import { ModelFrames } from "./model_frames.ts";

/** What a movie of the model is made with. */
export interface ModelMovieOptions {
  /** The device: the ring background is made on it. */
  readonly compute: Compute;
  /** Memory to plan with, bytes; the view takes less than a fifth of it. */
  readonly memoryBytes: number;
  /** Whether only accepted cells are shown; what the others explained is then left in the residual. Default false: all cells. */
  readonly accepted?: boolean;
}

/** One kind's place in the frames of a model movie: panels stand side by side and are as high as the field. */
export interface ModelPanel {
  /** What it shows. */
  readonly kind: ModelKind;
  /** First column. */
  readonly left: number;
  /** Columns: those of the field. */
  readonly width: number;
}

/** A movie of the model. Closing it closes the movie it is made of and frees what it holds on the device. */
export interface ModelMovie extends View {
  /** What is where, from left to right. */
  readonly panels: readonly ModelPanel[];
}

/**
 * A movie of what an extraction explains: a view, made as it is read; any range of frames can be read in any order.
 *
 * With Y the movie, A·C its cells in counts and the background B = b0 + U W D (Y − A·C − b0) (algorithm.md section 1; Zhou et al. 2018,
 * eLife 7:e28728, eq. 4–5; b0 alone where results have no ring), the kinds are `movie` Y, `cells` A·C, `background` B, `residual`
 * Y − A·C − B, `background-subtracted` Y − B, and `blacked-out`: Y with every pixel black where a cell's footprint reaches a fifth of its
 * peak (black is 0, or in movies that go below 0 four noise s.d. under the least mean). Y = cells + background + residual, to rounding.
 * Several kinds stand side by side, each in plain counts; `"side-by-side"` is movie, background-subtracted, cells and residual.
 *
 * Samples are float32 counts; movie and blacked-out alone keep the movie's type. With `accepted`, the background is still the one that was
 * fitted with all cells. Cells whose traces hold values that are not finite are left out, which `report` tells.
 * @param source the movie the results came from, prepared as it was for them (`openResultsMovie`); null where it is not there: `cells` need none
 * @param extraction the results
 * @param kind what to show: one kind, several side by side, or "side-by-side"
 * @param options device, memory, and which cells
 * @throws MovieError when the movie is not there but needed, or has another size or length than the results
 * @throws ResultsError when the results lack the background
 * @throws ParameterError for a kind that does not exist, and for none
 */
export function modelMovie(
  source: MovieSource | null,
  extraction: Extraction,
  kind: ModelKind | "side-by-side" | readonly ModelKind[],
  options: ModelMovieOptions,
): ModelMovie {
  const kinds = typeof kind !== "string" ? kind : kind === "side-by-side" ? SIDE_BY_SIDE : [kind];
  checkKinds(kinds);
  if (source) refuseOtherSize(source.header, extraction);
  else if (kinds.some((name) => modelKind(name).needsMovie)) {
    throw new MovieError("The movie of these results is not there: without it, only the cells can be shown");
  }
  if (kinds.some((name) => modelKind(name).needsBackground) && !extraction.b0.every(Number.isFinite)) {
    throw new ResultsError(
      "These results hold no constant background b0: of their movies only movie, cells and blacked-out can be made",
    );
  }
  const { compute, memoryBytes, accepted = false } = options, base = source ?? noMovie(extraction);
  const { width, height } = base.header, frames = new ModelFrames(base, extraction, kinds, { compute, accepted });
  const isPlain = kinds.every((name) => name === "movie" || name === "blacked-out");
  const panels = kinds.map((name, i) => ({ kind: name, left: i * width, width }));
  const piece = pieceFrames({ width: width * (panels.length + 2), height }, memoryBytes);
  const left = frames.withoutTrace, cells = accepted ? ", accepted cells only" : "";
  const report = left.length === 0 ? [] : [
    `${
      left.length === 1 ? `Cell ${left[0]} is` : `${left.length} cells (${left.slice(0, 6).join(", ")}) are`
    } left out: ` +
    `the denoised trace holds values that are not finite numbers`,
  ];
  const view = makeView({
    source: base,
    changes: {
      width: width * panels.length,
      name: `${base.header.name} (${kinds.join(" | ")})`,
      ...(isPlain ? {} : { sampleType: "float32" as const }),
    },
    done: `Shown: ${kinds.map((name) => `${name} (${modelKind(name).meaning})`).join(" | ")}${cells}`,
    report: () => report,
    async read(start, count, into) {
      const across = width * panels.length * height;
      for (let first = 0; first < count; first += piece) {
        const some = Math.min(piece, count - first);
        const made = await frames.make(start + first, some);
        panels.forEach(({ kind: name, left }) => {
          const place = (frame: number, y: number) => (first + frame) * across + y * width * panels.length + left;
          made.put(name, into, place);
        });
      }
    },
  });
  return { ...view, panels, close: () => (frames.release(), base.close()) };
}

function checkKinds(kinds: readonly ModelKind[]): void {
  const known = MODEL_KINDS.map(({ name }) => name);
  if (kinds.length === 0) throw new ParameterError(`Nothing is to be shown: name one or more of ${known.join(", ")}`);
  for (const name of kinds) {
    if (known.includes(name)) continue;
    throw new ParameterError(`There is no movie of "${name}": choose from ${known.join(", ")} and side-by-side`);
  }
}

function refuseOtherSize({ width, height, frames, name }: MovieHeader, { movie }: Extraction): void {
  if (width === movie.width && height === movie.height && frames === movie.frames) return;
  throw new MovieError(
    `"${name}" has ${frames} frames of ${width}×${height} pixels, but the results came from ${movie.frames} frames of ` +
      `${movie.width}×${movie.height}: it is another movie`,
  );
}

/** Stands for a movie that is not there. */
function noMovie({ movie, frameRate }: Extraction): MovieSource {
  return {
    header: { ...movie, sampleType: "float32", frameRate: movie.frameRate ?? frameRate },
    read: () => Promise.reject(new MovieError(`"${movie.name}" is not there`)),
    close: () => {},
  };
}
