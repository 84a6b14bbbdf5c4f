import { MovieError, ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import type { MovieSource } from "../core/movie.ts";
import { resolveQualityParameters } from "../core/parameters.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import { usedParameters } from "../core/used_parameters.ts";
import { EditSession } from "../edit/session.ts";
import type { Compute } from "../gpu/compute.ts";
import { acceptCells } from "../quality/accept.ts";
import { againCommand } from "../report/again.ts";
import { keepOriginal, measureEdited } from "../results/edits.ts";
import { fileFormat } from "../results/file_format.ts";
import { saveResults } from "../results/hdf5.ts";
import { RESULTS_FORMAT } from "../results/save.ts";
import { FrameSource } from "./frame_source.ts";
import { oneAtATime } from "./frames.ts";
import { Inspector } from "./inspector.ts";
import type { InspectRequest } from "./messages.ts";
import { glance, MovieView } from "./movie_view.ts";
import { ResultsView } from "./results_view.ts";
import { Saver } from "./saver.ts";
import { serve, type ServedViewer } from "./serve.ts";

/** What every viewer works with. */
interface Setting {
  /** The device. */
  readonly compute: Compute;
  /** Memory to plan with, bytes. */
  readonly memoryBytes: number;
  /** Port to listen on, on this machine only. Default: any that is free. */
  readonly port?: number;
  /** Ends an edit early that is under way: nothing is changed then. */
  readonly signal?: AbortSignal;
}

/** Results to be viewed. */
export interface ResultsViewerOptions extends Setting {
  /** Path of the results file, where decisions are saved. */
  readonly file: string;
  /** Its results. */
  readonly extraction: Extraction;
  /** Opens the movie they came from; what it rejects with (`MovieError`, `ResultsError`) is told in the viewer, which then shows what needs no movie. Closing the movie is left to the caller. */
  readonly openMovie: () => Promise<MovieSource>;
}

/** A movie to be viewed before any run. */
export interface MovieViewerOptions extends Setting {
  /** The movie, prepared as a run would have it. Its owner closes it. */
  readonly source: MovieSource;
  /** Parameters the inspector starts from. */
  readonly parameters: Parameters;
  /** The command of a run of this movie, without the inspector's parameters: the page shows it with them. Default: one with the movie's name only. */
  readonly command?: string;
}

/**
 * Serves a page on which results are looked at and decided about: images, contours, traces, frames; edits with undo, saved to the file.
 * @throws AnnulusError when the port cannot be had
 */
export async function serveResults(options: ResultsViewerOptions): Promise<ServedViewer> {
  const { file, extraction, compute, memoryBytes, signal } = options, { source, movieProblem } = await movieOf(options);
  const parameters = usedParameters(extraction), shared = source && oneAtATime(source);
  const command = againCommand(extraction, ["gSig", "gSiz", "min_corr", "min_pnr"]);
  const view = new ResultsView({
    name: extraction.movie.name,
    edits: new EditSession(extraction, {
      compute,
      memoryBytes,
      measure: measureEdited,
      ...(shared ? { source: shared } : {}),
      ...(signal ? { signal } : {}),
    }),
    saver: await Saver.open(file, {
      isForeign: await fileFormat(file) !== RESULTS_FORMAT,
      write: (path, results) => saveResults(path, results, { timings: results.timings.length > 0 }),
      keepOriginal: (path) => keepOriginal(path, extraction),
    }),
    frames: new FrameSource(shared ?? null, { compute, memoryBytes, ...(movieProblem ? { movieProblem } : {}) }),
    judge: (results, thresholds) => ({
      ...results,
      quality: acceptCells(results.quality ?? {}, results, thresholdsOf(results, thresholds)),
    }),
    ...(shared ? { inspector: new Inspector(shared, { compute, memoryBytes, parameters }) } : {}),
    inspect: inspectRequest(parameters),
    ...(command === undefined ? {} : { command }),
    ...(movieProblem ? { movieProblem } : {}),
  });
  return serve(view, options.port);
}

/**
 * Serves a page on which the initialiser's parameters are tried on a movie before any run.
 * @throws AnnulusError when the port cannot be had
 * @throws MovieError when the movie cannot be read
 */
export async function serveMovie(options: MovieViewerOptions): Promise<ServedViewer> {
  const { compute, memoryBytes, parameters } = options, source = oneAtATime(options.source);
  const view = new MovieView({
    source,
    frames: new FrameSource(source, { compute, memoryBytes }),
    inspector: new Inspector(source, { compute, memoryBytes, parameters }),
    inspect: inspectRequest(parameters),
    frameRate: parameters.frame_rate,
    images: await glance(source),
    ...(options.command === undefined ? {} : { command: options.command }),
  });
  return serve(view, options.port);
}

async function movieOf(
  { openMovie }: ResultsViewerOptions,
): Promise<{ source?: MovieSource; movieProblem?: string }> {
  try {
    return { source: await openMovie() };
  } catch (error) {
    if (error instanceof MovieError || error instanceof ResultsError) return { movieProblem: error.message };
    throw error;
  }
}

/** The thresholds of results, some of them changed. */
function thresholdsOf({ quality }: Extraction, changed: Readonly<Record<string, number>>): QualityParameters {
  return resolveQualityParameters({ ...quality?.thresholds, ...changed });
}

function inspectRequest({ gSig, gSiz, min_corr, min_pnr }: Parameters): InspectRequest {
  return { gSig, gSiz, min_corr, min_pnr };
}
