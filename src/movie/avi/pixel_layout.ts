import type { SampleType } from "../../core/movie.ts";
import type { AviStream } from "./avi_header.ts";

/** How the uncompressed pictures of a stream become samples. */
export interface PixelLayout {
  /** Name for people. */
  readonly name: string;
  /** Type of a sample. */
  readonly sampleType: SampleType;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Bytes of a picture up to the last one that is needed. */
  readonly bytes: number;
  /** Whether the first row in the file is the lowest. */
  readonly bottomUp: boolean;
  /**
   * Makes one row of samples (bytes, this machine's order) of one row of the file; absent when they are the same bytes.
   * `row` holds `stride` bytes or, at the end of a picture, fewer.
   */
  readonly convert?: (row: Uint8Array, into: Uint8Array) => void;
}

/** Pictures whose bytes begin with a plane of 8-bit luminance, top row first. */
const LUMINANCE_FIRST = [
  "Y800",
  "GREY",
  "Y8  ",
  "Y8\0\0",
  "I420",
  "IYUV",
  "YV12",
  "NV12",
  "NV21",
  "YV16",
  "Y42B",
  "444P",
  "YUV9",
  "YVU9",
];
/** Pictures with luminance in every second byte: the first of them. */
const LUMINANCE_BETWEEN: Readonly<Record<string, number>> = {
  "YUY2": 0,
  "YUYV": 0,
  "YUNV": 0,
  "V422": 0,
  "YVYU": 0,
  "UYVY": 1,
  "UYNV": 1,
  "Y422": 1,
  "HDYC": 1,
};
/** Sixteen bits of luminance, least significant byte first. */
const LUMINANCE_16 = ["Y16 ", "Y1\0\x10"];
/** Ways to say "uncompressed, as Windows draws it". */
const PLAIN = ["\0\0\0\0", "RGB ", "RAW ", "DIB "];

/**
 * The layout of a stream's pictures; undefined when they are compressed or of a kind left to ffmpeg.
 * @param pictureBytes bytes of the first picture: they tell whether rows are padded
 */
export function pixelLayout(stream: AviStream, pictureBytes: number): PixelLayout | undefined {
  const { codec, width, height, bits, bottomUp } = stream;
  /** Rows of `bytes` bytes: padded to four when pictures are large enough for that. */
  const layout = (name: string, bytes: number, always: boolean, rest: Partial<PixelLayout>): PixelLayout => {
    const padded = (bytes + 3) & ~3;
    const stride = (always ? pictureBytes >= padded * (height - 1) + bytes : pictureBytes === padded * height)
      ? padded
      : bytes;
    const whole = stride * (height - 1) + bytes;
    return { name, sampleType: "uint8", stride, bytes: whole, bottomUp: false, ...rest };
  };
  if (LUMINANCE_FIRST.includes(codec)) return layout(`grey (${codec.replace(/[\0 ]+$/, "")})`, width, false, {});
  if (LUMINANCE_16.includes(codec)) return layout("16-bit grey (Y16)", 2 * width, false, { sampleType: "uint16" });
  if (codec in LUMINANCE_BETWEEN) {
    const first = LUMINANCE_BETWEEN[codec];
    const convert = (row: Uint8Array, into: Uint8Array) => {
      for (let x = 0; x < into.length; x++) into[x] = row[2 * x + first];
    };
    return layout(`luminance of ${codec}`, 4 * ((width + 1) >> 1), false, { convert });
  }
  if (!PLAIN.includes(codec)) return undefined;
  if (bits === 8) {
    const table = paletteLuminance(stream.palette);
    if (!table) return layout("uncompressed grey", width, true, { bottomUp });
    const convert = (row: Uint8Array, into: Uint8Array) => {
      for (let x = 0; x < into.length; x++) into[x] = table[row[x]];
    };
    return layout("uncompressed, palette", width, true, { bottomUp, convert });
  }
  if (bits !== 24 && bits !== 32) return undefined;
  const step = bits / 8;
  const convert = (row: Uint8Array, into: Uint8Array) => {
    for (let x = 0, at = 0; x < into.length; x++, at += step) into[x] = luminance(row[at + 2], row[at + 1], row[at]);
  };
  return layout("uncompressed colour", step * width, true, { bottomUp, convert });
}

/** Luminance of a colour (ITU-R BT.601, weights of 1/256): exactly the common value where the three are equal. */
export function luminance(red: number, green: number, blue: number): number {
  return (77 * red + 150 * green + 29 * blue + 128) >> 8;
}

/**
 * Luminance of each index; undefined when every index is its own luminance, or there is no palette. Missing colours are
 * black.
 */
function paletteLuminance(palette: Uint8Array): Uint8Array | undefined {
  if (palette.length < 4) return undefined;
  const table = new Uint8Array(256);
  let own = true;
  for (let i = 0; i < 256; i++) {
    const [blue, green, red] = 4 * i + 2 < palette.length ? palette.subarray(4 * i, 4 * i + 3) : [0, 0, 0];
    table[i] = luminance(red, green, blue);
    if (4 * i + 2 < palette.length && table[i] !== i) own = false;
  }
  return own ? undefined : table;
}
