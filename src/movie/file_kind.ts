/** Beginnings of files people try to open and that are no movies, as bytes in hexadecimal, and what they are. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ["89504e470d0a1a0a", "a PNG picture"],
  ["ffd8ff", "a JPEG picture"],
  ["47494638", "a GIF picture"],
  ["52494646", "RIFF data that are no AVI video (sound, perhaps)"],
  ["504b0304", "a ZIP archive"],
  ["1f8b", "gzip-compressed data"],
  ["255044462d", "a PDF document"],
];

/** What a file that is no movie is, told by its first bytes: words that complete "it holds …". */
export function fileKind(start: Uint8Array): string {
  const hex = Array.from(start.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  for (const [beginning, kind] of BEGINNINGS) if (hex.startsWith(beginning)) return kind;
  const isText = start.every((byte) => byte >= 32 && byte !== 127 || byte === 9 || byte === 10 || byte === 13);
  if (start.length > 0 && isText) return "text";
  if (start.every((byte) => byte === 0)) return "nothing but zeros where a movie's header belongs";
  return "data of an unknown kind";
}
