/** Any array of numbers, of the library's or of ours. */
export type Numbers = { [index: number]: number | bigint; readonly length: number };

/** Where a block lies in an array: its first element and the step along each axis, in elements. */
export interface Placement {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Steps along each axis of an array of a shape whose last axis runs fastest. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** Copies a block of `counts` elements per axis from one array into another of the same type; whole runs at once where both have them. */
export function copyStrided<A extends Numbers>(
  from: A,
  source: Placement,
  to: A,
  target: Placement,
  counts: readonly number[],
): void {
  if (counts.some((count) => count <= 0)) return;
  // Axes that continue each other on both sides are one.
  const axes: [count: number, from: number, to: number][] = [];
  for (let axis = counts.length - 1; axis >= 0; axis--) {
    const last = axes.at(-1);
    if (counts[axis] === 1) continue;
    if (
      last && source.strides[axis] === last[0] * last[1] && target.strides[axis] === last[0] * last[2]
    ) last[0] *= counts[axis];
    else axes.push([counts[axis], source.strides[axis], target.strides[axis]]);
  }
  const [run = 1, fromStep = 1, toStep = 1] = axes[0] ?? [];
  const whole = fromStep === 1 && toStep === 1 && "set" in to && "subarray" in from;
  const copy = (axis: number, at: number, into: number): void => {
    if (axis > 0) {
      const [count, fromStride, toStride] = axes[axis];
      for (let i = 0; i < count; i++) copy(axis - 1, at + i * fromStride, into + i * toStride);
    } else if (whole) {
      (to as unknown as Uint8Array).set((from as unknown as Uint8Array).subarray(at, at + run), into);
    } else {
      for (let i = 0; i < run; i++) to[into + i * toStep] = from[at + i * fromStep];
    }
  };
  copy(Math.max(0, axes.length - 1), source.offset, target.offset);
}
