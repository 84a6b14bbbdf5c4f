/** Layers of the ziggurat. */
const LAYERS = 128;
/** Where the ziggurat's tail begins, and the area of each layer (Marsaglia & Tsang 2000, for 128 layers). */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
/** The value takes 24 bits of a draw and the layer 7 of the other 8, so that the two are independent. */
const SCALE = 2 ** 23;

const limits = new Int32Array(LAYERS);
const widths = new Float64Array(LAYERS);
const densities = new Float64Array(LAYERS);
{
  const density = (x: number) => Math.exp(-0.5 * x * x);
  let x = TAIL;
  const base = AREA / density(x);
  limits[0] = x / base * SCALE;
  limits[1] = 0;
  widths[0] = base / SCALE;
  widths[LAYERS - 1] = x / SCALE;
  densities[0] = 1;
  densities[LAYERS - 1] = density(x);
  for (let i = LAYERS - 2; i >= 1; i--) {
    const outer = x;
    x = Math.sqrt(-2 * Math.log(AREA / x + density(x)));
    limits[i + 1] = x / outer * SCALE;
    densities[i] = density(x);
    widths[i] = x / SCALE;
  }
}

/** Mixes one more number into a 32-bit hash (the finaliser of MurmurHash3). */
function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) + 0x9e3779b9 | 0;
}

/**
 * A stream of random numbers that is a function of its keys alone: `new Random(seed, 3, frame)` gives the same numbers wherever and
 * whenever it is made, so any frame can be made without the ones before it. Generator: sfc32 (Doty-Humphrey, PractRand), period at
 * least 2³²; normal deviates by the ziggurat (Marsaglia & Tsang, J. Stat. Softw. 5(8), 2000).
 */
export class Random {
  readonly #state = new Int32Array(4);

  /** @param keys Whole numbers that name the stream: the seed, then what it is for. Numbers above 2³² keep their upper half too. */
  constructor(...keys: number[]) {
    const state = this.#state;
    for (let word = 0; word < 3; word++) {
      let hash = mix(0x243f6a88, word);
      for (const key of keys) hash = mix(mix(hash, key | 0), Math.floor(key / 2 ** 32) | 0);
      state[word] = hash;
    }
    state[3] = 1;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const state = this.#state;
    const sum = state[0] + state[1] + state[3] | 0;
    state[3] = state[3] + 1 | 0;
    state[0] = state[1] ^ (state[1] >>> 9);
    state[1] = state[2] + (state[2] << 3) | 0;
    state[2] = (state[2] << 21 | state[2] >>> 11) + sum | 0;
    return sum;
  }

  /** Uniform in the open interval (low, high); default (0, 1). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * ((this.bits() >>> 0) + 0.5) / 2 ** 32;
  }

  /** A whole number in [0, count), all equally likely to within count/2³². */
  index(count: number): number {
    return Math.min(count - 1, Math.floor(this.uniform() * count));
  }

  /** Standard normal. */
  normal(): number {
    while (true) {
      const draw = this.bits();
      const layer = draw & (LAYERS - 1);
      const value = draw >> 8;
      const x = value * widths[layer];
      if ((value < 0 ? -value : value) < limits[layer]) return x;
      if (layer === 0) return this.#tail(value);
      const height = densities[layer] + this.uniform() * (densities[layer - 1] - densities[layer]);
      if (height < Math.exp(-0.5 * x * x)) return x;
    }
  }

  #tail(sign: number): number {
    while (true) {
      const x = -Math.log(this.uniform()) / TAIL;
      const y = -Math.log(this.uniform());
      if (y + y >= x * x) return sign < 0 ? -TAIL - x : TAIL + x;
    }
  }
}
