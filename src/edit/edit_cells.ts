import type { Edit, LoggedEdit } from "../core/edits.ts";
import type { Extraction } from "../core/extraction.ts";
import { addCell } from "./add_cell.ts";
import { applyChange, type CellChange } from "./cell_change.ts";
import { checkEdit } from "./check.ts";
import { deleteCells } from "./delete_cells.ts";
import { applyLabels, isLabelEdit, type LabelEdit } from "./labels.ts";
import { mergeListed } from "./merge_listed.ts";
import { splitCell } from "./split_cell.ts";
import type { EditedExtraction, EditOptions } from "./options.ts";

/**
 * Makes one edit: select, reject or restore cells (their labels only), merge, split, delete or add one, each of these followed by an update
 * of the cells concerned and of those that overlap them, from a window of the movie around them. Everything else stays the same to the last
 * bit, and the extraction given is not changed. The edit is appended to `edits`.
 *
 * Footprints and traces are updated by the stages of the extraction itself (spatial and temporal update, algorithm.md sections 5 and 6) with
 * its ring background, so that a cell that was right is given back nearly the same.
 *
 * Without the movie (`options.source`) labels work as ever, `delete` leaves the neighbours as they are, `merge` makes the cell from the stored
 * traces (best rank-1 approximation), and `split` and `add` are refused.
 * @throws ParameterError for an edit that these results do not allow: a cell that does not exist, nothing to add at a place, no two parts to split
 * @throws MovieError when the movie cannot be read
 * @example A cell is taken out, and its neighbours are read without it
 * ```ts
 * import { editCells, extract, openCompute, resolveParameters, simulate } from "../../mod.ts";
 * import assert from "node:assert/strict";
 *
 * const { source } = simulate({ width: 64, height: 64, frames: 300, cells: 6, seed: 3 });
 * const compute = await openCompute("cpu"), memoryBytes = 500e6;
 * const extraction = await extract(source, resolveParameters({ gSig: 3 }, source.header), { compute, memoryBytes });
 * const edit = { action: "delete", cells: [1] } as const;
 * const { extraction: edited, logged } = await editCells(extraction, edit, { source, compute, memoryBytes });
 * compute.destroy();
 * assert.equal(edited.footprints.count, extraction.footprints.count - 1);
 * assert.match(logged.outcome, /^Cell 1 deleted/);
 * ```
 */
export async function editCells(extraction: Extraction, edit: Edit, options: EditOptions): Promise<EditedExtraction> {
  const asked = checkEdit(extraction, edit);
  if (isLabelEdit(asked)) {
    const { quality, outcome } = applyLabels(extraction, asked);
    return withLog({ ...extraction, quality }, asked, { outcome, made: [], changed: [], refitted: false }, options);
  }
  const change = await changeOf(extraction, asked, options), { outcome, made, refitted } = change;
  options.signal?.throwIfAborted();
  const edited = await applyChange(extraction, change, options.measure);
  const changed = change.cells.map(({ number }) => number).sort((a, b) => a - b);
  return withLog(edited, asked, { outcome, made, changed, refitted }, options);
}

async function changeOf(
  extraction: Extraction,
  edit: Exclude<Edit, LabelEdit>,
  options: EditOptions,
): Promise<CellChange> {
  switch (edit.action) {
    case "delete":
      return await deleteCells(extraction, edit.cells, options);
    case "merge":
      return await mergeListed(extraction, edit.cells, options);
    case "add":
      return await addCell(extraction, edit, options);
    case "split":
      return await splitCell(extraction, edit.cell, options);
  }
}

function withLog(
  extraction: Extraction,
  edit: Edit,
  outcome: Omit<LoggedEdit, "edit" | "time">,
  { time }: EditOptions,
): EditedExtraction {
  const logged: LoggedEdit = { edit, ...outcome, ...(time === undefined ? {} : { time }) };
  return { extraction: { ...extraction, edits: [...extraction.edits ?? [], logged] }, logged };
}
