import { MovieError } from "../../core/errors.ts";
import { codecName } from "./avi_codec.ts";
import { type FileWindow, fourCharacters } from "./file_window.ts";

/** Longest description of a picture format that makes sense: 40 bytes, a palette, and a codec's private data. */
const LONGEST_FORMAT = 2 ** 20;
/** Chunks looked at outside the lists of frames, and levels of lists, before a file counts as damaged. */
const MOST_CHUNKS = 100_000;
const DEEPEST_LIST = 8;

/** The video stream of an AVI file, as its header describes it. */
export interface AviStream {
  /** Number in the file, from 0: the two digits of its chunks. */
  readonly number: number;
  /** Codec by four characters; four NULs for uncompressed pictures ("BI_RGB"). */
  readonly codec: string;
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Whether the first row of an uncompressed picture is the lowest. */
  readonly bottomUp: boolean;
  /** Bits per pixel. */
  readonly bits: number;
  /** Palette, four bytes per colour: blue, green, red, 0. Empty when there is none. */
  readonly palette: Uint8Array;
  /** The whole description of the picture format (the `strf` chunk), for decoders. */
  readonly format: Uint8Array;
  /** Slots per second; undefined when the file does not say. */
  readonly rate: number | undefined;
  /** Slots that the header promises; undefined when it was never filled in. */
  readonly promised: number | undefined;
  /** Index of an OpenDML file: where the `indx` chunk lies and its bytes, if there is one. */
  readonly index: { readonly position: number; readonly bytes: number } | undefined;
}

/** A stretch of a file, from `start` to `end` (exclusive). */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What an AVI file consists of. */
export interface AviParts {
  readonly stream: AviStream;
  /** The lists of frames, one per RIFF segment: what follows the word "movi". */
  readonly lists: readonly Stretch[];
  /** The plain index, if there is one. */
  readonly plainIndex: Stretch | undefined;
  /** What the INFO list says, by its own four characters (ISFT: the program, ICRD: the date, …). */
  readonly information: Readonly<Record<string, string>>;
}

/**
 * Reads the structure of an AVI file, without its index. Throws `MovieError` when there is no video stream that makes
 * sense.
 */
export function readAviParts(window: FileWindow): AviParts {
  const { file } = window;
  const streams: (AviStream | undefined)[] = [], lists: Stretch[] = [], information: Record<string, string> = {};
  let plainIndex: Stretch | undefined, chunks = 0;

  /**
   * Walks the chunks of a stretch. A size beyond the end is what an unfinished recording leaves: it reaches to the end.
   */
  function walk({ start, end }: Stretch, inside: string, depth: number): void {
    for (let at = start; at + 8 <= end;) {
      if (++chunks > MOST_CHUNKS || depth > DEEPEST_LIST) {
        throw new MovieError(`Movie "${file.path}" is damaged: its header holds more chunks than any AVI file needs`);
      }
      const head = window.view(at, 8, "a chunk of its header");
      const id = fourCharacters(head, 0), size = head.getUint32(4, true);
      // What follows the last segment is not AVI: some recorders leave zeros.
      if (inside === "" && !/^[ -~]{4}$/.test(id)) return;
      const list = (id === "RIFF" || id === "LIST") && at + 12 <= end;
      const kind = list ? fourCharacters(window.view(at + 8, 4, "a list of its header"), 0) : "";
      let next = at + 8 + size + size % 2;
      if (id === "RIFF" && (kind === "AVI " || kind === "AVIX")) {
        walk({ start: at + 12, end: size === 0 ? end : Math.min(next, end) }, kind, depth + 1);
        if (size === 0) next = end;
      } else if (kind === "movi") {
        // Recorders fill the size in when they stop: 0 and too much both mean that they did not get there.
        if (size < 4) next = end;
        lists.push({ start: at + 12, end: Math.min(next, end) });
      } else if (kind === "hdrl" || kind === "strl" || kind === "INFO") {
        if (kind === "strl") {
          streams.push(readStream(window, { start: at + 12, end: Math.min(next, end) }, streams.length));
        } else walk({ start: at + 12, end: Math.min(next, end) }, kind, depth + 1);
      } else if (id === "idx1") {
        plainIndex ??= { start: at + 8, end: Math.min(at + 8 + size, end) };
      } else if (inside === "INFO" && size <= 4096 && at + 8 + size <= file.bytes) {
        const text = window.view(at + 8, size, "its information");
        information[id] = new TextDecoder("latin1").decode(text).replace(/\0.*$/s, "").trim();
      }
      at = next;
    }
  }
  walk({ start: 0, end: file.bytes }, "", 0);
  const stream = streams.find((stream) => stream !== undefined);
  if (!stream) {
    throw new MovieError(
      `Movie "${file.path}" has no video: its AVI header ${
        streams.length === 0 ? "is missing or truncated" : "describes no stream of pictures"
      }`,
    );
  }
  if (lists.length === 0) {
    throw new MovieError(`Movie "${file.path}" is truncated: its AVI header is not followed by frames`);
  }
  return { stream, lists, plainIndex, information };
}

/** One stream of the header; undefined when it is not video. */
function readStream(window: FileWindow, { start, end }: Stretch, number: number): AviStream | undefined {
  const { path } = window.file;
  let video = false, rate: number | undefined, promised: number | undefined;
  let format: Uint8Array | undefined, index: AviStream["index"];
  for (let at = start; at + 8 <= end;) {
    const head = window.view(at, 8, "the header of a stream");
    const id = fourCharacters(head, 0), size = head.getUint32(4, true), body = at + 8;
    if (id === "strh" && size >= 36) {
      const view = window.view(body, 36, "the header of a stream");
      video = fourCharacters(view, 0) === "vids";
      const ticks = view.getUint32(24, true) / view.getUint32(20, true), slots = view.getUint32(32, true);
      if (ticks > 0 && Number.isFinite(ticks) && ticks < 1e6) rate = Number(ticks.toPrecision(9));
      // 0x40000000 is what recorders write that cannot come back to fill the number in.
      if (slots > 0 && slots < 0x40000000) promised = slots;
    } else if (id === "strf" && video) {
      if (size < 40 || size > LONGEST_FORMAT) {
        throw new MovieError(`Movie "${path}" is damaged: the picture format in its AVI header has ${size} bytes`);
      }
      const view = window.view(body, size, "the picture format");
      format = new Uint8Array(view.buffer, view.byteOffset, size).slice();
    } else if (id === "indx") {
      index = { position: body, bytes: Math.max(0, Math.min(size, end - body)) };
    }
    at = body + size + size % 2;
  }
  if (!video) return undefined;
  if (!format) {
    throw new MovieError(
      `Movie "${path}" is truncated or damaged: its AVI header does not say what its pictures are like`,
    );
  }
  return { number, ...pictureFormat(format, path), format, rate, promised, index };
}

/** Reads a BITMAPINFOHEADER and the palette behind it. */
function pictureFormat(format: Uint8Array, path: string) {
  const view = new DataView(format.buffer, format.byteOffset, format.byteLength);
  const width = view.getInt32(4, true), signedHeight = view.getInt32(8, true), height = Math.abs(signedHeight);
  const bits = view.getUint16(14, true), codec = fourCharacters(view, 16);
  if (width < 1 || height < 1 || width > 65535 || height > 65535) {
    throw new MovieError(
      `Movie "${path}" is damaged: its AVI header says ${width}×${height} pixels (codec ${codecName(codec)})`,
    );
  }
  const colours = bits > 8 ? 0 : Math.min(view.getUint32(32, true) || 2 ** bits, 256);
  const headerBytes = Math.min(Math.max(view.getUint32(0, true), 40), format.length);
  const palette = format.subarray(headerBytes, headerBytes + 4 * colours);
  return { codec, width, height, bottomUp: signedHeight > 0, bits, palette };
}
