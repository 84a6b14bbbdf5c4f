/** Tags of a TIFF directory that matter for a movie (TIFF 6.0, TIFF Technical Notes 1 and 2 for SubIFDs and JPEGTables, ImageJ, MetaMorph). */
export const TAG = {
  subfileType: 254,
  oldSubfileType: 255,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  make: 271,
  model: 272,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  software: 305,
  dateTime: 306,
  artist: 315,
  hostComputer: 316,
  predictor: 317,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subDirectories: 330,
  sampleFormat: 339,
  jpegTables: 347,
  copyright: 33432,
  metaMorphPlanes: 33629,
  imageJLengths: 50838,
  imageJMetadata: 50839,
} as const;

/** Field types of a TIFF entry. */
export const FIELD = { ascii: 2, short: 3, long: 4, rational: 5, long8: 16 } as const;

/** Bytes of one value of each field type; 0 for types that do not exist. */
export const FIELD_BYTES: readonly number[] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

/** Values of the compression tag that can be read. */
export const COMPRESSION = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  adobeDeflate: 8,
  packBits: 32773,
  deflate: 32946,
  zstd: 50000,
} as const;

/** Names of compressions, for messages. */
export const COMPRESSION_NAMES: Readonly<Record<number, string>> = {
  1: "none",
  2: "CCITT",
  3: "CCITT fax",
  4: "CCITT fax",
  5: "LZW",
  6: "old-style JPEG",
  7: "JPEG",
  8: "deflate",
  32773: "PackBits",
  32946: "deflate",
  33003: "JPEG 2000",
  33005: "JPEG 2000",
  34712: "JPEG 2000",
  34887: "LERC",
  34892: "lossy JPEG",
  34925: "LZMA",
  50000: "zstd",
  50001: "WebP",
  50002: "JPEG XL",
};
