import { RangeCoder, STATES, type Transitions } from "./range_coder.ts";

/** Most bytes of what the contexts of all slices may learn: hundreds of times what any encoder asks for. */
const MOST_LEARNED = 2 ** 28;

/** Differences of neighbours to parts of a context: five tables of 256. */
export interface ContextTables {
  readonly tables: readonly Int16Array[];
  readonly contexts: number;
}

/** What holds for all pictures of a stream, or from a key picture on (RFC 9043, 4.2). */
export interface Ffv1Parameters {
  readonly version: number;
  readonly micro: number;
  /** 0 for Golomb–Rice numbers, else range coded ones. */
  readonly coder: number;
  readonly transitions: Transitions;
  /** Red, green and blue, instead of luminance first. */
  readonly isColour: boolean;
  readonly depth: number;
  readonly hasAlpha: boolean;
  /** Planes with statistics of their own. */
  readonly kinds: number;
  readonly slicesAcross: number;
  readonly slicesDown: number;
  readonly sets: readonly ContextTables[];
  /** Likelihoods that the contexts of each set begin with; undefined for one half. */
  readonly initial: readonly (Uint8Array | undefined)[];
  readonly hasChecksums: boolean;
}

/** What this decoder does not know, though ffmpeg may. */
export class Ffv1KindError extends RangeError {}

/** Reads the parameters of versions 0 and 1, which stand in every key picture. */
export function readOldParameters(coder: RangeCoder, transitions: Transitions): Ffv1Parameters {
  const states = new Uint8Array(STATES).fill(128), number = () => coder.number(states, 0, false);
  const version = number();
  if (version > 1) throw new Ffv1KindError(`version ${version} without a header`);
  const kind = readKind(coder, states, transitions, version);
  const set = readTables(coder);
  return {
    ...{ version, micro: 0, ...kind, slicesAcross: 1, slicesDown: 1 },
    ...{ sets: [set], initial: [undefined], hasChecksums: false },
  };
}

/** Reads the parameters of version 3, which stand in the header of the file. */
export function readParameters(header: Uint8Array, transitions: Transitions): Ffv1Parameters {
  if (header.length < 8 || checksum(header) !== 0) throw new RangeError("its FFV1 header is damaged");
  const coder = new RangeCoder(header.subarray(0, header.length - 4), transitions);
  const states = new Uint8Array(STATES).fill(128), number = () => coder.number(states, 0, false);
  const version = number();
  if (version !== 3) throw new Ffv1KindError(`version ${version}`);
  const micro = number(), kind = readKind(coder, states, transitions, version);
  const slicesAcross = 1 + number(), slicesDown = 1 + number(), count = number();
  if (slicesAcross > 256 || slicesDown > 256 || count < 1 || count > 8) {
    throw new RangeError("its FFV1 header is damaged");
  }
  const sets = Array.from({ length: count }, () => readTables(coder));
  const contexts = Math.max(...sets.map(({ contexts }) => contexts));
  if (slicesAcross * slicesDown * kind.kinds * contexts * STATES > MOST_LEARNED) {
    throw new RangeError("its FFV1 header is damaged");
  }
  const differences = Array.from({ length: STATES }, () => new Uint8Array(STATES).fill(128));
  const initial = sets.map(({ contexts }) => {
    if (!coder.bit(states, 0)) return undefined;
    const likely = new Uint8Array(contexts * STATES);
    for (let i = 0; i < likely.length; i++) {
      const before = i < STATES ? 128 : likely[i - STATES];
      likely[i] = before + coder.number(differences[i % STATES], 0, true);
    }
    return likely;
  });
  return { version, micro, ...kind, slicesAcross, slicesDown, sets, initial, hasChecksums: number() !== 0 };
}

/** What both kinds of header say first. */
function readKind(coder: RangeCoder, states: Uint8Array, transitions: Transitions, version: number) {
  const number = () => coder.number(states, 0, false);
  const kind = number();
  if (kind > 2) throw new Ffv1KindError(`coder ${kind}`);
  const own = transitions.slice();
  if (kind === 2) { for (let i = 1; i < 256; i++) own[i] = transitions[i] + coder.number(states, 0, true); }
  const space = number(), depth = version === 0 ? 8 : number() || 8;
  const hasChroma = coder.bit(states, 0) === 1;
  number();
  number();
  const hasAlpha = coder.bit(states, 0) === 1;
  if (space > 1 || depth < 8 || depth > 16 || (space === 1 && depth > 8)) {
    throw new Ffv1KindError(`colour space ${space} of ${depth} bits`);
  }
  const kinds = 1 + (hasChroma || version < 4 ? 1 : 0) + (hasAlpha ? 1 : 0);
  return { coder: kind, transitions: own, isColour: space === 1, depth, hasAlpha, kinds };
}

/** Reads five tables, run by run; their negative halves mirror the others. */
function readTables(coder: RangeCoder): ContextTables {
  const tables: Int16Array[] = [];
  let contexts = 1;
  for (let t = 0; t < 5; t++) {
    const table = new Int16Array(256), states = new Uint8Array(STATES).fill(128);
    let steps = 0;
    for (let i = 0; i < 128; steps++) {
      const length = coder.number(states, 0, false) + 1;
      if (length > 128 - i) throw new RangeError("its FFV1 header is damaged");
      table.fill(contexts * steps, i, i + length);
      i += length;
    }
    for (let i = 1; i < 128; i++) table[256 - i] = -table[i];
    table[128] = -table[127];
    contexts *= 2 * steps - 1;
    if (contexts > 32768) throw new RangeError("its FFV1 header is damaged");
    tables.push(table);
  }
  return { tables, contexts: (contexts + 1) >> 1 };
}

const CHECKSUMS = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? value << 1 ^ 0x04c11db7 : value << 1;
  return value;
});

/** CRC-32 as FFV1 uses it (RFC 9043, 4.9.3): 0 for data with its checksum behind it. */
export function checksum(bytes: Uint8Array): number {
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = value << 8 ^ CHECKSUMS[value >>> 24 ^ bytes[i]];
  return value;
}
