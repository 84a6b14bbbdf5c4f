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
  /** The movie of the files, where this one is a part of it or its pixels or frames are averages of that one's; absent when it is the same. */
  readonly recording?: Recording;
}

/** A movie before frames or pixels were left out or averaged, and where the movie made of it lies in it. */
export interface Recording {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames. */
  readonly frames: number;
  /** Frames per second, where known. */
  readonly frameRate?: number;
  /** Seconds of each frame on the recording's own clock, where known. Length: frames. */
  readonly timestamps?: Float64Array;
  /** Size of a pixel along x and y, µm, where known. */
  readonly pixelSize?: PixelSize;
  /** Columns that were left out before the first pixel of the movie. */
  readonly left: number;
  /** Rows that were left out before it. */
  readonly top: number;
  /** Side of the blocks of pixels that were averaged into one; 1 when none were. */
  readonly binning: number;
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

/** The recording a movie was made of: itself, when nothing was left out or averaged. */
export function recordingOf(movie: Omit<MovieHeader, "name" | "files" | "sampleType">): Recording {
  const { width, height, frames, frameRate, timestamps, pixelSize } = movie;
  return movie.recording ?? {
    ...{ width, height, frames, left: 0, top: 0, binning: 1 },
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(timestamps === undefined ? {} : { timestamps }),
    ...(pixelSize === undefined ? {} : { pixelSize }),
  };
}

/** Whether every pixel of the recording is a pixel of the movie, and none other. */
export function isWholeField(movie: MovieHeader): boolean {
  const { width, height, left, top, binning } = recordingOf(movie);
  return width === movie.width && height === movie.height && left === 0 && top === 0 && binning === 1;
}

/** Where a place of a movie (0, 0 is the centre of its first pixel) lies in its recording, in the recording's pixels. */
export function placeInRecording(movie: MovieHeader, x: number, y: number): { x: number; y: number } {
  const { left, top, binning } = recordingOf(movie), middle = (binning - 1) / 2;
  return { x: left + binning * x + middle, y: top + binning * y + middle };
}

/** What a header says, but for the numbers per frame, always in the same order: for texts and records. */
export function movieFacts({ timestamps: _, recording, ...facts }: MovieHeader): Omit<MovieHeader, "timestamps"> {
  const { timestamps: __, ...part } = recording ?? {}, all = recording ? { ...facts, recording: inOrder(part) } : facts;
  return inOrder(all) as Omit<MovieHeader, "timestamps">;
}

/** A record whose entries are ordered by their names. */
function inOrder<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)) as T;
}
