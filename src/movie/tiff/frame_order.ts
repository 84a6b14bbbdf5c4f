import { MovieError } from "../../core/errors.ts";

/** What pages stand for: points in time, planes in depth, channels. */
export interface ImageAxis {
  readonly name: "T" | "Z" | "C";
  readonly length: number;
}

/** Frame `i` of a movie is page `first + i * step`. */
export interface FrameOrder {
  readonly frames: number;
  readonly first: number;
  readonly step: number;
}

/** The axis that plays: time, or depth when there is no time, as in movies that were opened as plain stacks. */
export function playingAxis(axes: readonly ImageAxis[]): "T" | "Z" {
  return lengthOf(axes, "T") === 1 && lengthOf(axes, "Z") > 1 ? "Z" : "T";
}

/**
 * Which pages are the frames of a movie, and that it is one: throws `MovieError` for volumes over time, and for several channels none of
 * which is chosen.
 * @param axes what consecutive pages stand for, the slowest first
 * @param channel from 1
 */
export function frameOrder(axes: readonly ImageAxis[], channel: number | undefined, path: string): FrameOrder {
  const depth = lengthOf(axes, "Z"), times = lengthOf(axes, "T");
  if (depth > 1 && times > 1) {
    throw new MovieError(
      `Movie "${path}" has ${depth} planes in depth at each of ${times} times: save one plane as a movie of its own`,
    );
  }
  const chosen = chosenChannel(lengthOf(axes, "C"), channel, path);
  const plays = playingAxis(axes);
  return { frames: lengthOf(axes, plays), first: chosen * stepOf(axes, "C"), step: stepOf(axes, plays) };
}

/** The channel to read, from 0. Throws `MovieError` when there are several and none is chosen, or when there is none of that number. */
export function chosenChannel(channels: number, channel: number | undefined, path: string): number {
  if (channel === undefined && channels > 1) {
    throw new MovieError(
      `Movie "${path}" has ${channels} channels: say which one to read with --channel 1 to ${channels} ` +
        "(channel in the API)",
    );
  }
  if (channel !== undefined && channel > channels) {
    throw new MovieError(
      `Movie "${path}" has ${channels} ${channels === 1 ? "channel" : "channels"}, so there is no channel ${channel}`,
    );
  }
  return (channel ?? 1) - 1;
}

/** Pages that axes stand for together. */
export function pagesOf(axes: readonly ImageAxis[]): number {
  return axes.reduce((product, { length }) => product * length, 1);
}

/** Length of an axis; 1 where there is none. */
export function lengthOf(axes: readonly ImageAxis[], name: ImageAxis["name"]): number {
  return axes.find((axis) => axis.name === name)?.length ?? 1;
}

/** Pages from one point of an axis to the next. */
function stepOf(axes: readonly ImageAxis[], name: ImageAxis["name"]): number {
  const at = axes.findIndex((axis) => axis.name === name);
  return at < 0 ? 0 : pagesOf(axes.slice(at + 1));
}
