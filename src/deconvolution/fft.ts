/**
 * The discrete Fourier transform of one fixed length, forward, unscaled, in place. A power of two is transformed by
 * radix 2; any other length through Bluestein's chirp (Bluestein 1970), which turns it into a power of two.
 */
export class Fft {
  /** Number of points. */
  readonly length: number;
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  readonly #reversed: Uint32Array | undefined;
  readonly #chirp: Chirp | undefined;

  /** Prepares a transform of `length` points, a whole number ≥ 1; anything else throws `RangeError`. */
  constructor(length: number) {
    if (!Number.isInteger(length) || length < 1) {
      throw new RangeError(`The length of a Fourier transform must be a whole number of at least 1, not ${length}`);
    }
    this.length = length;
    this.#cosine = new Float64Array(length);
    this.#sine = new Float64Array(length);
    for (let k = 0; k < length; k++) {
      this.#cosine[k] = Math.cos(2 * Math.PI * k / length);
      this.#sine[k] = -Math.sin(2 * Math.PI * k / length);
    }
    if ((length & (length - 1)) === 0) this.#reversed = bitReversal(length);
    else this.#chirp = makeChirp(length);
  }

  /** Replaces (re + i·im) by its transform. Both arrays hold `length` numbers. */
  transform(re: Float64Array, im: Float64Array): void {
    if (this.#chirp) this.#bluestein(re, im, this.#chirp);
    else this.#radix2(re, im, this.#reversed!);
  }

  #radix2(re: Float64Array, im: Float64Array, reversed: Uint32Array): void {
    const n = this.length, cosine = this.#cosine, sine = this.#sine;
    for (let i = 0; i < n; i++) {
      const j = reversed[i];
      if (j <= i) continue;
      const a = re[i], b = im[i];
      re[i] = re[j];
      im[i] = im[j];
      re[j] = a;
      im[j] = b;
    }
    for (let half = 1; half < n; half *= 2) {
      const stride = n / (2 * half);
      for (let block = 0; block < n; block += 2 * half) {
        for (let k = 0; k < half; k++) {
          const i = block + k, j = i + half, c = cosine[k * stride], s = sine[k * stride];
          const a = re[j] * c - im[j] * s, b = re[j] * s + im[j] * c;
          re[j] = re[i] - a;
          im[j] = im[i] - b;
          re[i] += a;
          im[i] += b;
        }
      }
    }
  }

  #bluestein(re: Float64Array, im: Float64Array, chirp: Chirp): void {
    const n = this.length, m = chirp.inner.length;
    const a = new Float64Array(m), b = new Float64Array(m);
    for (let k = 0; k < n; k++) {
      a[k] = re[k] * chirp.re[k] - im[k] * chirp.im[k];
      b[k] = re[k] * chirp.im[k] + im[k] * chirp.re[k];
    }
    chirp.inner.transform(a, b);
    for (let k = 0; k < m; k++) {
      const u = a[k] * chirp.filterRe[k] - b[k] * chirp.filterIm[k];
      b[k] = a[k] * chirp.filterIm[k] + b[k] * chirp.filterRe[k];
      a[k] = u;
    }
    // Swapping the parts before and after a forward transform makes it the inverse (times m).
    chirp.inner.transform(b, a);
    for (let k = 0; k < n; k++) {
      re[k] = (a[k] * chirp.re[k] - b[k] * chirp.im[k]) / m;
      im[k] = (a[k] * chirp.im[k] + b[k] * chirp.re[k]) / m;
    }
  }
}

interface Chirp {
  readonly inner: Fft;
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly filterRe: Float64Array;
  readonly filterIm: Float64Array;
}

/** exp(−iπk²/n), and the transform of its conjugate, wrapped onto the next sufficient power of two. */
function makeChirp(n: number): Chirp {
  let m = 1;
  while (m < 2 * n - 1) m *= 2;
  const inner = new Fft(m);
  const re = new Float64Array(n), im = new Float64Array(n);
  const filterRe = new Float64Array(m), filterIm = new Float64Array(m);
  for (let k = 0; k < n; k++) {
    // k² modulo 2n keeps the angle small: the cosine of a large argument loses digits.
    const angle = Math.PI * ((k * k) % (2 * n)) / n;
    re[k] = Math.cos(angle);
    im[k] = -Math.sin(angle);
    filterRe[k] = filterRe[(m - k) % m] = re[k];
    filterIm[k] = filterIm[(m - k) % m] = -im[k];
  }
  inner.transform(filterRe, filterIm);
  return { inner, re, im, filterRe, filterIm };
}

function bitReversal(n: number): Uint32Array {
  const reversed = new Uint32Array(n);
  for (let i = 1; i < n; i++) reversed[i] = (reversed[i >> 1] >> 1) | ((i & 1) ? n >> 1 : 0);
  return reversed;
}
