/** What rounding to 32 bits can take off the discriminant of a model with both roots alike. */
const ROUNDING = 1e-6;

/**
 * Time constants of autoregressive models, in seconds. The model c_t = g₁ c_{t−1} (+ g₂ c_{t−2}) + s_t decays like r^t for each root r of
 * z² − g₁ z − g₂; a root in (0, 1) has the time constant −1 / (frame rate · ln r). (Friedrich et al. 2017, PLoS CB 13:e1005423.)
 *
 * @param ar Coefficients, cell-major K×p.
 * @param order p: 0, 1 or 2.
 * @param frameRate Frames per second.
 * @returns K×p seconds, cell-major: the decay time, and for p = 2 the rise time after it. NaN where a root is complex or outside (0, 1).
 */
export function timeConstants(ar: Float32Array, order: 0 | 1 | 2, frameRate: number): Float64Array {
  const seconds = new Float64Array(ar.length);
  for (let i = 0; i < ar.length; i += order) {
    const g1 = ar[i];
    if (order === 1) {
      seconds[i] = rootToSeconds(g1, frameRate);
      continue;
    }
    const square = g1 * g1 + 4 * ar[i + 1];
    // Rounded to 32 bits, the coefficients of a double root may look like those of a complex pair.
    const root = Math.sqrt(square > -ROUNDING && square < 0 ? 0 : square);
    seconds[i] = rootToSeconds((g1 + root) / 2, frameRate);
    seconds[i + 1] = rootToSeconds((g1 - root) / 2, frameRate);
  }
  return seconds;
}

function rootToSeconds(root: number, frameRate: number): number {
  return root > 0 && root < 1 ? -1 / (frameRate * Math.log(root)) : NaN;
}
