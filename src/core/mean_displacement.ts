import { type Shifts, splineAt } from "./shifts.ts";

/** Mean over all pixels of the displacement in each frame, T×2: that of the frame as a whole where nothing is local. */
export function meanDisplacement({ width, height, frames, rigid, local }: Shifts): Float32Array {
  if (!local) return rigid;
  const across = meanWeights(local.x, width), down = meanWeights(local.y, height);
  const mean = new Float32Array(2 * frames), columns = local.x.length, rows = local.y.length;
  for (let t = 0; t < frames; t++) {
    let dx = 0, dy = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const weight = down[row] * across[column], node = 2 * ((t * rows + row) * columns + column);
        dx += weight * local.values[node];
        dy += weight * local.values[node + 1];
      }
    }
    mean[2 * t] = dx;
    mean[2 * t + 1] = dy;
  }
  return mean;
}

/** Weight of each node in the mean over pixels along an axis. */
function meanWeights(nodes: Float32Array, length: number): Float64Array {
  const sums = new Float64Array(nodes.length);
  for (let place = 0; place < length; place++) {
    const spline = splineAt(nodes, place);
    spline.nodes.forEach((node, i) => sums[node] += spline.weights[i] / length);
  }
  return sums;
}
