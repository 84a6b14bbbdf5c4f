/** A gradient this small beside the largest of an empty window counts as zero. */
const TOLERANCE = 1e-10;

/**
 * Non-negative least squares for one window of an AR(2) trace: min_s ½|data − Ks|² with s ≥ 0, by the active-set method
 * (Lawson & Hanson 1974). The unpenalised fit of a set of spikes needs no matrix: between two spikes calcium depends on
 * its value v at the first of them and w at the frame before, c_k = h_k v + γ2 h_{k−1} w, where h is the impulse response;
 * w follows from the interval before and v is free, so that v is eliminated interval by interval from the end, and found
 * from the start. Both that and the gradient cost a few operations a frame.
 */
export class Ar2Window {
  readonly #g1: number;
  readonly #g2: number;
  /** h_k at index k + 1; h_{−1} = 0. */
  readonly #response: Float64Array;
  /** Σ_{k<n} h_k² and Σ_{k<n} h_k h_{k−1}. */
  readonly #squares: Float64Array;
  readonly #products: Float64Array;
  readonly #gradient: Float64Array;
  readonly #proposal: Float64Array;
  readonly #allowed: Uint8Array;
  readonly #passive: Uint8Array;
  readonly #blocked: Uint8Array;
  /** Frames of the passive spikes, and what elimination leaves for v of each: v = (b − j_vw w) / j_vv. */
  readonly #frame: Int32Array;
  readonly #jvv: Float64Array;
  readonly #jvw: Float64Array;
  readonly #b: Float64Array;

  /** For coefficients γ1, γ2 and windows of up to `frames` frames. */
  constructor(g1: number, g2: number, frames: number) {
    this.#g1 = g1;
    this.#g2 = g2;
    const h = this.#response = new Float64Array(frames + 2);
    this.#squares = new Float64Array(frames + 1);
    this.#products = new Float64Array(frames + 1);
    for (let k = 0; k <= frames; k++) {
      h[k + 1] = k === 0 ? 1 : g1 * h[k] + g2 * h[k - 1];
      if (k === frames) break;
      this.#squares[k + 1] = this.#squares[k] + h[k + 1] * h[k + 1];
      this.#products[k + 1] = this.#products[k] + h[k + 1] * h[k];
    }
    this.#gradient = new Float64Array(frames + 2);
    this.#proposal = new Float64Array(frames);
    this.#allowed = new Uint8Array(frames);
    this.#passive = new Uint8Array(frames);
    this.#blocked = new Uint8Array(frames);
    this.#frame = new Int32Array(frames + 1);
    this.#jvv = new Float64Array(frames);
    this.#jvw = new Float64Array(frames);
    this.#b = new Float64Array(frames);
  }

  /**
   * Finds the spikes of one window.
   * @param data what the spikes have to explain
   * @param spikes a start ≥ 0, as long as the data; overwritten by the solution
   * @param candidates frames where a spike may be: 0 for no; left out, everywhere
   */
  solve(data: Float64Array, spikes: Float64Array, candidates?: Uint8Array): void {
    const length = data.length, allowed = this.#allowed, passive = this.#passive, gradient = this.#gradient;
    let count = 0;
    for (let t = 0; t < length; t++) {
      allowed[t] = !candidates || candidates[t] ? 1 : 0;
      passive[t] = allowed[t] && spikes[t] > 0 ? 1 : 0;
      if (!passive[t]) spikes[t] = 0;
      count += allowed[t];
    }
    if (count === 0) return;
    this.#writeGradient(data, undefined);
    let scale = 0;
    for (let t = 0; t < length; t++) scale = Math.max(scale, Math.abs(gradient[t]));

    const blocked = this.#blocked;
    blocked.fill(0);
    for (let iteration = 0; iteration <= 3 * count; iteration++) {
      this.#descend(data, spikes);
      this.#writeGradient(data, spikes);
      let best = -1;
      for (let t = 0; t < length; t++) {
        if (gradient[t] > TOLERANCE * scale && allowed[t] && !passive[t] && !blocked[t]) {
          if (best < 0 || gradient[t] > gradient[best]) best = t;
        }
      }
      if (best < 0) break;
      passive[best] = 1;
      this.#fit(data);
      if (this.#proposal[best] > 0) blocked.fill(0);
      else { // a gradient of rounding errors
        passive[best] = 0;
        blocked[best] = 1;
      }
    }
  }

  /** Moves the spikes to the fit of the passive set, dropping what would turn negative on the way. */
  #descend(data: Float64Array, spikes: Float64Array): void {
    const length = data.length, passive = this.#passive, proposal = this.#proposal;
    for (let dropped = true; dropped;) {
      this.#fit(data);
      let step = 1;
      for (let t = 0; t < length; t++) {
        if (passive[t] && proposal[t] <= 0) step = Math.min(step, spikes[t] / (spikes[t] - proposal[t]));
      }
      dropped = false;
      for (let t = 0; t < length; t++) {
        if (!passive[t]) continue;
        if (proposal[t] <= 0 && spikes[t] / (spikes[t] - proposal[t]) <= step) {
          spikes[t] = passive[t] = 0;
          dropped = true;
        } else spikes[t] += step * (proposal[t] - spikes[t]);
      }
    }
  }

  /** The unconstrained fit of the passive spikes, into `#proposal`. */
  #fit(data: Float64Array): void {
    const g1 = this.#g1, g2 = this.#g2, h = this.#response, length = data.length;
    const frame = this.#frame, passive = this.#passive, jvv = this.#jvv, jvw = this.#jvw, b = this.#b;
    let count = 0;
    for (let t = 0; t < length; t++) if (passive[t]) frame[count++] = t;
    frame[count] = length;
    // What later intervals make of the w they are handed: ½ alpha w² − beta w.
    let alpha = 0, beta = 0;
    for (let i = count - 1; i >= 0; i--) {
      const start = frame[i], n = frame[i + 1] - start;
      let one = 0, two = 0; // Σ_k h_k data over the interval, from its first frame and from the one after
      for (let t = frame[i + 1] - 1; t >= start; t--) {
        const sum = data[t] + g1 * one + g2 * two;
        two = one;
        one = sum;
      }
      const e = h[n], q = g2 * h[n - 1];
      const vv = this.#squares[n] + alpha * e * e;
      const vw = g2 * this.#products[n] + alpha * e * q;
      const ww = g2 * g2 * this.#squares[n - 1] + alpha * q * q;
      const bv = one + beta * e, bw = g2 * two + beta * q;
      jvv[i] = vv;
      jvw[i] = vw;
      b[i] = bv;
      alpha = ww - vw * vw / vv;
      beta = bw - vw * bv / vv;
    }
    let w = 0, expected = 0;
    for (let i = 0; i < count; i++) {
      const n = frame[i + 1] - frame[i], v = (b[i] - jvw[i] * w) / jvv[i];
      this.#proposal[frame[i]] = v - expected;
      expected = h[n + 1] * v + g2 * h[n] * w;
      w = h[n] * v + g2 * h[n - 1] * w;
    }
  }

  /** Σ_k h_k (data − calcium)_{t+k} for every frame t; without spikes, of the data. */
  #writeGradient(data: Float64Array, spikes: Float64Array | undefined): void {
    const g1 = this.#g1, g2 = this.#g2, gradient = this.#gradient, length = data.length;
    let one = 0, two = 0;
    for (let t = 0; t < length; t++) {
      const calcium = spikes ? spikes[t] + g1 * one + g2 * two : 0;
      gradient[t] = data[t] - calcium;
      two = one;
      one = calcium;
    }
    gradient[length] = gradient[length + 1] = 0;
    for (let t = length - 1; t >= 0; t--) gradient[t] += g1 * gradient[t + 1] + g2 * gradient[t + 2];
  }
}
