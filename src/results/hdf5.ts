/** Results as one HDF5 file. */
export { loadResults } from "./load.ts";
export { RESULTS_FORMAT, RESULTS_FORMAT_VERSION, type SaveOptions, saveResults } from "./save.ts";
