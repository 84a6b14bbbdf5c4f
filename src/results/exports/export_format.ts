import type { Session } from "../../nwb/session.ts";
import type { Extraction } from "../../core/extraction.ts";
import type { Motion } from "../../core/motion.ts";

/** What goes with the results into another program's format. */
export interface ExportOptions {
  /** How the movie was registered, where that is known. */
  readonly motion?: Motion;
  /** What only the user knows of the session (subject, experimenter, …), for formats that have a place for it. */
  readonly session?: Session;
  /** Path the export will have in the end: `path` of `write` is a place aside. For references to files beside it. */
  readonly target?: string;
}

/** One format of another program that results can be written in. Each is a module that makes one of these. */
export interface ExportFormat {
  /** Name, as in `--to NAME`: lower case, no spaces. */
  readonly name: string;
  /** What it is and who reads it, for people: "CaImAn's HDF5 (load_CNMF)". */
  readonly title: string;
  /** Usual name of the file or folder: "caiman.hdf5". */
  readonly output: string;
  /** Whether it is a folder of files; else it is one file. */
  readonly isFolder: boolean;
  /** What the user should know before using it, such as what the format asks for and nobody has said, one sentence each. */
  advice?(extraction: Extraction, options: ExportOptions): readonly string[];
  /**
   * Writes the results to `path`, where nothing is yet; the caller gives it its name when it is whole, and removes it when this rejects.
   * A folder is made by this function. Two identical results give identical bytes.
   */
  write(path: string, extraction: Extraction, options: ExportOptions): Promise<void>;
}
