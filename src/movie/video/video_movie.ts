import { MovieError } from "../../core/errors.ts";
import { bytesPerSample, type MovieHeader, type MovieSource } from "../../core/movie.ts";
import { rateOfTimestamps, timestampNotes } from "../../core/timestamps.ts";
import type { PositionalFile } from "../positional_file.ts";
import { checkReadRange } from "../read_range.ts";
import { decodingNotes } from "./decoding_note.ts";
import { DecodedFrames, type PictureStream } from "./decoded_frames.ts";
import { findFfmpeg } from "./ffmpeg_programs.ts";
import { greyFormat } from "./picture_format.ts";
import { countPictures, type PacketTimes, probePackets, probeVideo, type VideoStream } from "./probe.ts";

/** Relative difference between the stated and the typical rate up to which the stated one is believed. */
const RATE_TOLERANCE = 0.02;

/**
 * A video file of any kind that ffmpeg decodes: grey as it is, colour as luminance. Every frame is found by the time at
 * which it is shown, decoding from the last picture before that needs no other. Takes over the file: closing the movie
 * closes it.
 * @param file the file; ffmpeg opens it by its path
 * @param codec what it holds, for messages: "MP4 video"
 */
export async function openVideoMovie(file: PositionalFile, codec: string): Promise<MovieSource> {
  const { path } = file;
  const programs = await findFfmpeg(path, codec);
  const video = await probeVideo(programs, path, ["-i", `file:${path}`]);
  const packets = await probePackets(programs, path);
  const avi = video.container.startsWith("avi");
  // AVI has times of storing, not of showing.
  const times = avi && video.reordered ? undefined : packets.times;
  const frames = times ? packets.count : await countPictures(programs, path);
  if (frames < 1) throw new MovieError(`Movie "${path}" has no frames: its ${video.codec} video is empty`);
  const format = greyFormat(video.pixels), { width, height } = video;
  const timestamps = times?.map((time) => time * video.timeBase);
  const notes = [
    ...(packets.words === "" ? [] : [`ffprobe says of "${path}": ${packets.words}`]),
    ...(timestamps ? timestampNotes(timestamps) : []),
    ...decodingNotes(frames),
  ];
  const frameRate = statedRate(video, timestamps), startTime = creationTime(video.tags);
  const header: MovieHeader = {
    width,
    height,
    frames,
    sampleType: format.sampleType,
    ...(frameRate === undefined ? {} : { frameRate }),
    name: path,
    files: [{ path, bytes: file.bytes, modified: file.modified, frames }],
    format: `${containerName(video.container)} (${video.codec})`,
    ...(timestamps ? { timestamps } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    metadata: { codec: video.codec, pixelFormat: video.pixels, container: video.container, ...video.tags },
    ...(notes.length > 0 ? { notes } : {}),
  };
  const stream = times ? timedStream(path, video, times, packets.keys) : countedStream(path, video, frames);
  const decoded = new DecodedFrames(stream, programs, format, width * height * bytesPerSample(format.sampleType));
  return {
    header,
    // async, so that a wrong range rejects as it does for every other source.
    async read(start, count, into) {
      checkReadRange(header, start, count, into);
      await decoded.read(start, count, into);
    },
    close() {
      decoded.close();
      file.close();
    },
  };
}

/** Frames told apart by their times. */
function timedStream(path: string, video: VideoStream, times: Float64Array, keys: PacketTimes["keys"]): PictureStream {
  const { timeBase } = video;
  /** The last of `sorted` at or before a time; -1 for none. */
  const lastUpTo = (sorted: Float64Array, time: number): number => {
    let low = -1, high = sorted.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (sorted[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    path,
    frames: times.length,
    timeBase,
    startsRough: true,
    startFor(frame, further) {
      // First the nearest, then the one before it, then the very beginning: files may promise more than their pictures
      // keep.
      const key = further > 1 ? -1 : lastUpTo(keys, times[frame]) - further;
      return Promise.resolve(key < 0 ? 0 : Math.max(0, lastUpTo(times, keys[key])));
    },
    input(start) {
      const seek = start === 0
        ? []
        : ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", (times[start] * timeBase).toFixed(6)];
      return { args: [...seek, "-i", `file:${path}`] };
    },
    frameAt(time) {
      const frame = lastUpTo(times, time);
      // Pictures before the first one of the list are those that decoding happens to begin with.
      return frame < 0 ? -1 : times[frame] === time ? frame : undefined;
    },
  };
}

/** Frames without times: they are counted from the beginning. */
function countedStream(path: string, video: VideoStream, frames: number): PictureStream {
  return {
    path,
    frames,
    timeBase: video.timeBase,
    startsRough: false,
    startFor: () => Promise.resolve(0),
    input: () => ({ args: ["-i", `file:${path}`] }),
    frameAt: (_time, count) => count,
  };
}

/**
 * The stated rate where the times agree with it (they may be rounded to milliseconds), else what the times amount to.
 */
function statedRate({ rate }: VideoStream, timestamps: Float64Array | undefined): number | undefined {
  const typical = timestamps && rateOfTimestamps(timestamps);
  if (typical === undefined) return rate;
  return rate !== undefined && Math.abs(rate / typical - 1) < RATE_TOLERANCE ? Number(rate.toPrecision(9)) : typical;
}

/** When the recording began, where the file says so and its clock was set. */
function creationTime(tags: Readonly<Record<string, string>>): string | undefined {
  const time = Date.parse(tags.creation_time ?? "");
  return time > Date.UTC(1980) ? new Date(time).toISOString() : undefined;
}

/** FFmpeg's names of a container, for people. */
function containerName(names: string): string {
  if (names.startsWith("mov,")) return "MP4 or MOV video";
  if (names.startsWith("matroska")) return "Matroska or WebM video";
  if (names === "asf") return "WMV video";
  return `${names.split(",")[0].toUpperCase()} video`;
}
