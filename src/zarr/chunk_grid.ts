/** Number of elements of a shape; 1 for no axes. */
export function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** Chunks of as many whole rows of the first axis as fit in so many bytes. */
export function chunksOfRows(shape: readonly number[], elementBytes: number, bytes: number): number[] {
  if (shape.length === 0) return [];
  const row = product(shape.slice(1)) * elementBytes;
  const count = Math.max(1, Math.min(shape[0], Math.floor(bytes / Math.max(1, row))));
  return [count, ...shape.slice(1).map((size) => Math.max(1, size))];
}

/** Every chunk's place in the grid of chunks, last axis fastest; one of no axes for a single number. */
export function* chunkIndices(shape: readonly number[], chunks: readonly number[]): Generator<number[]> {
  const grid = shape.map((size, axis) => Math.ceil(size / chunks[axis]));
  const count = product(grid);
  for (let n = 0; n < count; n++) {
    const index = new Array<number>(grid.length);
    for (let axis = grid.length - 1, rest = n; axis >= 0; axis--) {
      index[axis] = rest % grid[axis];
      rest = Math.floor(rest / grid[axis]);
    }
    yield index;
  }
}
