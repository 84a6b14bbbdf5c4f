import type { SampleType } from "../../core/movie.ts";

/** What ffmpeg is asked for. */
export interface PictureFormat {
  /** Its name for ffmpeg. */
  readonly pixels: string;
  /** Type of a sample. */
  readonly sampleType: SampleType;
  /** Bits that are used in a sample. */
  readonly bits: number;
}

/**
 * The grey format that keeps what a format of FFmpeg holds: 8 bits for up to 8 bits per channel, else the same number
 * of bits in 16, and 32-bit floats for floats. Grey stays as it is; colour becomes luminance (exact where the channels
 * are equal), limited range becomes full.
 * @param format FFmpeg's name, such as "gray", "yuv420p10le", "bgr0"
 */
export function greyFormat(format: string): PictureFormat {
  if (/f(16|32)(le|be)$/.test(format)) return { pixels: "grayf32le", sampleType: "float32", bits: 32 };
  // Formats that depend on byte order have more than 8 bits per channel, except those of 15 and 16 bits per pixel.
  if (!/(le|be)$/.test(format) || /^(rgb|bgr)(444|555|565)/.test(format)) {
    return { pixels: "gray", sampleType: "uint8", bits: 8 };
  }
  const bits = Number(/(?:^gray|p|p0)(9|10|12|14)(?:le|be)$/.exec(format)?.[1] ?? 16);
  return { pixels: bits === 16 ? "gray16le" : `gray${bits}le`, sampleType: "uint16", bits };
}
