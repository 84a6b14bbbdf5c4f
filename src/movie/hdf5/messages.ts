import type { MovieHeader } from "../../core/movie.ts";
import type { FormatOptions } from "../format.ts";
import type { FrameArray } from "./frame_array.ts";

/** What a file says of a movie beside its frames. */
export type MovieFacts = Pick<
  MovieHeader,
  "format" | "frameRate" | "timestamps" | "startTime" | "pixelSize" | "metadata" | "notes"
>;

/** The movie in an HDF5 file: its frames are in a dataset, or in other files. */
export type Hdf5Found =
  | { readonly array: FrameArray; readonly facts: MovieFacts }
  | { readonly files: ExternalFiles; readonly facts: MovieFacts };

/** Files that hold the frames of a series, as NWB's `external_file` names them. */
export interface ExternalFiles {
  /** Path of the series in the file. */
  readonly series: string;
  /** Paths as the file has them. */
  readonly paths: readonly string[];
  /** The first frame of each file in the whole, where stated. */
  readonly startingFrames?: readonly number[];
  /** Frames of the whole, where stated. */
  readonly frames?: number;
  /** Columns and rows, where stated. */
  readonly dimension?: readonly [number, number];
}

/** What the worker is told first: where to count the library's calls. */
export interface Hdf5Beginning {
  readonly what: "begin";
  readonly counter: Int32Array<SharedArrayBuffer>;
}

/** What the worker is asked: what movie a file holds, some of its frames, or to close it. */
export type Hdf5Request =
  | { readonly what: "inspect"; readonly path: string; readonly options: FormatOptions }
  | {
    readonly what: "read";
    readonly path: string;
    readonly array: FrameArray;
    readonly start: number;
    readonly count: number;
    /** Where to put the frames; it comes back with the reply. */
    readonly buffer: ArrayBuffer;
  }
  | { readonly what: "close"; readonly path: string };

/** What it answers. */
export type Hdf5Reply =
  | { readonly found: Hdf5Found }
  | { readonly buffer: ArrayBuffer }
  | { readonly done: true }
  | {
    /** Why not, in a sentence. */
    readonly failure: string;
    /** Whether the user's options are to blame, not the file. */
    readonly option: boolean;
    /** Whether the library went down with it: the worker is of no more use. */
    readonly broken: boolean;
  };
