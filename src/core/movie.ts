/** How one sample is stored in a movie. */
export type SampleType = "uint8" | "uint16" | "int16" | "float32";

/** Samples of a movie in its own type. */
export type SampleArray = Uint8Array | Uint16Array | Int16Array | Float32Array;

/** What is known of a movie before a single sample is read. */
export interface MovieHeader {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames. */
  readonly frames: number;
  /** Type of a sample. */
  readonly sampleType: SampleType;
  /** Frames per second, where the file says so. */
  readonly frameRate?: number;
  /** Name for people: usually the path. */
  readonly name: string;
  /** Identity for the results file: one entry per file, in playing order. */
  readonly files: readonly MovieFile[];
  /** What was done to the samples of the files, one sentence per step, in order; absent when they are the files' own. */
  readonly history?: readonly string[];
  /** Format of the files, for people: "TIFF", "Inscopix ISXD"; absent when the movie comes from no file. */
  readonly format?: string;
  /** Seconds of each frame on the recording's own clock (which may begin anywhere), where the files have them. Length: frames. */
  readonly timestamps?: Float64Array;
  /** When the recording began, ISO 8601, where known; with an offset or Z when its time zone is known. */
  readonly startTime?: string;
  /** Size of a pixel along x and y, µm, where known. */
  readonly pixelSize?: PixelSize;
  /** What else the files say (device, gain, animal, …), as plain JSON values under the files' own names. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What came to light when the files were opened (frames dropped, images skipped), one sentence each, for people. */
  readonly notes?: readonly string[];
}

/** Size of a pixel, µm. */
export interface PixelSize {
  /** Along a row. */
  readonly x: number;
  /** Along a column. */
  readonly y: number;
}

/** One file of a movie. */
export interface MovieFile {
  /** Path as given. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** Last modification, ISO 8601, where known. */
  readonly modified?: string;
  /** Frames taken from this file. */
  readonly frames: number;
}

/** A movie that is read by ranges of frames; it is never held whole. */
export interface MovieSource {
  /** Shape, type and identity. */
  readonly header: MovieHeader;
  /**
   * Reads frames `[start, start + count)`, row-major and unpadded, in the movie's own type.
   * `into` is an array of `header.sampleType` of at least `count * width * height` samples.
   * Rejects with a `MovieError` when the file ends early or a page cannot be decoded.
   */
  read(start: number, count: number, into: SampleArray): Promise<void>;
  /** Closes files. Idempotent. */
  close(): void;
}

/** Bytes of one sample. */
export function bytesPerSample(type: SampleType): number {
  return type === "uint8" ? 1 : type === "float32" ? 4 : 2;
}

/** A zeroed array of `length` samples of a type. */
export function sampleArray(type: SampleType, length: number): SampleArray {
  switch (type) {
    case "uint8":
      return new Uint8Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "int16":
      return new Int16Array(length);
    case "float32":
      return new Float32Array(length);
  }
}
