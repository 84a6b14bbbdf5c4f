import type { SampleType } from "../../core/movie.ts";
import type { NumberKind } from "../../hdf5/hdf5_values.ts";

/** What an axis of a dataset runs over: frames, rows, columns, a single entry ("1"), or all pixels of a frame, column after column ("P"). */
export type Axis = "T" | "Y" | "X" | "1" | "P";

/** Where the frames of a movie lie in an HDF5 file: all that is needed to read some of them. Plain values, so that it can be sent to a worker. */
export interface FrameArray {
  /** Path of the dataset in the file. */
  readonly dataset: string;
  /** What its axes run over. Without a "T" it holds a single frame. */
  readonly axes: readonly Axis[];
  /** Its shape. */
  readonly shape: readonly number[];
  /** Shape of its chunks, when it has any. */
  readonly chunks?: readonly number[];
  /** How its numbers are stored. */
  readonly stored: NumberKind;
  /** How they are handed out. */
  readonly sampleType: SampleType;
  /** Bytes of the file when it was opened: the library reads zeros where a file that has shrunk since has nothing. */
  readonly fileBytes: number;
  /** Where the frames begin in the file, when they lie there one after another as they are handed out. */
  readonly start?: number;
  /** Frames, rows and columns of the movie. */
  readonly frames: number;
  readonly height: number;
  readonly width: number;
}
