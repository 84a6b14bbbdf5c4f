import type { Random } from "./random.ts";

/** An Ornstein–Uhlenbeck process of unit variance: white noise through an exponential with the given time constant in frames. */
export function fluctuation(frames: number, timeConstant: number, random: Random): Float32Array {
  const keep = Math.exp(-1 / timeConstant), fresh = Math.sqrt(1 - keep * keep);
  const trace = new Float32Array(frames);
  let value = random.normal();
  for (let t = 0; t < frames; t++) {
    trace[t] = value;
    value = keep * value + fresh * random.normal();
  }
  return trace;
}
