/** Variance of a spike's size before the trace is seen, in noise variances: as good as unknown. */
const UNKNOWN = 1e6;
/** Variances below this, in noise variances, are none. */
const NOTHING = 1e-30;

/**
 * Standard deviation of a denoised trace in each frame, given where its spikes are and how calcium decays.
 *
 * Model: y_t = b + c_t + ε_t, ε white and Gaussian with s.d. `noise`; c_t = Σ_i ar_i c_{t−i} + s_t, where s is 0 but for the frames in which
 * the result has a spike (and the first frame, if calcium is there), and its sizes there are unknown. The least-squares estimate of c then
 * has the covariance noise²·H(HᵀH)⁻¹Hᵀ, where the columns of H are the responses to those spikes; this is the root of its diagonal.
 * - AR(1): every spike begins a pool of its own, whose level is an average of its n frames: noise·g^k/√(Σ_{j<n} g^{2j}), k frames after it.
 * - AR(2): the responses overlap; the diagonal comes from a Kalman filter and a fixed-interval smoother (de Jong 1989) with a spike's
 *   variance before the data of 10⁶·noise².
 * - Without a model (p = 0) every frame stands for itself: `noise`.
 *
 * What it leaves out: that a spike may be missed, invented or a frame off; that sizes are ≥ 0 and, with a penalty, too small; errors of
 * the baseline, the time constants and the footprint. Where no spike was found before, c is 0 and so is its s.d. It is what of the error is
 * noise where spikes are well found: a lower bound elsewhere. In simulated traces (3000 frames, decay 0.9 or roots 0.9 and 0.6, transients of 8
 * to 30 s.d., 1.5 or 6 % of the frames with a spike, frames whose s.d. is above 0.02 of the noise), 66 to 69 % of the true values lie within one
 * s.d. where `s_min` is half a spike, 37 to 51 % with the penalty, which makes calcium too small.
 *
 * @param denoised T numbers
 * @param spikes T numbers ≥ 0
 * @param ar p coefficients
 * @param noise s.d. of the noise, in the units of the trace
 * @returns T numbers; NaN where the noise is
 */
export function denoisedUncertainty(
  denoised: Float32Array,
  spikes: Float32Array,
  ar: ArrayLike<number>,
  noise: number,
): Float32Array {
  const frames = denoised.length;
  if (ar.length === 0 || !Number.isFinite(noise)) return new Float32Array(frames).fill(noise);
  const free = Uint8Array.from(spikes, (s, t) => s > 0 || (t === 0 && denoised[0] > 0) ? 1 : 0);
  const variance = ar.length === 1 ? poolVariance(free, ar[0]) : smoothedVariance(free, ar[0], ar[1]);
  return Float32Array.from(variance, (value) => noise * Math.sqrt(Math.max(0, value)));
}

/** AR(1): g^{2k}/Σ_{j<n} g^{2j} in each pool of n frames. */
function poolVariance(free: Uint8Array, g: number): Float64Array {
  const frames = free.length, variance = new Float64Array(frames);
  for (let start = free.indexOf(1); start >= 0 && start < frames;) {
    let end = start, sum = 0, power = 1;
    do {
      variance[end++] = power;
      sum += power;
      power = power > NOTHING ? power * g * g : 0;
    } while (end < frames && free[end] === 0);
    for (let t = start; t < end; t++) variance[t] /= sum;
    start = end;
  }
  return variance;
}

/** AR(2): state (c_t, c_{t−1}), in units of the noise variance. */
function smoothedVariance(free: Uint8Array, g1: number, g2: number): Float64Array {
  const frames = free.length, variance = new Float64Array(frames);
  // What is predicted of each frame's state before its sample is seen: the covariance's three numbers.
  const pa = new Float64Array(frames), pb = new Float64Array(frames), pc = new Float64Array(frames);
  let a = 0, b = 0, c = 0;
  for (let t = 0; t < frames; t++) {
    if (free[t]) a += UNKNOWN;
    if (a < NOTHING && c < NOTHING) a = b = c = 0;
    pa[t] = a, pb[t] = b, pc[t] = c;
    const seen = a + 1; // after the sample
    const ua = a / seen, ub = b / seen, uc = c - b * b / seen;
    a = g1 * g1 * ua + 2 * g1 * g2 * ub + g2 * g2 * uc;
    b = g1 * ua + g2 * ub;
    c = ua;
  }
  // What the samples from frame t on say of its state: N_{t−1} = ZᵀZ/F + Lᵀ N_t L.
  let na = 0, nb = 0, nc = 0;
  for (let t = frames - 1; t >= 0; t--) {
    const seen = pa[t] + 1, ka = (g1 * pa[t] + g2 * pb[t]) / seen, kb = pa[t] / seen;
    const l11 = g1 - ka, l21 = 1 - kb; // L = T − KZ has the second column (γ2, 0)
    const xa = na * l11 + nb * l21, xb = nb * l11 + nc * l21;
    const before = na * g2 * l11 + nb * g2 * l21;
    nc = g2 * g2 * na;
    na = 1 / seen + l11 * xa + l21 * xb;
    nb = before;
    variance[t] = pa[t] - (pa[t] * pa[t] * na + 2 * pa[t] * pb[t] * nb + pb[t] * pb[t] * nc);
  }
  return variance;
}
