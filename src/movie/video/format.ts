import type { MovieFormat } from "../format.ts";
import { PositionalFile } from "../positional_file.ts";
import { openVideoMovie } from "./video_movie.ts";

/** Boxes that MP4 and QuickTime files begin with. */
const FIRST_BOXES = ["ftyp", "moov", "mdat", "wide"];

/** Beginnings of other containers, as bytes in hexadecimal. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ["1a45dfa3", "Matroska or WebM"],
  ["3026b2758e66cf11", "WMV"],
  ["000001ba", "MPEG"],
  ["464c5601", "FLV"],
  ["595556344d50454732", "YUV4MPEG2"],
];

/** Videos that ffmpeg decodes: MP4, MOV, Matroska, WebM, WMV and others. */
export const video: MovieFormat = {
  name: "MP4, MOV, MKV or WebM video",
  endings: [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg", ".flv", ".y4m"],
  takes: [],
  isFile: (_file, start) => containerOf(start) !== undefined,
  async open(path) {
    const file = new PositionalFile(path);
    try {
      const start = new Uint8Array(Math.min(file.bytes, 512));
      file.readSync(start, 0);
      return await openVideoMovie(file, `${containerOf(start) ?? "compressed"} video`);
    } catch (error) {
      file.close();
      throw error;
    }
  },
};

/** The container, told by a file's first bytes. */
function containerOf(start: Uint8Array): string | undefined {
  if (FIRST_BOXES.includes(String.fromCharCode(...start.subarray(4, 8)))) return "MP4 or MOV";
  const hex = Array.from(start.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (start[0] === 0x47 && start[188] === 0x47 && start[376] === 0x47) return "MPEG";
  return BEGINNINGS.find(([beginning]) => hex.startsWith(beginning))?.[1];
}
