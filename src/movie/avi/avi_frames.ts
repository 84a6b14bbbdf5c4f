import { MovieError } from "../../core/errors.ts";
import type { AviParts, Stretch } from "./avi_header.ts";
import { indexedFrames } from "./avi_index.ts";
import { type FileWindow, fourCharacters } from "./file_window.ts";
import { FrameList, isPicture } from "./frame_list.ts";

/** Where the frames of an AVI file lie. */
export interface AviFrames {
  readonly list: FrameList;
  /** What came to light, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Finds the frames: by the index where there is a sound one, else by walking from chunk to chunk. Throws `MovieError`
 * when the file holds fewer than its header promises, or none.
 */
export function findAviFrames(window: FileWindow, parts: AviParts): AviFrames {
  const { path } = window.file, { promised, number } = parts.stream;
  const notes: string[] = [];
  let list = indexedFrames(window, parts);
  if (!list || list.slots < (promised ?? 0)) {
    const walked = walkedFrames(window, number, parts.lists);
    const missing = promised !== undefined && walked.list.slots < promised &&
      !(list && list.slots >= walked.list.slots);
    if (missing && walked.stopped) {
      throw new MovieError(
        `Movie "${path}" is truncated: its header promises ${promised} frames but the file ends in frame ${
          walked.list.slots + 1
        }; copy it again, or keep what there is with "ffmpeg -i <this file> -c copy <new file>.avi"`,
      );
    }
    if (!list || walked.list.slots > list.slots) {
      const index = list ? "incomplete" : "missing or damaged";
      notes.push(`The index of "${path}" is ${index}: its ${walked.list.slots} frames were found one by one`);
      if (walked.stopped) {
        notes.push(`"${path}" ends in the middle of frame ${walked.list.slots + 1}, which is left out`);
      }
      list = walked.list;
    }
    if (promised !== undefined && list.slots < promised) {
      notes.push(`The header of "${path}" promises ${promised} frames; the file holds ${list.slots}`);
    }
  }
  if (list.frames === 0) {
    throw new MovieError(`Movie "${path}" has no frames: the file ends where the first one belongs`);
  }
  const empty = list.slots - list.frames;
  if (empty > 0) {
    notes.push(
      `${empty} of the ${list.slots} slots of "${path}" are empty (they repeat the frame before) and are left out: ` +
        `${list.frames} frames were recorded`,
    );
  }
  return { list, notes };
}

/** Walks through the lists of frames. `stopped`: whether a frame is cut off or the chunks end in something else. */
function walkedFrames(window: FileWindow, number: number, lists: readonly Stretch[]) {
  const list = new FrameList(), { bytes } = window.file;
  const mine = String(number).padStart(2, "0");
  let stopped = false;
  for (const { start, end } of lists) {
    for (let at = start; at + 8 <= end;) {
      const head = window.view(at, 8, "a frame");
      const id = fourCharacters(head, 0), size = head.getUint32(4, true);
      if (id === "LIST") {
        // "rec " groups what was recorded together; its chunks follow.
        at += 12;
        continue;
      }
      if (id === "idx1" || id === "RIFF") break;
      if (!/^[ -~]{4}$/.test(id) || at + 8 + size > bytes) {
        stopped = true;
        break;
      }
      if (isPicture(id, mine)) list.add(at + 8, size);
      at += 8 + size + size % 2;
    }
  }
  return { list, stopped };
}
