import { Ar2Window } from "./ar2_window.ts";

/** Shortest window, and how far it moves on, in frames. */
const SHORTEST_WINDOW = 200, WINDOW_SHIFT = 100;
/** A window is long enough for the slow exponential to fall by exp(−5). */
const WINDOW_DECAYS = 5;

/**
 * Solves min_s ½|y − Ks|² + λ Σ_t s_t with s ≥ 0, where K is the response of c_t = γ1 c_{t−1} + γ2 c_{t−2} + s_t, by
 * non-negative least squares on windows (Friedrich et al. 2017, "online NNLS"): each window is solved, its first 100
 * frames are kept, and their calcium decays on under the next window. s_0 is the initial calcium.
 *
 * @param y T numbers, baseline already taken off
 * @param decay slow root d, in (0, 1)
 * @param rise fast root r, in (0, d]
 * @param candidates frames where a spike may be: T numbers, 0 for no; left out, everywhere
 * @param guess spikes ≥ 0 to start from, T numbers; only the time it takes depends on them
 */
export function nonNegativeAr2(
  y: Float64Array,
  decay: number,
  rise: number,
  lambda: number,
  candidates?: Uint8Array,
  guess?: Float64Array,
): { calcium: Float64Array; spikes: Float64Array } {
  const frames = y.length, g1 = decay + rise, g2 = -decay * rise;
  const window = Math.min(frames, Math.max(SHORTEST_WINDOW, Math.floor(-WINDOW_DECAYS / Math.log(decay))));
  const data = y.slice();
  // Σ s = Σ c (1 − γ1 − γ2), but for the last two frames, whose calcium the sum meets fewer times.
  for (let t = 0; t < frames; t++) {
    data[t] -= lambda * (1 - g1 * (t + 1 < frames ? 1 : 0) - g2 * (t + 2 < frames ? 1 : 0));
  }

  const solver = new Ar2Window(g1, g2, window);
  const spikes = guess ? guess.slice() : new Float64Array(frames), calcium = new Float64Array(frames);
  for (let start = 0; start < frames; start += WINDOW_SHIFT) {
    const end = Math.min(frames, start + window);
    // Calcium that is already decided decays on under the window.
    const rest = data.subarray(start, end);
    let one = start > 0 ? calcium[start - 1] : 0, two = start > 1 ? calcium[start - 2] : 0;
    const unexplained = rest.map((value) => {
      const next = g1 * one + g2 * two;
      two = one;
      one = next;
      return value - next;
    });
    solver.solve(unexplained, spikes.subarray(start, end), candidates?.subarray(start, end));

    const decided = end === frames ? end : start + WINDOW_SHIFT;
    for (let t = start; t < decided; t++) {
      calcium[t] = spikes[t] + (t > 0 ? g1 * calcium[t - 1] : 0) + (t > 1 ? g2 * calcium[t - 2] : 0);
    }
    if (end === frames) break;
  }
  return { calcium, spikes };
}
