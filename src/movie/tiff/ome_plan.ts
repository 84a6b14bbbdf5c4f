import { MovieError } from "../../core/errors.ts";
import { rateOfTimestamps, timestampNotes } from "../../core/timestamps.ts";
import { chosenChannel, frameOrder, type ImageAxis, lengthOf, pagesOf, playingAxis } from "./frame_order.ts";
import { OmeFiles } from "./ome_files.ts";
import type { OmeImage, PlanePlace } from "./ome_xml.ts";
import { pageNotes } from "./page_notes.ts";
import { tagMetadata } from "./tiff_facts.ts";
import { NO_FRAME, type TiffPages } from "./tiff_pages.ts";
import type { TiffPlan } from "./tiff_plan.ts";

/** Stands for a frame that no page was found for. */
const NOWHERE = 2 ** 32 - 1;

/**
 * The frames of an OME-TIFF, which may lie in several files: the first image of its OME-XML, one channel of it.
 * @param own the file that was opened
 * @param description its OME-XML
 * @param sample channel of each page, from 0
 * @param channel channel among the pages, from 1
 * Throws `MovieError` when files or pages are missing; then it has closed every file but `own`.
 */
export function planOme(own: TiffPages, description: string, sample: number, channel: number | undefined): TiffPlan {
  const set = new OmeFiles(own, description, sample);
  try {
    return planSet(set, own, channel);
  } catch (error) {
    set.close();
    throw error;
  }
}

function planSet(set: OmeFiles, own: TiffPages, channel: number | undefined): TiffPlan {
  const { path, image } = set;
  const { frames } = frameOrder(image.axes, channel, path);
  const chosen = chosenChannel(lengthOf(image.axes, "C"), channel, path), plays = playingAxis(image.axes);
  // Every file is looked at before anything is reserved for the frames the description speaks of.
  const planes = image.planes.length > 0 ? image.planes : [{ first: { T: 0, Z: 0, C: 0 }, page: 0 }];
  const located = planes.map((some) => ({ ...some, file: set.find(some) }));
  const { files } = set;
  if (!files.includes(own)) {
    throw new MovieError(
      `"${path}" holds no part of the first image of its OME-TIFF, which is in "${files[0].file.path}": open that file`,
    );
  }
  const present = files.reduce((sum, { starts }) => sum + starts.length, 0), stated = pagesOf(image.axes);
  if (present < stated) {
    throw new MovieError(
      `Movie "${path}" is incomplete: its OME-XML says ${stated} images, but ` +
        `${files.length === 1 ? "the file has" : `its ${files.length} files have`} ${present}`,
    );
  }
  const fileOf = new Uint32Array(frames).fill(NOWHERE), pageOf = new Uint32Array(frames);
  let used = 0;
  for (const { first, page, count = Infinity, file } of located) {
    const from = indexOf(image.axes, first);
    const here = Math.min(count, stated - from, count === Infinity ? files[file].starts.length - page : Infinity);
    // A description of a cropped movie may speak of more planes than there are; each plane is at one place.
    used += Math.max(0, here);
    if (used > 2 * stated) throw new MovieError(`The OME-XML in "${path}" is damaged: it places its images twice`);
    for (let k = 0; k < here; k++) {
      const place = placeOf(image.axes, from + k);
      if (place.C !== chosen) continue;
      fileOf[place[plays]] = file;
      pageOf[place[plays]] = page + k;
    }
  }
  checkFrames(files, fileOf, pageOf, path);
  return {
    files,
    frames,
    fileOf: (frame) => fileOf[frame],
    pageOf: (frame) => pageOf[frame],
    facts: factsOf(set, frames, chosen, plays),
  };
}

/** Every frame is somewhere, and alike. Throws `MovieError` that names the first that is not. */
function checkFrames(files: readonly TiffPages[], fileOf: Uint32Array, pageOf: Uint32Array, path: string): void {
  const [first] = files;
  fileOf.forEach((index, frame) => {
    if (index === NOWHERE) {
      throw new MovieError(`Movie "${path}" is incomplete: its OME-XML does not say where frame ${frame} is`);
    }
    const pages = files[index], page = pageOf[frame];
    if (page >= pages.starts.length) {
      throw new MovieError(
        `Movie "${path}" is incomplete: frame ${frame} should be page ${page + 1} of "${pages.file.path}", ` +
          `which has ${pages.starts.length}`,
      );
    }
    // Says what is wrong with it.
    if (pages.starts[page] === NO_FRAME) pages.page(page);
    if (pages.width !== first.width || pages.height !== first.height || pages.stored !== first.stored) {
      throw new MovieError(
        `"${pages.file.path}" is ${pages.width}×${pages.height} ${pages.stored}, but "${first.file.path}" of the ` +
          `same movie is ${first.width}×${first.height} ${first.stored}`,
      );
    }
    if (pages.starts[page] === NO_FRAME) {
      throw new MovieError(
        `Page ${page + 1} of "${pages.file.path}" is marked as a mask, and cannot be frame ${frame}`,
      );
    }
  });
}

function factsOf({ path, image, images, files }: OmeFiles, frames: number, channel: number, plays: "T" | "Z") {
  const [first] = files;
  const notes = [...new Set(files.flatMap(pageNotes))];
  if (images > 1) {
    notes.push(`"${path}" holds ${images} OME images: the first is read, the others are left out`);
  }
  if (image.width !== first.width || image.height !== first.height) {
    notes.push(
      `The OME-XML of "${path}" says ${image.width}×${image.height} pixels, but its pages have ` +
        `${first.width}×${first.height}: these are read`,
    );
  }
  const timestamps = timesOf(image, frames, channel, plays);
  const frameRate = image.frameRate ?? (timestamps && rateOfTimestamps(timestamps));
  if (timestamps) notes.push(...timestampNotes(timestamps));
  const { pixelSize, startTime } = image;
  const metadata = { ...tagMetadata(first), ...image.metadata };
  return {
    format: "OME-TIFF",
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(timestamps ? { timestamps } : {}),
    ...(pixelSize ? { pixelSize } : {}),
    ...(startTime ? { startTime } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** Seconds of each frame, when they are stated for all and pass. */
function timesOf(image: OmeImage, frames: number, channel: number, plays: "T" | "Z"): Float64Array | undefined {
  if (image.times.length < frames || frames < 2) return undefined;
  const timestamps = new Float64Array(frames).fill(NaN);
  for (const time of image.times) {
    if (time.C === channel && time[plays] < frames) timestamps[time[plays]] = time.seconds;
  }
  return timestamps.every(Number.isFinite) && timestamps.some((time) => time !== timestamps[0])
    ? timestamps
    : undefined;
}

/** Place of a plane in the order of the planes, and back. */
function indexOf(axes: readonly ImageAxis[], place: PlanePlace): number {
  return axes.reduce((index, { name, length }) => index * length + place[name], 0);
}

function placeOf(axes: readonly ImageAxis[], index: number): Record<ImageAxis["name"], number> {
  const place = { T: 0, Z: 0, C: 0 };
  for (let i = axes.length - 1; i >= 0; i--) {
    place[axes[i].name] = index % axes[i].length;
    index = Math.floor(index / axes[i].length);
  }
  return place;
}
