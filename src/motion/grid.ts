import { type Spline, splineAt } from "../core/shifts.ts";

/** Nodes of a grid along one axis, from the first pixel to the last, and what lies between them. */
export interface Axis {
  /** Places of the nodes, pixels of the field. */
  readonly nodes: Float32Array;
  /** For each place of the finer grid: the nodes its value is made of. */
  readonly fine: readonly Spline[];
}

/**
 * Nodes at most `spacing` apart over an axis of `length` pixels, at least two; `finer` steps between neighbours on the
 * finer grid.
 */
export function axisOf(length: number, spacing: number, finer: number): Axis {
  const count = Math.max(2, Math.ceil((length - 1) / spacing) + 1), last = Math.max(length - 1, 1);
  return finerAxis(Float32Array.from({ length: count }, (_, i) => last * i / (count - 1)), finer);
}

/** An axis of given nodes, at least two and evenly spaced; `finer` steps between neighbours on the finer grid. */
export function finerAxis(nodes: Float32Array, finer: number): Axis {
  const last = nodes.length - 1, steps = last * finer, span = nodes[last] - nodes[0];
  const fine = Array.from({ length: steps + 1 }, (_, i) => splineAt(nodes, nodes[0] + span * i / steps));
  return { nodes, fine };
}

/** Share of each node (rows) in each of `places` (columns): a node's own value is 1 at itself. */
export function shares(nodes: Float32Array, places: ArrayLike<number>): Float64Array[] {
  const rows = Array.from(nodes, () => new Float64Array(places.length));
  for (let i = 0; i < places.length; i++) {
    const { nodes: used, weights } = splineAt(nodes, places[i]);
    used.forEach((node, k) => rows[node][i] += weights[k]);
  }
  return rows;
}

/**
 * Displacements of one frame on the finer grid.
 * @param values [rows][columns][2] of one frame from `from` on
 * @param into receives [fine rows][fine columns][2] from `to` on
 */
export function refine(x: Axis, y: Axis, values: Float32Array, from: number, into: Float32Array, to: number): void {
  const columns = x.nodes.length;
  for (const down of y.fine) {
    for (const across of x.fine) {
      let dx = 0, dy = 0;
      for (let j = 0; j < 4; j++) {
        const row = from + 2 * down.nodes[j] * columns;
        for (let i = 0; i < 4; i++) {
          const weight = down.weights[j] * across.weights[i];
          if (weight === 0) continue;
          const node = row + 2 * across.nodes[i];
          dx += weight * values[node];
          dy += weight * values[node + 1];
        }
      }
      into[to++] = dx;
      into[to++] = dy;
    }
  }
}
