import type { Pools } from "./pools.ts";

/**
 * Replaces the pools of a penalised solution by few unpenalised ones: its spikes are allowed back one at a time, the
 * largest first, every pool being refitted without a penalty, until the residual is below `target` (Friedrich et al.
 * 2017, "hard shrinkage"; s_min = 0). Where a refit would make calcium fall faster than it decays, pools are merged.
 *
 * @param pools the penalised solution, levels unclipped; overwritten
 * @param y T numbers
 * @param target residual to fall below, noise²·T
 */
export function fewestSpikes(
  pools: Pools,
  y: Float64Array,
  baseline: number,
  powers: Float64Array,
  target: number,
): void {
  const rises: { frame: number; rise: number }[] = [];
  for (let i = 1; i < pools.count; i++) {
    const rise = pools.level[i] - pools.level[i - 1] * powers[pools.length[i - 1]];
    if (pools.level[i] > 0) rises.push({ frame: pools.start[i], rise });
  }
  rises.sort((one, other) => other.rise - one.rise || one.frame - other.frame);

  const fit = (start: number, end: number): Segment => {
    let value = 0, weight = 0;
    for (let k = 0; start + k < end; k++) {
      value += powers[k] * (y[start + k] - baseline);
      weight += powers[k] * powers[k];
    }
    return { start, end, value, weight };
  };
  // What a segment takes off the residual; a segment at level 0 takes nothing.
  const gain = (segment: Segment) => Math.max(0, segment.value) ** 2 / segment.weight;
  const merge = (): number => {
    pools.count = 0;
    for (const { start, end, value, weight } of segments) pools.push(start, end - start, value, weight, powers, 0);
    let total = 0;
    for (let i = 0; i < pools.count; i++) total += Math.max(0, pools.value[i]) ** 2 / pools.weight[i];
    return total;
  };

  let residual = 0;
  for (let t = 0; t < y.length; t++) residual += (y[t] - baseline) ** 2;
  const everything = residual;
  const segments: Segment[] = [{ start: 0, end: y.length, value: 0, weight: 1 }];
  for (const { frame } of rises) {
    if (residual < target && everything - merge() < target) return;
    const at = segmentOf(segments, frame);
    const old = segments[at], left = fit(old.start, frame), right = fit(frame, old.end);
    segments.splice(at, 1, left, right);
    residual += gain(old) - gain(left) - gain(right);
  }
  merge();
}

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly value: number;
  readonly weight: number;
}

function segmentOf(segments: readonly Segment[], frame: number): number {
  let low = 0, high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (segments[middle].start <= frame) low = middle;
    else high = middle - 1;
  }
  return low;
}
