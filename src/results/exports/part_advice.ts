import type { Extraction } from "../../core/extraction.ts";
import { isWholeField, recordingOf } from "../../core/movie.ts";

/** What to know of the pixels of results whose field is a part of the recording's, or has averages of its pixels: nothing when it is neither. */
export function partAdvice({ movie }: Extraction): string[] {
  if (isWholeField(movie)) return [];
  const { left, top, binning, width, height } = recordingOf(movie), blocks = `averages of ${binning}×${binning} pixels`;
  return [
    `Pixels are those of the part that was analysed, ${movie.width}×${movie.height}${
      binning > 1 ? ` ${blocks}` : ""
    }: it begins at column ${left} and row ${top} of the recording's ${width}×${height}`,
  ];
}

/** The same of regions that lie on the recording itself. */
export function onRecordingAdvice({ movie }: Extraction): string[] {
  const { width, height } = recordingOf(movie);
  return isWholeField(movie) ? [] : [
    `ImageJ's regions lie on the recording as it is in its files, ${width}×${height} pixels, not on the part that was analysed`,
  ];
}
