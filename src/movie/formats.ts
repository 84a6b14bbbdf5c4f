import type { MovieFormat } from "./format.ts";
import { isxd } from "./isxd/format.ts";
import { mmap } from "./mmap/format.ts";
import { npy } from "./npy/format.ts";
import { tiff } from "./tiff/format.ts";

/** Every kind of movie that can be read. The first that recognises a file or folder opens it. */
export const MOVIE_FORMATS: readonly MovieFormat[] = [
  tiff,
  npy,
  isxd,
  mmap,
];
