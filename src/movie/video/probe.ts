import { MovieError } from "../../core/errors.ts";
import { type Feed, runForLines } from "./ffmpeg_process.ts";
import type { FfmpegPrograms } from "./ffmpeg_programs.ts";

/** How FFmpeg says that a file is not all there. */
const CUT_OFF = /ended prematurely|partial file|truncated/i;

/** What ffprobe says of a video stream. */
export interface VideoStream {
  /** FFmpeg's name of the codec: "h264". */
  readonly codec: string;
  /** FFmpeg's name of the pixel format: "yuv420p". */
  readonly pixels: string;
  readonly width: number;
  readonly height: number;
  /** Seconds per unit of time. */
  readonly timeBase: number;
  /** Frames per second, as the file states them on average. */
  readonly rate: number | undefined;
  /** Whether pictures may be stored in another order than they are shown in. */
  readonly reordered: boolean;
  /** FFmpeg's names of the container: "mov,mp4,m4a,3gp,3g2,mj2". */
  readonly container: string;
  /** What the file and the stream are labelled with. */
  readonly tags: Readonly<Record<string, string>>;
}

const PROBE = ["-v", "error", "-hide_banner", "-select_streams", "V:0"];

/**
 * What the first video stream is like.
 * @param input arguments for ffprobe that name the input
 * @param path the movie, for messages
 */
export async function probeVideo(
  { ffprobe }: FfmpegPrograms,
  path: string,
  input: readonly string[],
  feed?: Feed,
): Promise<VideoStream> {
  let json = "";
  const args = [...PROBE, "-show_streams", "-show_format", "-of", "json", ...input];
  await runForLines({ program: ffprobe, args, ...(feed ? { feed } : {}) }, path, (line) => json += line);
  const { streams, format } = JSON.parse(json) as Record<string, unknown> & {
    streams?: Record<string, unknown>[];
    format?: Record<string, unknown>;
  };
  const stream = streams?.[0];
  if (!stream) throw new MovieError(`Movie "${path}" has no video: ffprobe finds no stream of pictures in it`);
  const text = (value: unknown) => typeof value === "string" ? value : "";
  const { width, height } = stream, codec = text(stream.codec_name), pixels = text(stream.pix_fmt);
  if (!(Number(width) >= 1 && Number(height) >= 1) || pixels === "") {
    throw new MovieError(
      `Movie "${path}" cannot be decoded: ffmpeg knows no decoder for its video (${
        codec || text(stream.codec_tag_string)
      }), or the pictures are damaged; convert it with the program that recorded it, to TIFF or uncompressed AVI`,
    );
  }
  return {
    codec,
    pixels,
    width: Number(width),
    height: Number(height),
    timeBase: fraction(text(stream.time_base)) ?? 1,
    rate: fraction(text(stream.avg_frame_rate)) ?? fraction(text(stream.r_frame_rate)),
    reordered: Number(stream.has_b_frames) > 0,
    container: text(format?.format_name),
    tags: { ...format?.tags as Record<string, string>, ...stream.tags as Record<string, string> },
  };
}

/** A packet of a stream: one picture, usually. */
export interface PacketTimes {
  /**
   * Times at which the pictures are shown, in units of the stream's time, in order; undefined when some are unknown or
   * the same.
   */
  readonly times: Float64Array | undefined;
  /** Those of them that can be decoded without the ones before. */
  readonly keys: Float64Array;
  /** Pictures. */
  readonly count: number;
  /** What ffprobe complained about; empty for nothing. */
  readonly words: string;
}

/** Looks at every packet of the first video stream, without decoding it. Memory: two numbers per picture. */
export async function probePackets({ ffprobe }: FfmpegPrograms, path: string): Promise<PacketTimes> {
  let times = new Float64Array(1024), count = 0, known = true;
  const keys: number[] = [];
  const args = [...PROBE, "-show_entries", "packet=pts,size,flags", "-of", "csv=p=0", "-i", `file:${path}`];
  const words = await runForLines({ program: ffprobe, args }, path, (line) => {
    const [pts, size, flags = ""] = line.split(",");
    // Empty slots repeat a picture; those with a D are only there for others to refer to.
    if (!(Number(size) > 0) || flags.includes("D")) return;
    const time = Number(pts);
    if (pts === "" || !Number.isFinite(time)) known = false;
    if (count === times.length) {
      const longer = new Float64Array(2 * count);
      longer.set(times);
      times = longer;
    }
    times[count++] = time;
    if (flags.startsWith("K")) keys.push(time);
  });
  if (CUT_OFF.test(words)) {
    throw new MovieError(`Movie "${path}" is truncated: ffprobe says "${words}" after ${count} frames`);
  }
  if (!known) return { times: undefined, keys: new Float64Array(0), count, words };
  const sorted = times.slice(0, count).sort();
  const repeated = sorted.some((time, i) => i > 0 && time === sorted[i - 1]);
  return { times: repeated ? undefined : sorted, keys: Float64Array.from(keys).sort(), count, words };
}

/** What is asked of each picture when they are counted: more than needed, so that a slow decoder is soon heard of again. */
const COUNTED = "frame=media_type,width,height,pkt_pos,pkt_size,pict_type";

/**
 * Counts the pictures by decoding all of them: for files that do not say when each is shown. ffprobe tells them one by one, however long it
 * takes: its own count would come at the end, and it would be taken to be stuck.
 */
export async function countPictures({ ffprobe }: FfmpegPrograms, path: string): Promise<number> {
  let count = 0;
  const args = [...PROBE, "-show_entries", COUNTED, "-of", "csv=p=0", "-i", `file:${path}`];
  await runForLines({ program: ffprobe, args }, path, (line) => {
    if (line.startsWith("video")) count++;
  });
  if (count < 1) throw new MovieError(`Movie "${path}" has no frames that ffmpeg can decode`);
  return count;
}

/** "30000/1001" as a number; undefined when it is none or not positive. */
function fraction(text: string): number | undefined {
  const [above, below = "1"] = text.split("/"), value = Number(above) / Number(below);
  return above !== "" && value > 0 && Number.isFinite(value) ? value : undefined;
}
