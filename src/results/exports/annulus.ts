import { saveResults } from "../hdf5.ts";
import type { ExportFormat } from "./export_format.ts";

/** Our own file, for results that were loaded from another program's. */
export const annulus: ExportFormat = {
  name: "annulus",
  title: "annulus itself (results.h5), from the results of another program",
  output: "results.h5",
  isFolder: false,
  write: (path, extraction) => saveResults(path, extraction),
};
