import type { TiffPages } from "./tiff_pages.ts";
import { TAG } from "./tiff_tags.ts";

/** Longest note that is kept, in characters. */
const LONGEST_INFO = 16384;
/** Most pieces (labels of slices, mostly) that are looked through. */
const MOST_PIECES = 100_000;

/**
 * The note ("Image > Show Info") that ImageJ keeps with an image, in tags of its own: the first says how long each piece is; the second
 * begins with a table of kinds and counts, and the pieces follow, texts in UTF-16. Nothing when there is none or it does not add up.
 */
export function imageJInfo({ directories, first }: TiffPages): { ImageJInfo?: string } {
  const lengthValues = first.entries.get(TAG.imageJLengths), values = first.entries.get(TAG.imageJMetadata);
  if (!lengthValues || !values || lengthValues.count < 2) return {};
  const lengths = directories.numbers(lengthValues, MOST_PIECES, "the lengths of ImageJ's metadata");
  const bytes = directories.bytes(values, 2 ** 24, "ImageJ's metadata");
  const little = directories.littleEndian, view = new DataView(bytes.buffer);
  if (lengths[0] < 12 || lengths[0] > bytes.length || view.getUint32(0, little) !== code("IJIJ")) return {};
  let piece = 1, at = lengths[0];
  for (let entry = 4; entry + 8 <= lengths[0]; entry += 8) {
    const kind = view.getUint32(entry, little), count = view.getUint32(entry + 4, little);
    if (kind === code("info") && count > 0 && piece < lengths.length) {
      const text = bytes.subarray(at, Math.min(at + lengths[piece], at + 2 * LONGEST_INFO, bytes.length));
      return { ImageJInfo: new TextDecoder(little ? "utf-16le" : "utf-16be").decode(text).trim() };
    }
    for (let i = 0; i < count && piece < lengths.length; i++) at += lengths[piece++];
  }
  return {};
}

/** Four letters as the number they are stored as. */
function code(letters: string): number {
  return [...letters].reduce((value, letter) => value * 256 + letter.charCodeAt(0), 0);
}
