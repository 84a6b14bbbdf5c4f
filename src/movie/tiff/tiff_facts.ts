import type { PixelSize } from "../../core/movie.ts";
import type { ImageAxis } from "./frame_order.ts";
import type { TiffPages } from "./tiff_pages.ts";
import { TAG } from "./tiff_tags.ts";

/** Longest description that is looked at: OME-XML of 100 000 planes is about half of it. */
export const LONGEST_DESCRIPTION = 2 ** 26;
/** Longest text that goes into a movie's metadata. */
const LONGEST_TEXT = 4096;
/** Pixels larger than this, µm, are those of screens and printers (1270 dots per inch and less), not of microscopes. */
const LARGEST_PIXEL = 20;

/** What a program wrote into a TIFF about the movie. */
export interface TiffFacts {
  /** What consecutive pages stand for, the slowest first. Default: every page is a frame. */
  readonly axes?: readonly ImageAxis[];
  /** Frames stored one after another behind a single directory, where the description says so. */
  readonly stackFrames?: number;
  /** Frames per second. */
  readonly frameRate?: number;
  /** Unit of length of the resolution tags. */
  readonly lengthUnit?: string;
  /** When the recording began, ISO 8601. */
  readonly startTime?: string;
  /** What else is worth keeping. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What was odd, one sentence each. */
  readonly notes?: readonly string[];
}

/** A text entry of the first frame's page; empty when there is none. */
export function textOf({ directories, first }: TiffPages, tag: number, limit = LONGEST_TEXT): string {
  const values = first.entries.get(tag);
  return values ? directories.text(values, limit, `the text of tag ${tag} of the first page`) : "";
}

/** What the first page's tags say of where the movie comes from. */
export function tagMetadata(pages: TiffPages): Record<string, string> {
  const tags = {
    Make: TAG.make,
    Model: TAG.model,
    Software: TAG.software,
    DateTime: TAG.dateTime,
    Artist: TAG.artist,
    HostComputer: TAG.hostComputer,
    Copyright: TAG.copyright,
  };
  return Object.fromEntries(
    Object.entries(tags).map(([name, tag]) => [name, textOf(pages, tag)]).filter(([, text]) => text !== ""),
  );
}

/**
 * Size of a pixel by the resolution tags, µm.
 * @param micrometresPerUnit of the unit a program names in its own way; without it, the tag's (inch or cm) counts unless that is a
 * printer's resolution
 */
export function resolutionPixelSize(pages: TiffPages, micrometresPerUnit?: number): PixelSize | undefined {
  const { directories, first: { entries } } = pages;
  const x = entries.get(TAG.xResolution), y = entries.get(TAG.yResolution), unit = entries.get(TAG.resolutionUnit);
  if (!x || !y) return undefined;
  const tagged = unit && unit.count > 0 ? directories.numbers(unit, 1, "the resolution unit of the first page")[0] : 2;
  const length = micrometresPerUnit ?? (tagged === 2 ? 25400 : tagged === 3 ? 10000 : NaN);
  const sizeOf = (values: typeof x) =>
    Number((length / directories.fraction(values, "the resolution of the first page")).toPrecision(12));
  const size = { x: sizeOf(x), y: sizeOf(y) };
  const possible = (side: number) =>
    side > 0 && Number.isFinite(side) && (micrometresPerUnit !== undefined || side <= LARGEST_PIXEL);
  return possible(size.x) && possible(size.y) ? size : undefined;
}
