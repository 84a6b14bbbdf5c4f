import type { MovieFormat } from "../format.ts";
import { openHdf5Movie } from "./hdf5_movie.ts";
import { hasSignature } from "../../hdf5/signature.ts";

/** HDF5 of CaImAn and anyone else, MATLAB v7.3, and NWB, which are all HDF5 files. */
export const hdf5: MovieFormat = {
  name: "HDF5",
  endings: [".h5", ".hdf5", ".nwb"],
  takes: ["dataset", "axes"],
  isFile: (file, start) =>
    hasSignature(file.bytes, (into, at) => file.readSync(into, at)) ||
    new TextDecoder().decode(start.subarray(0, 19)) === "MATLAB 7.3 MAT-file",
  open: openHdf5Movie,
};
