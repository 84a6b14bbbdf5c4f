import type { CellQuality } from "../core/quality.ts";
import type { Extraction } from "../core/extraction.ts";
import type { LoggedEdit } from "../core/edits.ts";
import type { MovieSource } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";

/** What edits work with. */
export interface EditOptions {
  /** The device that updates cells. */
  readonly compute: Compute;
  /**
   * Memory there is, bytes. An update works on a window of the field in chunks of a fixed size, so that it rounds alike whatever this is; around
   * a few cells it needs some 250 MB, whatever the movie's length but for the traces.
   */
  readonly memoryBytes: number;
  /**
   * The movie the results came from, prepared as it was for them. Without it cells can be selected, rejected, restored, deleted (their
   * neighbours then stay as they are) and merged (from their stored traces); splitting and adding need it.
   */
  readonly source?: MovieSource;
  /**
   * Measures the quality of cells that an edit made or changed, given the results after it and their numbers. Only the values of these cells are
   * taken. What it does not measure is unknown (NaN) of cells that were made, and stays as it was of neighbours that were updated.
   */
  readonly measure?: (extraction: Extraction, changed: readonly number[]) => CellQuality | Promise<CellQuality>;
  /** When the edit is made, ISO 8601, for the log. Default: the log does not say. */
  readonly time?: string;
  /** Ends an update early; nothing is changed then. */
  readonly signal?: AbortSignal;
}

/** Results after an edit. */
export interface EditedExtraction {
  /** The results with the edit made and logged; untouched cells are the same to the last bit. */
  readonly extraction: Extraction;
  /** What the log says of the edit. */
  readonly logged: LoggedEdit;
}

/** What an edit, an undo or a redo did to the cells. */
export interface EditChange {
  /** One sentence for people. */
  readonly outcome: string;
  /** Numbers of the cells that were made or are other than before, labels included. */
  readonly changed: readonly number[];
  /** Numbers of the cells that are no more. */
  readonly removed: readonly number[];
}
