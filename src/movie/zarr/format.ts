import { MovieError } from "../../core/errors.ts";
import { ZarrError } from "../../zarr/zarr_error.ts";
import { ZARR_FILES } from "../../zarr/zarr_folder.ts";
import type { MovieFormat } from "../format.ts";
import { openZarrMovie } from "./zarr_movie.ts";

/** Zarr folders, versions 2 and 3: single arrays and groups such as minian's. */
export const zarr: MovieFormat = {
  name: "Zarr",
  endings: [".zarr"],
  takes: ["dataset", "axes"],
  isFolder: (_path, names) =>
    [ZARR_FILES.group, ZARR_FILES.array, ZARR_FILES.version3].some((name) => names.includes(name)),
  async open(path, options) {
    try {
      return await openZarrMovie(path, options);
    } catch (error) {
      throw error instanceof ZarrError ? new MovieError(`Movie "${path}" ${error.message}`) : error;
    }
  },
};
