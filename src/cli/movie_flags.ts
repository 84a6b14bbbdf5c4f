import { ParameterError } from "../core/errors.ts";
import type { MovieSource } from "../core/movie.ts";
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
