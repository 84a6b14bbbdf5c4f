import type { Session } from "../nwb/session.ts";
import type { PixelSize, SampleArray, SampleType } from "../core/movie.ts";

/** What has to be known of a movie before its first frame is written. The optional facts go wherever the format has a place for them. */
export interface MovieWriterOptions {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames that will be written. */
  readonly frames: number;
  /** Type of a sample. */
  readonly sampleType: SampleType;
  /** Frames per second. Default: not stated. */
  readonly frameRate?: number;
  /** Seconds of each frame. Default: not stated. */
  readonly timestamps?: Float64Array;
  /** When the recording began, ISO 8601. Default: not stated. */
  readonly startTime?: string;
  /** Size of a pixel, µm. Default: not stated. */
  readonly pixelSize?: PixelSize;
  /** Further facts of the movie's files. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What only the user knows of the session, for NWB. Default: nothing. */
  readonly session?: Session;
  /** What was done to the samples, one sentence each. Default: nothing. */
  readonly history?: readonly string[];
}

/** A movie that is being written, frame after frame. */
export interface MovieWriter {
  /** Appends one or more whole frames, row-major, in the movie's sample type. The array may be reused when the promise resolves. */
  write(frames: SampleArray): Promise<void>;
  /** Completes the file and gives it its name. */
  close(): Promise<void>;
  /** Gives up: removes what was written. Nothing happens after `close`. */
  abort(): Promise<void>;
}
