/** Inner products of centred traces, computed when first asked for: only neighbours are ever asked for. */
export class Covariance {
  readonly #known = new Map<number, number>();

  /** @param traces centred traces of equal length */
  constructor(readonly traces: readonly Float32Array[]) {}

  /** Σ_t c_k(t) c_l(t). */
  of(k: number, l: number): number {
    if (k > l) return this.of(l, k);
    const key = k * this.traces.length + l;
    let value = this.#known.get(key);
    if (value === undefined) {
      const a = this.traces[k], b = this.traces[l];
      value = 0;
      for (let t = 0; t < a.length; t++) value += a[t] * b[t];
      this.#known.set(key, value);
    }
    return value;
  }
}

/** Means of `factor` successive values (the last group averages what it holds), minus their mean. */
export function binnedCentred(trace: Float32Array, factor: number): Float32Array {
  const out = new Float32Array(Math.ceil(trace.length / factor));
  let total = 0;
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    const end = Math.min(trace.length, (i + 1) * factor);
    for (let t = i * factor; t < end; t++) sum += trace[t];
    out[i] = sum / (end - i * factor);
    total += out[i];
  }
  const mean = total / out.length;
  for (let i = 0; i < out.length; i++) out[i] -= mean;
  return out;
}
