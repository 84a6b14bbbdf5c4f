import { luminance } from "../pixel_layout.ts";
import { decodeLine, LinePair, type NumberReader } from "./ffv1_lines.ts";
import { checksum, type Ffv1Parameters, readOldParameters, readParameters } from "./ffv1_parameters.ts";
import { freshStatistics, GolombReader } from "./golomb.ts";
import { defaultTransitions, RangeCoder, STATES, type Transitions } from "./range_coder.ts";

/** What a slice has learned: per plane, states or statistics. */
type Learned = readonly (Uint8Array | Int32Array)[];

/**
 * Decodes FFV1 of versions 0, 1 and 3 (RFC 9043), one picture after another from a key picture on: the luminance of
 * grey and YUV of 8 to 16 bits, and RGB of 8 bits as luminance. Memory: what the contexts learn, which does not depend
 * on the movie.
 */
export class Ffv1Decoder {
  readonly #width: number;
  readonly #height: number;
  readonly #transitions: Transitions = defaultTransitions();
  #parameters: Ffv1Parameters | undefined;
  readonly #inHeader: boolean;
  #learned: (Learned | undefined)[] = [];
  #sets: number[][] = [];

  /**
   * @param header what the file's header says of the codec; empty for versions 0 and 1. Throws `RangeError` when it is
   * damaged.
   */
  constructor(header: Uint8Array, width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#inHeader = header.length > 0;
    if (this.#inHeader) this.#parameters = readParameters(header, this.#transitions);
  }

  /** Bits per sample; undefined before the first picture of versions 0 and 1. */
  get depth(): number | undefined {
    return this.#parameters?.depth;
  }

  /**
   * Decodes the next picture. Throws `Ffv1KindError` for what it does not know and `RangeError` when the picture is
   * damaged, or needs one that was not decoded. After that only a key picture can follow.
   * @param into samples of the picture; none to learn only what it is like
   */
  decode(picture: Uint8Array, into?: Uint8Array | Uint16Array): void {
    const learned = this.#learned;
    this.#learned = [];
    const first = new RangeCoder(this.#firstSlice(picture), this.#transitions);
    const isKey = first.bit(Uint8Array.of(128), 0) === 1;
    if (isKey && !this.#inHeader) this.#parameters = readOldParameters(first, this.#transitions);
    const parameters = this.#parameters;
    if (!parameters || (!isKey && learned.length === 0)) throw new RangeError("the key picture before it is missing");
    if (isKey) this.#sets = [];
    if (parameters.version < 2) {
      const slice = { bytes: picture, x: 0, y: 0, width: this.#width, height: this.#height };
      const mine = isKey ? this.#fresh([0, 0, 0]) : learned[0]!;
      this.#decodeSlice(slice, first, [0, 0, 0], mine, into);
      this.#learned = [mine];
      return;
    }
    const next: (Learned | undefined)[] = [];
    this.#slices(picture).forEach((bytes, i) => {
      const coder = i === 0 ? first : new RangeCoder(bytes, this.#transitions);
      if (parameters.coder === 2) coder.transitions = parameters.transitions;
      const { sets, ...place } = this.#place(coder);
      const mine = isKey ? this.#fresh(sets) : learned[i];
      if (!mine || (!isKey && this.#sets[i]?.join() !== sets.join())) throw new RangeError("its slices changed");
      this.#sets[i] = sets;
      this.#decodeSlice({ bytes, ...place }, coder, sets, mine, into);
      next[i] = mine;
    });
    this.#learned = next;
  }

  /** Bytes behind the data of a slice: its length, and a checksum. */
  get #trailer(): number {
    return this.#parameters?.hasChecksums ? 8 : 3;
  }

  #firstSlice(picture: Uint8Array): Uint8Array {
    return this.#inHeader ? this.#slices(picture)[0] : picture;
  }

  /** The slices of a picture, found from its end. */
  #slices(picture: Uint8Array): Uint8Array[] {
    const { slicesAcross, slicesDown, hasChecksums } = this.#parameters!, slices: Uint8Array[] = [];
    for (let end = picture.length; end > 0;) {
      const at = end - this.#trailer;
      const bytes = at < 0 ? Infinity : (picture[at] << 16 | picture[at + 1] << 8 | picture[at + 2]) + this.#trailer;
      if (bytes > end || slices.length >= slicesAcross * slicesDown) throw new RangeError("its slices are damaged");
      const whole = picture.subarray(end - bytes, end);
      if (hasChecksums && checksum(whole) !== 0) throw new RangeError("its checksum is wrong");
      slices.unshift(whole.subarray(0, bytes - this.#trailer));
      end -= bytes;
    }
    return slices;
  }

  /** Where a slice lies in the picture, and which tables its planes use. */
  #place(coder: RangeCoder) {
    const { slicesAcross, slicesDown, kinds, sets } = this.#parameters!;
    const states = new Uint8Array(STATES).fill(128), number = () => coder.number(states, 0, false);
    const column = number(), row = number(), across = number() + 1, down = number() + 1;
    const uses = Array.from({ length: kinds }, number);
    for (let i = 0; i < 3; i++) number();
    if (column + across > slicesAcross || row + down > slicesDown || uses.some((set) => set >= sets.length)) {
      throw new RangeError("its slices are damaged");
    }
    const x = Math.floor(column * this.#width / slicesAcross), y = Math.floor(row * this.#height / slicesDown);
    const width = Math.floor((column + across) * this.#width / slicesAcross) - x;
    return { x, y, width, height: Math.floor((row + down) * this.#height / slicesDown) - y, sets: uses };
  }

  /** What a slice knows at a key picture. */
  #fresh(sets: readonly number[]): Learned {
    const { coder, sets: tables, initial, kinds } = this.#parameters!;
    return Array.from({ length: kinds }, (_, kind) => {
      const { contexts } = tables[sets[kind]];
      if (coder === 0) return freshStatistics(contexts);
      return initial[sets[kind]]?.slice() ?? new Uint8Array(contexts * STATES).fill(128);
    });
  }

  #decodeSlice(
    slice: { bytes: Uint8Array; x: number; y: number; width: number; height: number },
    coder: RangeCoder,
    sets: readonly number[],
    learned: Learned,
    into: Uint8Array | Uint16Array | undefined,
  ): void {
    const { version, micro, coder: kind, transitions, isColour, depth, hasAlpha, sets: tables } = this.#parameters!;
    let golomb: GolombReader | undefined;
    if (kind === 0) {
      if (version === 3 && micro > 1) coder.bit(Uint8Array.of(129), 0);
      golomb = new GolombReader(slice.bytes, coder.fetched - 1);
    } else if (kind === 2) coder.transitions = transitions;
    if (!into) return;
    const numbers = learned.map((mine): NumberReader =>
      golomb
        ? { golomb: { reader: golomb, kept: mine as Int32Array } }
        : { range: { coder, states: mine as Uint8Array } }
    );
    const { x, y, width, height } = slice, runs = { index: 0 };
    // Green, blue, red and maybe opacity take turns; of other pictures only luminance, which comes first, is decoded.
    const planes = Array.from({ length: isColour ? (hasAlpha ? 4 : 3) : 1 }, () => new LinePair(width));
    for (let row = 0; row < height; row++) {
      planes.forEach((lines, plane) => {
        const use = (plane + 1) >> 1;
        lines.next(width);
        decodeLine(lines, width, isColour ? depth + 1 : depth, tables[sets[use]], numbers[use], runs);
      });
      const target = into.subarray((y + row) * this.#width + x, (y + row) * this.#width + x + width);
      if (!isColour) {
        target.set(planes[0].samples(width));
        continue;
      }
      const [first, second, third] = planes.map((lines) => lines.samples(width)), offset = 1 << depth;
      for (let i = 0; i < width; i++) {
        const blue = second[i] - offset, red = third[i] - offset, green = first[i] - (blue + red >> 2);
        target[i] = luminance(red + green, green, blue + green);
      }
    }
  }
}
