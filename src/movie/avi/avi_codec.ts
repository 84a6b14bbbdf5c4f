/** Fourcc codes of Motion JPEG. */
const MOTION_JPEG = ["MJPG", "mjpg", "JPEG", "jpeg", "AVRn", "dmb1", "MJPA"];

/**
 * Fourcc codes of codecs that give one picture per chunk, in order, each on its own (FFV1: on its own or with those
 * since its last key picture): for them ffmpeg can be handed chunks one by one.
 */
const ONE_BY_ONE = [
  ...MOTION_JPEG,
  ...[
    "FFV1",
    "HFYU",
    "FFVH",
    "LAGS",
    "MPNG",
    "PNG ",
    "LJPG",
    "MJ2C",
    "CFHD",
    "AVdn",
    "MSZH",
    "ZLIB",
    "DIB ",
    "RGB ",
    "\0\0\0\0",
  ],
  ...[
    "ULRG",
    "ULRA",
    "ULY0",
    "ULY2",
    "ULY4",
    "ULH0",
    "ULH2",
    "ULH4",
    "dvsd",
    "DVSD",
    "dv25",
    "dvhd",
    "v210",
    "r210",
    "b16g",
  ],
];

/** Names of codecs for people. */
const NAMES: Readonly<Record<string, string>> = {
  MJPG: "Motion JPEG",
  mjpg: "Motion JPEG",
  HFYU: "HuffYUV",
  FFVH: "FFV HuffYUV",
  LAGS: "Lagarith",
  MPNG: "PNG",
  XVID: "MPEG-4 (XVID)",
  DIVX: "MPEG-4 (DIVX)",
  mp4v: "MPEG-4 (mp4v)",
  FMP4: "MPEG-4 (FMP4)",
  H264: "H.264",
  avc1: "H.264",
  "\0\0\0\0": "uncompressed",
};

/** Whether a codec is Motion JPEG. */
export function isMotionJpeg(codec: string): boolean {
  return MOTION_JPEG.includes(codec);
}

/** Whether the chunks of a codec are pictures that can be decoded from a key picture on, in order. */
export function isOneByOne(codec: string): boolean {
  return ONE_BY_ONE.includes(codec);
}

/** A codec for people: "FFV1", or its bytes where they are no letters. */
export function codecName(codec: string): string {
  if (codec in NAMES) return NAMES[codec];
  return /^[\x21-\x7e]{2,4} *$/.test(codec) ? codec.trim() : [...codec].map((c) => c.charCodeAt(0)).join("/");
}

/**
 * Whether a picture needs none before it, told by its first two bytes. FFV1 says so with its first bit of arithmetic
 * coding, at even odds (RFC 9043, 3.8.1 and 4.4): it is set in the upper half of the coder's range.
 */
export function isKeyPicture(codec: string, first: number, second: number): boolean {
  return codec !== "FFV1" || (first << 8 | second) >= 0xff00 - (0xff00 >> 1);
}
