/** Small dense images around one cell, and the shape rules of CNMF-E (Zhou et al. 2018; algorithm.md sections 3 and 5). */

/** A dense patch: row-major, `width`×`height`. */
export interface Patch {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** The pixels connected to `start` (4 or 8 neighbours) for which `inside` is true; empty when `start` is not inside. */
export function connectedTo(
  width: number,
  height: number,
  start: number,
  inside: (pixel: number) => boolean,
  neighbours: 4 | 8 = 4,
): Uint8Array {
  const mask = new Uint8Array(width * height);
  if (!inside(start)) return mask;
  const stack = [start];
  mask[start] = 1;
  while (stack.length > 0) {
    const pixel = stack.pop()!, x = pixel % width, y = (pixel - x) / width;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if ((dx === 0 && dy === 0) || (neighbours === 4 && dx !== 0 && dy !== 0)) continue;
        const u = x + dx, v = y + dy, next = v * width + u;
        if (u < 0 || v < 0 || u >= width || v >= height || mask[next] || !inside(next)) continue;
        mask[next] = 1;
        stack.push(next);
      }
    }
  }
  return mask;
}

/** 3×3 median with replicated border. */
export function median3(image: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(image.length), window = new Float32Array(9);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let n = 0;
      for (let dy = -1; dy <= 1; dy++) {
        const v = Math.min(height - 1, Math.max(0, y + dy)) * width;
        for (let dx = -1; dx <= 1; dx++) {
          const value = image[v + Math.min(width - 1, Math.max(0, x + dx))];
          let i = n++;
          for (; i > 0 && window[i - 1] > value; i--) window[i] = window[i - 1];
          window[i] = value;
        }
      }
      out[y * width + x] = window[4];
    }
  }
  return out;
}

/**
 * Circular constraint: drops pixels below a third of the peak where the image rises away from the peak, then what is no longer
 * connected to the peak. In place.
 * @param peak index of the cell's peak
 */
export function circularConstraint({ width, height, values }: Patch, peak: number): void {
  const px = peak % width, py = (peak - px) / width, limit = values[peak] / 3;
  const source = values.slice();
  const at = (x: number, y: number) => source[y * width + x];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (source[i] <= 0 || source[i] >= limit) continue;
      const x0 = Math.max(0, x - 1),
        x1 = Math.min(width - 1, x + 1),
        y0 = Math.max(0, y - 1),
        y1 = Math.min(height - 1, y + 1);
      const gx = x1 > x0 ? (at(x1, y) - at(x0, y)) / (x1 - x0) : 0;
      const gy = y1 > y0 ? (at(x, y1) - at(x, y0)) / (y1 - y0) : 0;
      if (gx * (px - x) + gy * (py - y) < 0) values[i] = 0;
    }
  }
  keepConnected({ width, height, values }, peak);
}

/** Zeroes what is not 4-connected to `peak` through positive values. In place. */
export function keepConnected({ width, height, values }: Patch, peak: number): void {
  const mask = connectedTo(width, height, peak, (i) => values[i] > 0);
  for (let i = 0; i < values.length; i++) if (!mask[i]) values[i] = 0;
}

/** Grey-level closing of a mask by a 3×3 square: pixels of the closed support that were 0 stay 0 in value but belong to it. */
export function closeMask(mask: Uint8Array, width: number, height: number): Uint8Array {
  const dilated = new Uint8Array(mask.length), closed = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let any = 0;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) any |= mask[v * width + u];
      }
      dilated[y * width + x] = any;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let all = 1;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) all &= dilated[v * width + u];
      }
      closed[y * width + x] = all;
    }
  }
  return closed;
}

/** Labels the 4-connected parts of positive values and keeps the one with the largest sum. In place. */
export function keepStrongestPart(patch: Patch, support: (pixel: number) => boolean): void {
  const { width, height, values } = patch, seen = new Uint8Array(values.length);
  let best: Uint8Array | undefined, bestSum = -1;
  for (let i = 0; i < values.length; i++) {
    if (seen[i] || !support(i)) continue;
    const part = connectedTo(width, height, i, support);
    let sum = 0;
    for (let j = 0; j < part.length; j++) {
      if (!part[j]) continue;
      seen[j] = 1;
      sum += values[j];
    }
    if (sum > bestSum) [best, bestSum] = [part, sum];
  }
  for (let i = 0; i < values.length; i++) if (!best?.[i]) values[i] = 0;
}
