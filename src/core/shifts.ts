/**
 * Where the tissue lies in each frame of a moving movie. A displacement (x, y) says that what lies at a place p of the
 * template lies at p + (x, y) in the frame, pixels, x to the right and y down. Correcting a frame takes every pixel p
 * from p + displacement.
 */
export interface Shifts {
  /** Pixels per row of the movie. */
  readonly width: number;
  /** Rows of the movie. */
  readonly height: number;
  /** Frames. */
  readonly frames: number;
  /** Displacement of each frame as a whole: T×2, (x, y) frame by frame. */
  readonly rigid: Float32Array;
  /** Displacements at the nodes of a grid, for motion that is not the same everywhere. */
  readonly local?: LocalShifts;
}

/**
 * Displacements at the nodes of a grid over the field. They are whole displacements, not differences from the rigid
 * ones.
 */
export interface LocalShifts {
  /** x of the nodes' columns, ascending, pixels. */
  readonly x: Float32Array;
  /** y of the nodes' rows, ascending, pixels. */
  readonly y: Float32Array;
  /** T×rows×columns×2: (x, y) node by node, frame by frame. */
  readonly values: Float32Array;
  /** Centres of the patches the displacements were measured in, where they were measured; nodes lie elsewhere. */
  readonly patches?: { readonly x: Float32Array; readonly y: Float32Array };
}

/** Weights of the four nodes around a place along one axis. */
export interface Spline {
  /** Indices of the nodes; one may come twice. */
  readonly nodes: readonly [number, number, number, number];
  /** Weights of these nodes; they add up to 1. */
  readonly weights: readonly [number, number, number, number];
}

/**
 * Cubic interpolation (Keys 1981, a = −1/2, which is Catmull–Rom) between nodes that may lie unevenly; beyond the
 * outermost nodes the displacement stays what it is there, and there the slope is taken from one side.
 */
export function splineAt(nodes: Float32Array, place: number): Spline {
  const last = nodes.length - 1;
  if (last === 0 || place <= nodes[0]) return { nodes: [0, 0, 0, 0], weights: [0, 1, 0, 0] };
  if (place >= nodes[last]) return { nodes: [last, last, last, last], weights: [0, 1, 0, 0] };
  let i = 0;
  while (i < last - 1 && nodes[i + 1] <= place) i++;
  const span = nodes[i + 1] - nodes[i], u = (place - nodes[i]) / span, u2 = u * u, u3 = u2 * u;
  const before = Math.max(i - 1, 0), after = Math.min(i + 2, last);
  // Hermite form: slopes are central differences over the neighbouring nodes.
  const slopeFirst = (u3 - 2 * u2 + u) * span / (nodes[i + 1] - nodes[before]);
  const slopeSecond = (u3 - u2) * span / (nodes[after] - nodes[i]);
  return {
    nodes: [before, i, i + 1, after],
    weights: [-slopeFirst, 2 * u3 - 3 * u2 + 1 - slopeSecond, -2 * u3 + 3 * u2 + slopeFirst, slopeSecond],
  };
}

/** Displacement (x, y) at a place of the template in one frame, pixels. */
export function displacementAt(shifts: Shifts, frame: number, x: number, y: number): [number, number] {
  const { local, rigid } = shifts;
  if (!local) return [rigid[2 * frame], rigid[2 * frame + 1]];
  const across = splineAt(local.x, x), down = splineAt(local.y, y), columns = local.x.length;
  const first = frame * local.y.length * columns;
  let dx = 0, dy = 0;
  for (let j = 0; j < 4; j++) {
    for (let i = 0; i < 4; i++) {
      const weight = down.weights[j] * across.weights[i];
      if (weight === 0) continue;
      const node = 2 * (first + down.nodes[j] * columns + across.nodes[i]);
      dx += weight * local.values[node];
      dy += weight * local.values[node + 1];
    }
  }
  return [dx, dy];
}
