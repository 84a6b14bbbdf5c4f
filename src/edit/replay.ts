import type { LoggedEdit } from "../core/edits.ts";
import { MovieError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { editCells } from "./edit_cells.ts";
import type { EditOptions } from "./options.ts";

/**
 * Makes logged edits once more, in order. On the results they were made on, with the same movie and backend, they give the same results to
 * the last bit: what was updated from the movie is again, what was not is not.
 * @throws MovieError when an edit needs the movie and it is not given
 * @throws ParameterError when an edit is not possible on these results
 */
export async function replayEdits(
  extraction: Extraction,
  edits: readonly LoggedEdit[],
  options: Omit<EditOptions, "time">,
): Promise<Extraction> {
  let current = extraction;
  for (const { edit, refitted, time } of edits) {
    if (refitted && !options.source) {
      throw new MovieError("The log has edits that were made with the movie: it is needed to make them once more");
    }
    const { source, ...others } = options;
    const given = { ...others, ...(refitted && source ? { source } : {}), ...(time === undefined ? {} : { time }) };
    current = (await editCells(current, edit, given)).extraction;
  }
  return current;
}
