import type { MovieSource } from "../core/movie.ts";
import type { PositionalFile } from "./positional_file.ts";

/** What a user may have to say about a file that holds more than one movie, or does not say what it holds. */
export interface FormatOptions {
  /** Path of the dataset in an HDF5, NWB or Zarr file. Default: `mov`, or the only one that looks like a movie. */
  readonly dataset?: string;
  /** Order of the axes of an array: "TYX" (frames first) or "YXT" (frames last), Y rows and X columns, or "TXY" and "XYT". Default: found. */
  readonly axes?: string;
  /** Channel, from 1, of a file with several. Default: refused when there are several. */
  readonly channel?: number;
  /** Device of a recording with several, such as "Miniscope" or "HPC". Default: the only miniscope. */
  readonly device?: string;
}

/** One kind of movie. Each format is a module that makes one of these. */
export interface MovieFormat {
  /** Name for people: "TIFF". */
  readonly name: string;
  /** Endings, in lower case and with the dot, of the files that are taken from a folder. */
  readonly endings: readonly string[];
  /** The options that mean something to it. */
  readonly takes: readonly (keyof FormatOptions)[];
  /**
   * Whether a file is of this format: by its content, where the format has something to tell it by.
   * @param start the file's first bytes, 512 at most
   */
  isFile?(file: PositionalFile, start: Uint8Array): boolean;
  /**
   * Whether a folder as a whole is one movie of this format.
   * @param names what lies in the folder
   */
  isFolder?(path: string, names: readonly string[]): boolean;
  /**
   * Opens the movie in a file or folder this format was recognised in. Rejects with `MovieError` of one sentence for whatever cannot be a
   * movie, before anything large is reserved for it; then nothing stays open.
   */
  open(path: string, options: FormatOptions): Promise<MovieSource>;
}
