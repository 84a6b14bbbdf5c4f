import type { SimilarPair } from "./similarity.ts";

/**
 * One-to-one matching with the greatest total cosine among the given pairs; cells may stay unmatched. Ordered by `a`.
 * The pairs fall into islands that share no cell (neighbourhoods of overlapping cells), and each island is solved by the Hungarian
 * algorithm in O(n³) of its own size, so that hundreds of cells take no longer than their neighbourhoods do.
 */
export function optimalMatching(pairs: readonly SimilarPair[]): SimilarPair[] {
  return islands(pairs).flatMap(matchIsland).sort((p, q) => p.a - q.a);
}

/** Groups pairs that are connected through shared cells. */
function islands(pairs: readonly SimilarPair[]): SimilarPair[][] {
  const parents = new Map<string, string>();
  const root = (node: string): string => {
    let top = node;
    while (parents.get(top)! !== top) top = parents.get(top)!;
    // Flatten the path, so that later searches are short.
    for (let at = node; at !== top;) {
      const up = parents.get(at)!;
      parents.set(at, top);
      at = up;
    }
    return top;
  };
  for (const { a, b } of pairs) {
    for (const node of [`a${a}`, `b${b}`]) if (!parents.has(node)) parents.set(node, node);
    parents.set(root(`a${a}`), root(`b${b}`));
  }
  const groups = new Map<string, SimilarPair[]>();
  for (const pair of pairs) {
    const key = root(`a${pair.a}`);
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()];
}

function matchIsland(pairs: SimilarPair[]): SimilarPair[] {
  const rows = [...new Set(pairs.map(({ a }) => a))], columns = [...new Set(pairs.map(({ b }) => b))];
  // The algorithm assigns every row, so rows must not outnumber columns; a row that is better off alone gets a pair of cosine 0.
  const size = Math.max(rows.length, columns.length);
  const table: (SimilarPair | undefined)[][] = rows.map(() => new Array(size).fill(undefined));
  const rowOf = new Map(rows.map((a, i) => [a, i])), columnOf = new Map(columns.map((b, i) => [b, i]));
  for (const pair of pairs) table[rowOf.get(pair.a)!][columnOf.get(pair.b)!] = pair;
  const costs = table.map((row) => row.map((pair) => -(pair?.cosine ?? 0)));
  return hungarian(costs).map((column, row) => table[row][column]).filter((pair) => pair !== undefined);
}

/**
 * Minimum-cost assignment of every row to a column of its own, for at most as many rows as columns: the Hungarian algorithm by
 * shortest augmenting paths with potentials (Jonker & Volgenant, Computing 38:325, 1987). Returns each row's column.
 */
export function hungarian(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length, columns = rows > 0 ? costs[0].length : 0;
  if (rows > columns) throw new RangeError(`${rows} rows cannot each have one of ${columns} columns`);
  const FREE = -1;
  const rowPotential = new Float64Array(rows), columnPotential = new Float64Array(columns);
  const rowOfColumn = new Int32Array(columns).fill(FREE);
  for (let start = 0; start < rows; start++) {
    // Dijkstra over columns from the new row, along reduced costs.
    const distance = new Float64Array(columns).fill(Infinity);
    const before = new Int32Array(columns).fill(FREE);
    const done = new Uint8Array(columns);
    let row = start, column = FREE, reached = 0;
    const path: number[] = [];
    while (row !== FREE) {
      const from = column;
      let nearest = FREE;
      for (let j = 0; j < columns; j++) {
        if (done[j]) continue;
        const through = reached + costs[row][j] - rowPotential[row] - columnPotential[j];
        if (through < distance[j]) {
          distance[j] = through;
          before[j] = from;
        }
        if (nearest === FREE || distance[j] < distance[nearest]) nearest = j;
      }
      column = nearest;
      reached = distance[column];
      done[column] = 1;
      path.push(column);
      row = rowOfColumn[column];
    }
    // Lower the potentials along the tree so that reduced costs stay ≥ 0, then turn the path round.
    rowPotential[start] += reached;
    for (const j of path.slice(0, -1)) {
      rowPotential[rowOfColumn[j]] += reached - distance[j];
      columnPotential[j] -= reached - distance[j];
    }
    while (column !== FREE) {
      const previous = before[column];
      rowOfColumn[column] = previous === FREE ? start : rowOfColumn[previous];
      column = previous;
    }
  }
  const columnOfRow: number[] = new Array(rows);
  rowOfColumn.forEach((row, column) => {
    if (row !== FREE) columnOfRow[row] = column;
  });
  return columnOfRow;
}
