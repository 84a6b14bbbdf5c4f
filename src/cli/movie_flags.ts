import { ParameterError } from "../core/errors.ts";
import type { MovieSource } from "../core/movie.ts";
import { resolveParameters } from "../core/parameters.ts";
import { openMovie, type OpenMovieOptions } from "../movie/open.ts";
import type { Flag, Invocation } from "./command.ts";
import type { Output } from "./output.ts";

/** Flags of the commands that open a movie. */
export const MOVIE_FLAGS: readonly Flag[] = [
  {
    name: "dataset",
    value: "PATH",
    help: "Dataset of an HDF5, NWB or Zarr file (default mov, or the only movie in it)",
  },
  {
    name: "axes",
    value: "TYX|YXT|TXY|XYT",
    help: "Order of an array's axes, where it is not the usual one (default found)",
  },
  { name: "channel", value: "N", help: "Channel of a movie with several, from 1" },
  { name: "device", value: "NAME", help: "Device of a recording with several, such as Miniscope" },
];

/** Flag of the commands that open a movie and take no parameter `frame_rate`. */
export const FRAME_RATE_FLAG: Flag = {
  name: "frame_rate",
  value: "HZ",
  help: "Frames per second, instead of what the movie says",
};

/** The frame rate given as a flag or in the parameter file. Throws `ParameterError` for one that makes no sense. */
export function givenRate(
  flag: string | undefined,
  given: Readonly<Record<string, unknown>> = {},
): number | undefined {
  const rate = flag === undefined ? given.frame_rate : flag.trim() === "" || isNaN(Number(flag)) ? flag : Number(flag);
  return rate === undefined ? undefined : resolveParameters({ frame_rate: rate }).frame_rate;
}

/** Opens the movie a command was given, and tells what came to light. */
export async function openGivenMovie(
  path: string | readonly string[],
  { values }: Invocation,
  output: Output,
  frameRate?: number,
): Promise<MovieSource> {
  const source = await openMovie(path, { ...movieOptions(values), ...(frameRate === undefined ? {} : { frameRate }) });
  for (const note of source.header.notes ?? []) output.notice(note);
  return source;
}

/** What the user said of the movie. Throws `ParameterError`. */
export function movieOptions(values: Readonly<Record<string, string>>): OpenMovieOptions {
  const { dataset, axes, channel, device } = values;
  for (const [name, value] of Object.entries({ dataset, axes, device })) {
    if (value?.trim() === "") throw new ParameterError(`--${name} is empty: give it a value, or leave it out`);
  }
  if (channel !== undefined && !/^[0-9]+$/.test(channel)) {
    throw new ParameterError(`--channel is ${channel}, but it has to be a whole number, from 1`);
  }
  return {
    ...(dataset === undefined ? {} : { dataset }),
    ...(axes === undefined ? {} : { axes: axes.toUpperCase() }),
    ...(channel === undefined ? {} : { channel: Number(channel) }),
    ...(device === undefined ? {} : { device }),
  };
}
