import type { MovieFormat } from "./format.ts";
import { tiff } from "./tiff/format.ts";

/** Every kind of movie that can be read. The first that recognises a file or folder opens it. */
export const MOVIE_FORMATS: readonly MovieFormat[] = [
  tiff,
];
