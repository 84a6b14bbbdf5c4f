import type { MovieFormat } from "./format.ts";
import { avi } from "./avi/format.ts";
import { hdf5 } from "./hdf5/format.ts";
import { isxd } from "./isxd/format.ts";
import { miniscope } from "./miniscope/format.ts";
import { mmap } from "./mmap/format.ts";
import { npy } from "./npy/format.ts";
import { tiff } from "./tiff/format.ts";
import { video } from "./video/format.ts";
import { zarr } from "./zarr/format.ts";

/** Every kind of movie that can be read. The first that recognises a file or folder opens it. */
export const MOVIE_FORMATS: readonly MovieFormat[] = [
  tiff,
  miniscope,
  avi,
  video,
  hdf5,
  npy,
  isxd,
  mmap,
  zarr,
];
