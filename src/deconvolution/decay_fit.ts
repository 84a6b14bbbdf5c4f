import type { Pools } from "./pools.ts";

const SMALLEST_DECAY = 0.001, LARGEST_DECAY = 0.999;
/** The bracket shrinks to 0.618 of itself a step: 24 steps from 1 reach 1e-5. */
const STEPS = 24;

/**
 * The decay that best explains the largest events: min over g of Σ |y − b − c|² over the frames of the `events` pools
 * with the largest Σ g^k·data, their levels refitted with the penalty at every g (Friedrich et al. 2017). Golden-section
 * search. Pools that the present decay cut short pull the new one down: start from a decay that is too slow rather than
 * one that is too fast.
 *
 * @param pools present solution
 * @param g present decay
 * @returns the new decay, in [0.001, 0.999]
 */
export function decayOfLargestEvents(
  y: Float64Array,
  baseline: number,
  lambda: number,
  pools: Pools,
  g: number,
  events: number,
): number {
  const order = Array.from({ length: pools.count }, (_, i) => i).filter((i) =>
    pools.level[i] > 0 && pools.length[i] > 1
  );
  order.sort((one, other) => pools.value[other] - pools.value[one] || one - other);
  const largest = order.slice(0, events);
  if (largest.length === 0) return g;

  const misfit = (decay: number): number => {
    let total = 0;
    for (const i of largest) {
      const start = pools.start[i], length = pools.length[i];
      let value = 0, weight = 0, square = 0, power = 1;
      for (let k = 0; k < length; k++) {
        const data = y[start + k] - baseline;
        value += power * data;
        weight += power * power;
        square += data * data;
        power *= decay;
      }
      const level = (value - lambda * (i === pools.count - 1 ? 1 : 1 - power)) / weight;
      total += square - 2 * level * value + level * level * weight;
    }
    return total;
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let low = SMALLEST_DECAY, high = LARGEST_DECAY;
  let left = high - golden * (high - low), right = low + golden * (high - low);
  let atLeft = misfit(left), atRight = misfit(right);
  for (let step = 0; step < STEPS; step++) {
    if (atLeft < atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - golden * (high - low);
      atLeft = misfit(left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + golden * (high - low);
      atRight = misfit(right);
    }
  }
  const best = (low + high) / 2;
  return misfit(best) < misfit(g) ? best : g;
}
