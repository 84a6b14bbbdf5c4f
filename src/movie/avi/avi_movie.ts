import { MovieError } from "../../core/errors.ts";
import {
  bytesPerSample,
  type MovieHeader,
  type MovieSource,
  type SampleArray,
  type SampleType,
} from "../../core/movie.ts";
import { rateOfTimestamps } from "../../core/timestamps.ts";
import type { PositionalFile } from "../positional_file.ts";
import { checkReadRange } from "../read_range.ts";
import { DecodedFrames } from "../video/decoded_frames.ts";
import { decodingNotes } from "../video/decoding_note.ts";
import { type FfmpegPrograms, findFfmpeg } from "../video/ffmpeg_programs.ts";
import { greyFormat } from "../video/picture_format.ts";
import { probeVideo } from "../video/probe.ts";
import { openVideoMovie } from "../video/video_movie.ts";
import { codecName, isMotionJpeg, isOneByOne } from "./avi_codec.ts";
import { FED, fedStream, feedPictures } from "./avi_feed.ts";
import { findAviFrames } from "./avi_frames.ts";
import { type AviStream, readAviParts } from "./avi_header.ts";
import { Ffv1Movie } from "./ffv1_movie.ts";
import { FileWindow } from "./file_window.ts";
import type { FrameList } from "./frame_list.ts";
import { isPlainMotionJpeg, readMotionJpeg } from "./motion_jpeg.ts";
import { pixelLayout } from "./pixel_layout.ts";
import { checkPictures, readUncompressed } from "./uncompressed.ts";

/** Bytes of the largest frame, decoded. */
const LARGEST_FRAME = 2 ** 31;

/** A movie in an AVI file, and what ffmpeg said of its pictures, if it had to be asked. */
export interface AviMovie extends MovieSource {
  /** FFmpeg's name of the pixel format; undefined when the pictures are decoded here. */
  readonly pixels: string | undefined;
}

/** Reads frames of a movie whose arguments were checked. */
interface FrameReader {
  /** Of the codec, for people. */
  readonly name: string;
  readonly sampleType: SampleType;
  readonly pixels?: string;
  read(start: number, count: number, into: SampleArray): Promise<void>;
  close?(): void;
}

/**
 * An AVI file as a movie: its first video stream, as grey. Uncompressed pictures and Motion JPEG are decoded here; FFV1
 * by an ffmpeg process where there is one, else here, too; others by ffmpeg. Frame rate: the file's; where slots are empty, that of the frames, which then have
 * timestamps. Takes over the file: closing the movie closes it. Rejects with `MovieError` when the file is damaged, or
 * needs ffmpeg and there is none.
 * @param pixels FFmpeg's pixel format, when it is known from an earlier file of the same recording
 */
export async function openAviMovie(file: PositionalFile, pixels?: string): Promise<AviMovie> {
  const window = new FileWindow(file);
  const parts = readAviParts(window), { stream, information } = parts, { codec, width, height } = stream;
  const { list, notes } = findAviFrames(window, parts);
  if (width * height > LARGEST_FRAME) {
    throw new MovieError(
      `Movie "${file.path}" is damaged: its header says ${width}×${height} pixels; at most 2 GiB per frame are read`,
    );
  }
  const plain = readerHere(file, stream, list);
  const reader = plain ?? await jpegReader(file, stream, list) ??
    await oneByOneReader(file, stream, list, pixels);
  if (!reader) {
    const movie = await openVideoMovie(file, `${codecName(codec)} video`);
    const { frames } = movie.header, all = [...notes, ...movie.header.notes ?? []];
    if (frames !== list.frames) {
      all.push(`"${file.path}" holds ${list.frames} chunks of video, of which ffmpeg makes ${frames} frames`);
    }
    const metadata = { ...movie.header.metadata, ...information };
    return {
      ...movie,
      header: { ...movie.header, metadata, ...(all.length > 0 ? { notes: all } : {}) },
      pixels: undefined,
    };
  }
  const all = plain ? notes : [...notes, ...decodingNotes(list.frames)];
  const header: MovieHeader = {
    width,
    height,
    frames: list.frames,
    sampleType: reader.sampleType,
    ...timing(stream, list),
    name: file.path,
    files: [{ path: file.path, bytes: file.bytes, modified: file.modified, frames: list.frames }],
    format: `AVI (${reader.name})`,
    metadata: { codec: codecName(codec), ...(reader.pixels ? { pixelFormat: reader.pixels } : {}), ...information },
    ...(all.length > 0 ? { notes: all } : {}),
  };
  return {
    header,
    pixels: reader.pixels,
    // async, so that a wrong range rejects as it does for every other source.
    async read(start, count, into) {
      checkReadRange(header, start, count, into);
      await reader.read(start, count, into);
    },
    close() {
      reader.close?.();
      file.close();
    },
  };
}

/** Uncompressed pictures. */
function readerHere(file: PositionalFile, stream: AviStream, list: FrameList): FrameReader | undefined {
  const layout = pixelLayout(stream, list.size(0));
  if (!layout) return undefined;
  checkPictures(list, layout, file.path);
  const size = [stream.width, stream.height] as const;
  return {
    name: layout.name,
    sampleType: layout.sampleType,
    read: (start, count, into) => readUncompressed(file, list, layout, size, start, count, into),
  };
}

/** Baseline Motion JPEG. */
async function jpegReader(file: PositionalFile, stream: AviStream, list: FrameList): Promise<FrameReader | undefined> {
  const size = [stream.width, stream.height] as const;
  if (!isMotionJpeg(stream.codec) || !await isPlainMotionJpeg(file, list, size)) return undefined;
  return {
    name: "Motion JPEG",
    sampleType: "uint8",
    read: (start, count, into) => readMotionJpeg(file, list, size, start, count, into as Uint8Array),
  };
}

/** Pictures that ffmpeg decodes one by one; FFV1 without ffmpeg, too. */
async function oneByOneReader(
  file: PositionalFile,
  stream: AviStream,
  list: FrameList,
  known: string | undefined,
): Promise<FrameReader | undefined> {
  if (!isOneByOne(stream.codec)) return undefined;
  const name = codecName(stream.codec);
  let programs: FfmpegPrograms;
  try {
    programs = await findFfmpeg(file.path, `${name} video`);
  } catch (error) {
    // FFV1 is what Miniscopes write: it has to be read without ffmpeg, too, if not as fast.
    const movie = stream.codec === "FFV1" ? await Ffv1Movie.open(file, stream, list) : undefined;
    if (!movie) throw error;
    return { name, sampleType: movie.sampleType, read: (start, count, into) => movie.read(start, count, into) };
  }
  // Only FFV1 leaves the size of its pictures to the file's header: others have one of their own, file by file.
  const pixels = stream.codec === "FFV1" && known !== undefined
    ? known
    : await probedPixels(file, stream, list, programs);
  const format = greyFormat(pixels);
  const frameBytes = stream.width * stream.height * bytesPerSample(format.sampleType);
  const decoded = new DecodedFrames(fedStream(file, stream, list), programs, format, frameBytes);
  return {
    name,
    pixels,
    sampleType: format.sampleType,
    read: (start, count, into) => decoded.read(start, count, into),
    close: () => decoded.close(),
  };
}

/** FFmpeg's pixel format of the first picture, which has to be as large as the header says. */
async function probedPixels(
  file: PositionalFile,
  stream: AviStream,
  list: FrameList,
  programs: FfmpegPrograms,
): Promise<string> {
  const { pixels, width, height } = await probeVideo(programs, file.path, FED, feedPictures(file, stream, list, 0, 1));
  if (width !== stream.width || height !== stream.height) {
    throw new MovieError(
      `Movie "${file.path}" is damaged: its header says ${stream.width}×${stream.height} pixels, but its pictures are ${width}×${height}`,
    );
  }
  return pixels;
}

/** Frame rate, and timestamps (seconds) where empty slots make them differ from the number of the frame. */
function timing({ rate }: AviStream, list: FrameList): Pick<MovieHeader, "frameRate" | "timestamps"> {
  if (rate === undefined) return {};
  if (list.slots === list.frames) return { frameRate: rate };
  const timestamps = Float64Array.from({ length: list.frames }, (_, i) => list.slot(i) / rate);
  return { frameRate: rateOfTimestamps(timestamps) ?? rate, timestamps };
}

/**
 * Frames of an AVI file, without looking at its pictures. Throws `MovieError` when it is damaged. The file stays open.
 */
export function countAviFrames(file: PositionalFile): number {
  const window = new FileWindow(file);
  return findAviFrames(window, readAviParts(window)).list.frames;
}
