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
    const { width, height, count } = footprints, byColumn = entriesByColumn(footprints);
    await writeMatlabFile(path, (file) => {
      // MATLAB's last axis is the columns of the field, its first one the cells.
      file.blocks("/footprints", [count, height, width], (start, block) => {
        const columns = Math.min(width - start, block.length / (height * count));
        for (let x = start; x < start + columns; x++) {
          for (const { k, y, value } of byColumn(x)) block[((x - start) * height + y) * count + k] = value;
        }
      }, GZIP);
    });
  },
};

/** One pixel of one cell's footprint. */
interface Entry {
  readonly k: number;
  readonly y: number;
  readonly value: number;
}

/** All entries of the footprints in a column of the field. */
function entriesByColumn({ width, count, starts, pixels, values }: Footprints): (x: number) => Entry[] {
  const columns: Entry[][] = Array.from({ length: width }, () => []);
  for (let k = 0; k < count; k++) {
    for (let i = starts[k]; i < starts[k + 1]; i++) {
      columns[pixels[i] % width].push({ k, y: Math.floor(pixels[i] / width), value: values[i] });
    }
  }
  return (x) => columns[x];
}
