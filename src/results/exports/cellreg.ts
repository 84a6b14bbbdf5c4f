import type { Extraction } from "../../core/extraction.ts";
import type { Footprints } from "../../core/footprints.ts";
import { partAdvice } from "./part_advice.ts";
import type { ExportFormat } from "./export_format.ts";
import { writeMatlabFile } from "./matlab.ts";

/** Level of the compression: footprints are nearly all zeros. */
const GZIP = 4;

/**
 * What CellReg follows cells across sessions with (github.com/zivlab/CellReg, `load_multiple_sessions.m`): a MATLAB file whose first variable is an
 * array of cells × rows × columns. CellReg takes the first variable whatever its name, so there is no other.
 */
export const cellreg: ExportFormat = {
  name: "cellreg",
  title: "MATLAB 7.3 file of footprints, cells × rows × columns, for CellReg",
  output: "cellreg_footprints.mat",
  isFolder: false,
  advice: partAdvice,
  async write(path: string, { footprints }: Extraction): Promise<void> {
    const { width, height, count } = footprints;
    const { columnStarts, entries, cells } = entriesByColumn(footprints);
    await writeMatlabFile(path, (file) => {
      // MATLAB's last axis is the columns of the field, its first one the cells.
      file.blocks("/footprints", [count, height, width], (start, block) => {
        const columns = Math.min(width - start, block.length / (height * count));
        for (let x = start; x < start + columns; x++) {
          for (let i = columnStarts[x]; i < columnStarts[x + 1]; i++) {
            const entry = entries[i], y = Math.floor(footprints.pixels[entry] / width);
            block[((x - start) * height + y) * count + cells[i]] = footprints.values[entry];
          }
        }
      }, GZIP);
    });
  },
};

/** The entries of the footprints by the column of the field they lie in. */
interface ByColumn {
  /** Where the entries of each column begin in the two below; one more than there are columns. */
  readonly columnStarts: Uint32Array;
  /** Number of each entry among those of the footprints. */
  readonly entries: Uint32Array;
  /** The cell it belongs to. */
  readonly cells: Uint32Array;
}

function entriesByColumn({ width, count, starts, pixels }: Footprints): ByColumn {
  const columnStarts = new Uint32Array(width + 1);
  for (const pixel of pixels) columnStarts[pixel % width + 1]++;
  for (let x = 0; x < width; x++) columnStarts[x + 1] += columnStarts[x];
  const next = columnStarts.slice(), entries = new Uint32Array(pixels.length), cells = new Uint32Array(pixels.length);
  for (let k = 0; k < count; k++) {
    for (let i = starts[k]; i < starts[k + 1]; i++) {
      const at = next[pixels[i] % width]++;
      entries[at] = i;
      cells[at] = k;
    }
  }
  return { columnStarts, entries, cells };
}
