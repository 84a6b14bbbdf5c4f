import { MovieError } from "../../core/errors.ts";
import type { SampleArray } from "../../core/movie.ts";
import type { PositionalFile } from "../positional_file.ts";
import { keyBefore } from "./avi_feed.ts";
import type { AviStream } from "./avi_header.ts";
import { Ffv1Decoder } from "./ffv1/ffv1_decoder.ts";
import { Ffv1KindError } from "./ffv1/ffv1_parameters.ts";
import type { FrameList } from "./frame_list.ts";

/** Largest picture that is read: far beyond what any camera writes. */
const LARGEST_PICTURE = 2 ** 28;

/**
 * Frames of FFV1, decoded here: slower than ffmpeg, but without it. Reads queue, for pictures need those since the last
 * key picture.
 */
export class Ffv1Movie {
  readonly #file: PositionalFile;
  readonly #stream: AviStream;
  readonly #list: FrameList;
  #decoder: Ffv1Decoder;
  /** The frame that the decoder is ready for; -1 for none but a key picture. */
  #next = -1;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(file: PositionalFile, stream: AviStream, list: FrameList) {
    this.#file = file;
    this.#stream = stream;
    this.#list = list;
    this.#decoder = this.#newDecoder();
  }

  /**
   * Looks at the first picture. Undefined when it is of a kind that is not decoded here; rejects with `MovieError` when
   * it is damaged.
   */
  static async open(file: PositionalFile, stream: AviStream, list: FrameList): Promise<Ffv1Movie | undefined> {
    try {
      const movie = new Ffv1Movie(file, stream, list);
      movie.#decoder.decode(await movie.#picture(0));
      return movie;
    } catch (error) {
      if (error instanceof Ffv1KindError) return undefined;
      if (!(error instanceof RangeError)) throw error;
      throw new MovieError(`Frame 1 of movie "${file.path}" is no valid FFV1 picture: ${error.message}`);
    }
  }

  /** Type of a sample: 8 bits, or more in 16. */
  get sampleType(): "uint8" | "uint16" {
    return this.#decoder.depth === 8 ? "uint8" : "uint16";
  }

  /** Reads frames `[start, start + count)`. Rejects with `MovieError` when one is damaged. */
  read(start: number, count: number, into: SampleArray): Promise<void> {
    const size = this.#stream.width * this.#stream.height, samples = into as Uint8Array | Uint16Array;
    const result = this.#queue.then(async () => {
      for (let i = 0; i < count; i++) await this.#readFrame(start + i, samples.subarray(i * size, (i + 1) * size));
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  async #readFrame(frame: number, into: Uint8Array | Uint16Array): Promise<void> {
    const key = await keyBefore(this.#file, this.#stream, this.#list, frame);
    const goOn = this.#next >= 0 && this.#next <= frame && key <= this.#next;
    for (let i = goOn ? this.#next : key; i <= frame; i++) {
      try {
        // What lies between is decoded into the same place: contexts are learned by decoding.
        this.#decoder.decode(await this.#picture(i), into);
        this.#next = i + 1;
      } catch (error) {
        this.#decoder = this.#newDecoder();
        this.#next = -1;
        if (!(error instanceof RangeError)) throw error;
        throw new MovieError(`Frame ${i + 1} of movie "${this.#file.path}" is no valid FFV1 picture: ${error.message}`);
      }
    }
  }

  #newDecoder(): Ffv1Decoder {
    const { format, width, height } = this.#stream;
    return new Ffv1Decoder(format.subarray(40), width, height);
  }

  async #picture(frame: number): Promise<Uint8Array> {
    const size = this.#list.size(frame);
    if (size > LARGEST_PICTURE) {
      throw new MovieError(
        `Frame ${frame + 1} of movie "${this.#file.path}" has ${size} bytes, too many for a picture`,
      );
    }
    const bytes = new Uint8Array(size);
    await this.#file.read(bytes, this.#list.position(frame));
    return bytes;
  }
}
