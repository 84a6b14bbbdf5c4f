import type { PositionalFile } from "../positional_file.ts";
import type { PictureStream } from "../video/decoded_frames.ts";
import type { Feed } from "../video/ffmpeg_process.ts";
import { isKeyPicture } from "./avi_codec.ts";
import type { AviStream } from "./avi_header.ts";
import type { FrameList } from "./frame_list.ts";

/** Bytes of a picture that are read at a time. */
const PIECE_BYTES = 2 ** 22;

/** Arguments that make ffmpeg and ffprobe read such an AVI file from their standard input. */
export const FED: readonly string[] = ["-f", "avi", "-i", "pipe:0"];

/**
 * The pictures of a stream as ffmpeg is to decode them: handed over one by one, by our own index, as an AVI file that
 * begins with the picture wanted. No seeking of ffmpeg's is involved, and the index of the file does not matter to it.
 */
export function fedStream(file: PositionalFile, stream: AviStream, list: FrameList): PictureStream {
  return {
    path: file.path,
    frames: list.frames,
    timeBase: 1,
    startsRough: false,
    startFor: (frame) => keyBefore(file, stream, list, frame),
    input: (start, end) => ({ args: FED, feed: feedPictures(file, stream, list, start, end) }),
    frameAt: (time, _count, start) => start + time,
  };
}

/** The last picture at or before a frame that needs none before it. */
export async function keyBefore(
  file: PositionalFile,
  stream: AviStream,
  list: FrameList,
  frame: number,
): Promise<number> {
  const first = new Uint8Array(2);
  let key = frame;
  for (; key > 0; key--) {
    if (list.size(key) < 2) continue;
    await file.read(first, list.position(key));
    if (isKeyPicture(stream.codec, first[0], first[1])) break;
  }
  return key;
}

/** Feeds frames `[start, end)` as an AVI file, one time unit of a second each. */
export function feedPictures(
  file: PositionalFile,
  stream: AviStream,
  list: FrameList,
  start: number,
  end: number,
): Feed {
  return async (write) => {
    await write(aviStart(stream, end - start));
    for (let frame = start; frame < end; frame++) {
      const size = list.size(frame), position = list.position(frame);
      for (let done = 0; done < size; done += PIECE_BYTES) {
        const bytes = Math.min(PIECE_BYTES, size - done), before = done === 0 ? 8 : 0;
        const after = done + bytes === size ? size % 2 : 0;
        const piece = new Uint8Array(before + bytes + after);
        if (before > 0) piece.set(chunk("00dc", size, new Uint8Array(0)));
        await file.read(piece.subarray(before, before + bytes), position + done);
        await write(piece);
      }
    }
  };
}

/** What stands before the pictures of an AVI file without an end. */
function aviStart({ format, width, height }: AviStream, frames: number): Uint8Array {
  const main = new DataView(new ArrayBuffer(56)), strh = new DataView(new ArrayBuffer(56));
  main.setUint32(0, 1_000_000, true);
  main.setUint32(16, frames, true);
  main.setUint32(24, 1, true);
  main.setUint32(32, width, true);
  main.setUint32(36, height, true);
  strh.setUint32(0, 0x73646976, true); // vids
  strh.setUint32(4, new DataView(format.buffer, format.byteOffset).getUint32(16, true), true);
  strh.setUint32(20, 1, true);
  strh.setUint32(24, 1, true);
  strh.setUint32(32, frames, true);
  strh.setUint32(40, 0xffffffff, true);
  const streams = list("strl", [chunk("strh", 56, strh), chunk("strf", format.length, format)]);
  const header = list("hdrl", [chunk("avih", 56, main), streams]);
  // Sizes that never end: nobody looks for more behind the pictures.
  return joined([words("RIFF", 0x7ffffff0, "AVI "), header, words("LIST", 0x7fff0000, "movi")]);
}

/** A list of chunks. */
function list(kind: string, parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(parts);
  return joined([words("LIST", 4 + body.length, kind), body]);
}

/** A chunk: its name, its size, its bytes, and one more where their number is odd. */
function chunk(id: string, size: number, body: Uint8Array | DataView): Uint8Array {
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return joined([words(id, size), bytes, new Uint8Array(bytes.length % 2)]);
}

/** Four characters, a number, and maybe four more characters. */
function words(id: string, size: number, kind = ""): Uint8Array {
  const bytes = new Uint8Array(8 + kind.length);
  for (let i = 0; i < 4; i++) {
    bytes[i] = id.charCodeAt(i);
    bytes[4 + i] = size >>> 8 * i;
    if (kind) bytes[8 + i] = kind.charCodeAt(i);
  }
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
