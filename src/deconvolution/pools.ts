/**
 * Pools of OASIS: runs of frames over which an AR(1) calcium trace only decays, c_{start+k} = level · g^k. Stored as a
 * structure of arrays so that a whole solve allocates nothing.
 */
export class Pools {
  /** Pools in use, in order of time. */
  count = 0;
  /** First frame of each pool. */
  readonly start: Int32Array;
  /** Frames of each pool. */
  readonly length: Int32Array;
  /** Σ_k g^k · (penalised data). */
  readonly value: Float64Array;
  /** Σ_k g^{2k}. */
  readonly weight: Float64Array;
  /** value / weight: the calcium at the pool's first frame, before negative levels are set to 0. */
  readonly level: Float64Array;

  /** Makes room for one pool a frame. */
  constructor(frames: number) {
    this.start = new Int32Array(frames);
    this.length = new Int32Array(frames);
    this.value = new Float64Array(frames);
    this.weight = new Float64Array(frames);
    this.level = new Float64Array(frames);
  }

  /**
   * Adds a pool at the end and merges backwards while the calcium would rise by less than `s_min` from one pool to the
   * next (pool adjacent violators; Friedrich et al. 2017, algorithm 1).
   */
  push(start: number, length: number, value: number, weight: number, powers: Float64Array, s_min: number): void {
    let i = this.count, level = value / weight;
    while (i > 0 && this.level[i - 1] * powers[this.length[i - 1]] + s_min > level) {
      i--;
      const decay = powers[this.length[i]];
      start = this.start[i];
      value = this.value[i] + value * decay;
      weight = this.weight[i] + weight * decay * decay;
      length += this.length[i];
      level = value / weight;
    }
    this.start[i] = start;
    this.length[i] = length;
    this.value[i] = value;
    this.weight[i] = weight;
    this.level[i] = level;
    this.count = i + 1;
  }

  /** Sets levels that cannot be calcium to 0: negative ones and, once calcium was 0, rises by less than `s_min`. */
  clip(s_min: number): void {
    for (let i = 0; i < this.count; i++) {
      if (this.level[i] < (i === 0 ? 0 : s_min)) this.level[i] = 0;
      else if (!(this.level[i] > 0)) this.level[i] = 0;
    }
  }

  /** Writes the calcium of every frame. Levels must be clipped. */
  writeCalcium(powers: Float64Array, calcium: Float64Array): void {
    for (let i = 0; i < this.count; i++) {
      const start = this.start[i], length = this.length[i], level = this.level[i];
      for (let k = 0; k < length; k++) calcium[start + k] = level * powers[k];
    }
  }

  /** Writes the spikes: the rise at each pool's first frame, 0 elsewhere and at frame 0. Levels must be clipped. */
  writeSpikes(powers: Float64Array, spikes: Float64Array): void {
    spikes.fill(0);
    for (let i = 1; i < this.count; i++) {
      const rise = this.level[i] - this.level[i - 1] * powers[this.length[i - 1]];
      spikes[this.start[i]] = Math.max(0, rise);
    }
  }
}

/** g^0 … g^frames. Powers too small to matter are 0: denormal numbers are slow. */
export function powersOf(g: number, frames: number): Float64Array {
  const powers = new Float64Array(frames + 1);
  let power = 1;
  for (let k = 0; k <= frames && power > 1e-200; k++) {
    powers[k] = power;
    power *= g;
  }
  return powers;
}
