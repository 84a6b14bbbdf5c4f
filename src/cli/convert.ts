import { basename, dirname, join } from "node:path";
import { ResultsError } from "../core/errors.ts";
import type { MovieSource } from "../core/movie.ts";
import { resolvePreprocessParameters } from "../core/parameters.ts";
import type { PreprocessParameters } from "../core/preprocess_parameters.ts";
import { WRITTEN_ENDINGS } from "../movie/writer.ts";
import { knownSession } from "../nwb/known_session.ts";
import { sessionAdvice } from "../nwb/session_advice.ts";
import { binFrames } from "../preprocess/bin_frames.ts";
import { binPixels } from "../preprocess/bin_pixels.ts";
import { cropMovie } from "../preprocess/crop_movie.ts";
import { selectFrames } from "../preprocess/select_frames.ts";
import type { View } from "../preprocess/view.ts";
import { writeTogether } from "../results/write_together.ts";
import { parameterValue } from "./arguments.ts";
import { checkWrittenMovie, losesTimestamps } from "./check_written.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { showMemory } from "./memory.ts";
import { FRAME_RATE_FLAG, givenRate, MOVIE_FLAGS, openGivenMovie } from "./movie_flags.ts";
import { shapeText } from "./movie_facts.ts";
import { prepareMovieOutput } from "./movie_output.ts";
import { givenSession, SESSION_FLAGS } from "./session_flags.ts";
import { Progress } from "./progress.ts";
import { writeMovie } from "./write_movie.ts";

/** Preprocessing parameters that make sense while a movie is converted: those that need no second pass. */
const CHOICES = [
  "frames",
  "drop_frames",
  "crop",
  "spatial_downsampling_factor",
  "temporal_downsampling_factor",
] as const;

/** Memory the averages of blocks are planned with, bytes. */
const MEMORY_BYTES = 128e6;
/** Part of the progress that is given to reading the written movie back. */
const CHECK_SHARE = 0.3;

/** `annulus convert`: a movie in another format. */
export const convert: Command = {
  name: "convert",
  usage: "convert MOVIE [more … | folder] --out movie.tif [--crop 10,10,200,200 --temporal_downsampling_factor 2 …]",
  summary: "Write a movie in another format: TIFF (BigTIFF where it has to be), HDF5, Zarr or NWB",
  details:
    "Frames stream from one file to the other, and the written movie is read back and compared. Samples keep their type, but for\n" +
    "averages, which are float32. Frame rate, timestamps, pixel size and start of the recording go along where the format has a\n" +
    "place for them.",
  flags: [
    { name: "out", value: "MOVIE", help: `The movie to write; its name ends in ${WRITTEN_ENDINGS}` },
    { name: "force", help: "Replace a movie that is there" },
    FRAME_RATE_FLAG,
    { name: "frames", value: "RANGES", help: "Frames to keep, from 0 and without the last: 100:2000,2500:" },
    { name: "drop_frames", value: "RANGES", help: "Frames to leave out: 17,40:44" },
    { name: "crop", value: "X0,Y0,X1,Y1", help: "Rectangle to keep, pixels" },
    { name: "spatial_downsampling_factor", value: "N", help: "Side of the blocks of pixels averaged into one" },
    { name: "temporal_downsampling_factor", value: "N", help: "Frames averaged into one" },
    ...MOVIE_FLAGS,
    ...SESSION_FLAGS,
  ],
  async run(invocation, output) {
    const { operands, values, switches } = invocation, path = values.out;
    const example = "annulus convert recording.isxd --out movie.tif";
    if (operands.length === 0) throw new UsageError(`annulus convert needs a movie: ${example}`);
    if (path === undefined) throw new UsageError(`annulus convert needs --out MOVIE: ${example}`);
    const given = Object.fromEntries(
      CHOICES.filter((name) => values[name] !== undefined).map((name) => [name, parameterValue(values[name])]),
    );
    const parameters = resolvePreprocessParameters(given);
    const frameRate = givenRate(values.frame_rate);
    const session = await givenSession(invocation), isNwb = /\.nwb$/i.test(path);
    if (session && !isNwb) {
      throw new UsageError(`${path} has no place for a description of the session: leave it out, or write a .nwb`);
    }
    const source = await openGivenMovie(operands, invocation, output, frameRate);
    try {
      const { source: view, done } = converted(source, parameters);
      await prepareMovieOutput(path, { force: switches.has("force"), source: source.header });
      for (const step of done) output.notice(step);
      if (losesTimestamps(path, view.header)) {
        output.notice(
          `The movie's timestamps are not even, and a TIFF has no place for them: they are left out (.h5, .nwb and .zarr keep them)`,
        );
      }
      if (isNwb) {
        const { metadata, startTime } = source.header;
        for (const advice of sessionAdvice(knownSession(session, metadata), startTime)) output.notice(advice);
      }
      await interruptible(async (signal) => {
        const progress = new Progress(output);
        const part = (from: number, share: number) => ({ stage, fraction }: { stage: string; fraction: number }) =>
          progress.report({ stage, fraction: from + share * fraction });
        await underItsName(path, signal, async (aside) => {
          const sums = await writeMovie(aside, view, output, {
            signal,
            report: part(0, 1 - CHECK_SHARE),
            ...(session ? { session } : {}),
          });
          await checkWrittenMovie(aside, view.header, sums, signal, part(1 - CHECK_SHARE, CHECK_SHARE));
        });
      });
      const bytes = await sizeOf(path);
      output.result(
        { movie: path, ...shapeOf(view), bytes, done, checked: true },
        `${path}: ${shapeText(view.header)}, ${showMemory(bytes)}; read back and found equal`,
      );
    } finally {
      source.close();
    }
  },
};

/** Has a movie written aside, so that it takes its name, and the place of one that is there, only when it was read back and found equal. */
async function underItsName(path: string, signal: AbortSignal, write: (aside: string) => Promise<void>): Promise<void> {
  let failure: unknown;
  const attempt = async (directory: string) => {
    const aside = join(directory, basename(path));
    try {
      await write(aside);
    } catch (error) {
      failure = error instanceof ResultsError ? new ResultsError(error.message.replaceAll(aside, path)) : error;
      throw failure;
    }
  };
  try {
    await writeTogether(dirname(path), [basename(path)], attempt, signal);
  } catch (error) {
    // What the work itself failed of is said as it is: it may be the movie that is read.
    throw failure ?? error;
  }
}

/** The views that were asked for. */
function converted(source: MovieSource, parameters: PreprocessParameters): { source: MovieSource; done: string[] } {
  const { frames, drop_frames, crop, spatial_downsampling_factor: blocks, temporal_downsampling_factor: groups } =
    parameters;
  const done: string[] = [];
  let movie = source;
  const add = (view: View) => {
    done.push(view.done);
    movie = view;
  };
  if (frames !== null || drop_frames !== null) add(selectFrames(movie, { frames, drop_frames }));
  if (crop !== null) add(cropMovie(movie, crop, MEMORY_BYTES));
  if (blocks > 1) add(binPixels(movie, blocks, MEMORY_BYTES));
  if (groups > 1) add(binFrames(movie, groups, MEMORY_BYTES));
  return { source: movie, done };
}

function shapeOf({ header: { width, height, frames, sampleType, frameRate } }: MovieSource) {
  return { width, height, frames, sample_type: sampleType, frame_rate: frameRate ?? null };
}

/** Bytes of a file, or of all files of a folder. */
async function sizeOf(path: string): Promise<number> {
  const status = await Deno.stat(path);
  if (!status.isDirectory) return status.size;
  let bytes = 0;
  for await (const entry of Deno.readDir(path)) bytes += await sizeOf(`${path}/${entry.name}`);
  return bytes;
}
