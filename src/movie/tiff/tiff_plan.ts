import { MovieError } from "../../core/errors.ts";
import type { MovieHeader } from "../../core/movie.ts";
import { rateOfTimestamps, timestampNotes } from "../../core/timestamps.ts";
import type { FormatOptions } from "../format.ts";
import type { PositionalFile } from "../positional_file.ts";
import { chosenChannel, frameOrder, type ImageAxis, lengthOf, pagesOf, playingAxis } from "./frame_order.ts";
import { imageJInfo } from "./imagej_info.ts";
import { metaMorphFacts, metaMorphTimestamps } from "./metamorph.ts";
import { isOmeXml } from "./ome_xml.ts";
import { planOme } from "./ome_plan.ts";
import { pageNotes } from "./page_notes.ts";
import { parseScanImage, scanImageTimestamps } from "./scan_image.ts";
import { parseTiffDescription } from "./tiff_description.ts";
import { LONGEST_DESCRIPTION, resolutionPixelSize, tagMetadata, textOf, type TiffFacts } from "./tiff_facts.ts";
import { NO_FRAME, readTiffPages, stackBehindPage, type TiffPages } from "./tiff_pages.ts";
import { TAG } from "./tiff_tags.ts";
import { micrometres } from "./units.ts";

/** Which page of which file each frame is, and what is known of the movie. */
export interface TiffPlan {
  /** The files that hold frames, all alike. */
  readonly files: readonly TiffPages[];
  /** Frames of the movie. */
  readonly frames: number;
  /** Index into `files` of a frame's. */
  readonly fileOf: (frame: number) => number;
  /** Index of a frame's page within its file. */
  readonly pageOf: (frame: number) => number;
  /** What the files say. */
  readonly facts: Partial<MovieHeader>;
}

/**
 * Finds out which pages are the frames of a movie. Throws `MovieError` for what is not one movie; then it has closed every file but the
 * given one.
 */
export function planTiff(file: PositionalFile, options: FormatOptions): TiffPlan {
  let read = readTiffPages(file), { channel } = options, sample = 0;
  if (read.channels > 1) {
    // The channels of each page leave none to choose among the pages.
    sample = chosenChannel(read.channels, channel, file.path);
    if (sample > 0) read = readTiffPages(file, sample);
    channel = undefined;
  }
  const description = textOf(read, TAG.description, LONGEST_DESCRIPTION);
  if (isOmeXml(description)) return planOme(read, description, sample, channel);

  const scanImage = parseScanImage(textOf(read, TAG.software, 2 ** 20), description, file.path);
  const metaMorph = metaMorphFacts(read);
  const said: TiffFacts = scanImage?.facts ?? metaMorph ??
    parseTiffDescription(description, { ...read, path: file.path });
  const stacked = read.starts.length === 1 && (said.stackFrames ?? 1) > 1;
  const pages = stacked ? stackBehindPage(read, said.stackFrames!) : read;
  for (const index of pages.frames) {
    // Says what is wrong with it.
    if (pages.starts[index] === NO_FRAME) pages.page(index);
  }
  const notes = [...said.notes ?? []];
  const axes = scanImage
    ? recordedAxes(pages, scanImage.channels, notes)
    : agreedAxes(pages, axesOfPages(read, said.axes), notes);
  const order = frameOrder(axes, channel, file.path);
  const pageOf = (frame: number) => pages.frames[order.first + frame * order.step];

  const timestamps = scanImage
    ? scanImageTimestamps(pages, order.frames, pageOf)
    : metaMorph
    ? metaMorphTimestamps(pages)
    : undefined;
  const unit = said.lengthUnit === undefined ? undefined : micrometres(said.lengthUnit);
  const imageJ = description.startsWith("ImageJ=");
  // ImageJ's resolution means nothing without a unit of its own; in pixels, it is none.
  const pixelSize = imageJ && unit === undefined ? undefined : resolutionPixelSize(pages, unit);
  const metadata = { ...tagMetadata(pages), ...imageJInfo(pages), ...said.metadata };
  const { frameRate = timestamps && rateOfTimestamps(timestamps), startTime } = said;
  notes.push(...pageNotes(pages), ...(timestamps ? timestampNotes(timestamps) : []));
  return {
    files: [pages],
    frames: order.frames,
    fileOf: () => 0,
    pageOf,
    facts: {
      ...(frameRate === undefined ? {} : { frameRate }),
      ...(timestamps ? { timestamps } : {}),
      ...(startTime === undefined ? {} : { startTime }),
      ...(pixelSize ? { pixelSize } : {}),
      ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
      ...(notes.length > 0 ? { notes } : {}),
    },
  };
}

/** The axes that a description states, without the channels when they are those of each page. */
function axesOfPages({ channels }: TiffPages, stated: readonly ImageAxis[] | undefined) {
  return channels > 1 ? stated?.filter(({ name, length }) => name !== "C" || length !== channels) : stated;
}

/** The axes that a description states, made to agree with the pages there are. Throws `MovieError` when there are too few. */
function agreedAxes(pages: TiffPages, stated: readonly ImageAxis[] | undefined, notes: string[]): readonly ImageAxis[] {
  const count = pages.frames.length, path = pages.file.path;
  if (!stated || count === pagesOf(stated)) return stated ?? [{ name: "T", length: count }];
  const said = pagesOf(stated);
  if (count < said) {
    const of = lengthOf(stated, "C") > 1 ? ` (${lengthOf(stated, "C")} channels of each)` : "";
    throw new MovieError(
      `Movie "${path}" is incomplete: its description says ${said} images${of}, but it has ${count}`,
    );
  }
  const plays = playingAxis(stated), rest = said / lengthOf(stated, plays);
  const slowest = stated.find(({ length }) => length > 1)?.name ?? plays;
  if (slowest !== plays || (lengthOf(stated, "Z") > 1 && lengthOf(stated, "T") > 1)) {
    notes.push(`"${path}" holds ${count} images where its description says ${said}: the others are left out`);
    return stated;
  }
  notes.push(`"${path}" holds ${count} images where its description says ${said}: all are read`);
  const others = stated.filter(({ name }) => name !== plays);
  return wholeFrames([{ name: plays, length: count / rest }, ...others], path, notes);
}

/** The axes of a recording whose channels alternate, with as many frames as there are. */
function recordedAxes(pages: TiffPages, channels: number, notes: string[]): ImageAxis[] {
  const axes = [{ name: "T", length: pages.frames.length / channels }, { name: "C", length: channels }] as const;
  return wholeFrames(axes, pages.file.path, notes);
}

/** Axes whose first is cut to whole frames: the last may lack channels when a recording was stopped. */
function wholeFrames(axes: readonly ImageAxis[], path: string, notes: string[]): ImageAxis[] {
  const [first, ...others] = axes, length = Math.floor(first.length);
  if (length < 1) {
    throw new MovieError(
      `Movie "${path}" is incomplete: it has fewer images than the ${pagesOf(others)} channels it states`,
    );
  }
  if (length !== first.length) notes.push(`The last frame of "${path}" lacks some of its channels: it is left out`);
  return [{ ...first, length }, ...others];
}
