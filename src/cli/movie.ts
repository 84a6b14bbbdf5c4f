import type { MovieSource } from "../core/movie.ts";
import { resolvePreprocessParameters } from "../core/parameters.ts";
import type { FrameList } from "../core/preprocess_parameters.ts";
import { greyMovie, type PanelContrast, panelContrast } from "../model/grey_movie.ts";
import { MODEL_KINDS, type ModelKind, modelKind, SIDE_BY_SIDE } from "../model/kinds.ts";
import { modelMovie } from "../model/model_movie.ts";
import { isForShow, WRITTEN_ENDINGS } from "../movie/writer.ts";
import { selectFrames } from "../preprocess/select_frames.ts";
import { parameterValue } from "./arguments.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import { prepareMovieOutput } from "./movie_output.ts";
import { RESULTS_MOVIE_FLAGS, withResults } from "./results_movie.ts";
import { writeMovie } from "./write_movie.ts";

const NAMES = MODEL_KINDS.map(({ name }) => name);

/** `annulus movie`: what the results explain of their movie, as a movie. */
export const movie: Command = {
  name: "movie",
  usage: "movie results/ [movie.tif …] --out cells.mp4 [--show cells,residual --frames 0:500 --accepted]",
  summary: "Write a movie of the cells, the background, the residual or all of them side by side",
  details: `--show takes ${NAMES.join(", ")}, several of them (then they stand side by side), or side-by-side,\n` +
    `which is ${SIDE_BY_SIDE.join(", ")}. Samples are float32 counts as they are; in .mp4, and with --grey, each\n` +
    "part is 8-bit grey with a contrast of its own (the darkest 0.5 % black, the brightest 0.1 % white), which is told.\n" +
    "Movie = cells + background + residual. Cells alone need no movie. MP4 needs the ffmpeg program.",
  flags: [
    { name: "out", value: "MOVIE", help: `The movie to write; its name ends in .mp4, ${WRITTEN_ENDINGS}` },
    { name: "show", value: "KIND,KIND", help: "What to show (default side-by-side)" },
    { name: "frames", value: "FROM:TO", help: "Which frames, from 0, without the last; several ranges (default all)" },
    { name: "accepted", help: "Show accepted cells only; the others are left in the residual" },
    { name: "grey", help: "8-bit grey to look at, instead of counts" },
    { name: "force", help: "Replace a movie that is there" },
    ...RESULTS_MOVIE_FLAGS,
  ],
  async run(invocation, output) {
    const { values, switches } = invocation, path = values.out;
    if (path === undefined) {
      throw new UsageError("annulus movie needs --out MOVIE: annulus movie results/ --show cells --out cells.mp4");
    }
    const kinds = shownKinds(values.show ?? "side-by-side"), isGrey = switches.has("grey") || isForShow(path);
    const { frames } = resolvePreprocessParameters(
      values.frames === undefined ? {} : { frames: parameterValue(values.frames) },
    );
    await withResults(invocation, output, async (opened) => {
      const { extraction, file, compute, memoryBytes, signal } = opened;
      await refuseResults(path, file);
      // Whatever can be wrong with the output is told before the movie is looked for.
      const given = { ...extraction.movie, frameRate: extraction.frameRate };
      await prepareMovieOutput(path, { force: switches.has("force"), source: given, show: true });
      const isNeeded = invocation.operands.length > 1 || kinds.some((kind) => modelKind(kind).needsMovie);
      const source = isNeeded ? await opened.openMovie() : null;
      if (source) await prepareMovieOutput(path, { force: switches.has("force"), source: source.header, show: true });
      const accepted = switches.has("accepted");
      const shown = modelMovie(source, extraction, kinds, { compute, memoryBytes, accepted });
      try {
        for (const line of shown.report()) output.notice(line);
        if (accepted && extraction.quality?.accepted === undefined) {
          output.notice("Nobody has judged the cells of these results yet: all of them are shown (annulus evaluate)");
        }
        const contrast = isGrey ? await panelContrast(shown) : [];
        const pictures = isGrey ? greyMovie(shown, contrast, memoryBytes) : shown;
        const written = part({ ...pictures, header: { ...pictures.header, frameRate: given.frameRate } }, frames);
        await writeMovie(path, written, output, { signal }).catch((error) => {
          // An ffmpeg that Ctrl-C has ended is no failure of its own.
          throw signal.aborted ? signal.reason : error;
        });
        const { width, height, frames: count, sampleType } = written.header;
        output.result(
          { movie: path, show: kinds, width, height, frames: count, sample_type: sampleType, contrast },
          [
            `${path}: ${count} frames of ${width}×${height} pixels, ${kinds.join(" | ")}`,
            ...contrast.map(contrastText),
          ].join("\n"),
        );
      } finally {
        shown.close();
      }
    });
  },
};

/** The kinds in a list such as "cells,residual". */
function shownKinds(list: string): readonly ModelKind[] {
  const names = list.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const kinds = names.flatMap((name) => {
    if (name === "side-by-side") return SIDE_BY_SIDE;
    const kind = NAMES.find((known) => known === name);
    if (kind) return [kind];
    throw new UsageError(`--show has no "${name}": choose from ${NAMES.join(", ")} and side-by-side`);
  });
  if (kinds.length > 0) return [...new Set(kinds)];
  throw new UsageError(`--show is empty: choose from ${NAMES.join(", ")} and side-by-side`);
}

/** The frames that were asked for. */
function part(source: MovieSource, frames: FrameList | null): MovieSource {
  return frames === null ? source : selectFrames(source, { frames, drop_frames: null });
}

async function refuseResults(path: string, file: string): Promise<void> {
  const [out, results] = await Promise.all([path, file].map((one) => Deno.realPath(one).catch(() => one)));
  if (out === results) throw new UsageError(`${path} holds the results: give another name for the movie`);
}

function contrastText({ kind, low, high }: PanelContrast): string {
  const short = (value: number) => String(Number(value.toPrecision(4)));
  return `${kind}: black at ${short(low)}, white at ${short(high)} counts`;
}
