import type { Edit } from "../core/edits.ts";
import type { Extraction } from "../core/extraction.ts";
import { editCells } from "./edit_cells.ts";
import type { EditChange, EditOptions } from "./options.ts";
import { differences, rememberRows, restoreRows, type StoredState } from "./stored_state.ts";

/** One step that can be undone or redone. */
interface Step {
  /** What it did, one sentence. */
  readonly outcome: string;
  /** The results on the other side of it. */
  readonly other: StoredState;
}

/**
 * Edits with undo and redo. Calls are carried out one after the other, in the order they come. What is kept for undoing are the rows of the
 * cells that an edit changed, so that hundreds of steps take little memory; an undo is immediate and exact.
 */
export class EditSession {
  readonly #options: Omit<EditOptions, "time">;
  #extraction: Extraction;
  #undo: Step[] = [];
  #redo: Step[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Begins with results as they are.
   * @param extraction the results; they are not changed, `extraction` of the session is what they become
   * @param options what edits work with
   */
  constructor(extraction: Extraction, options: Omit<EditOptions, "time">) {
    this.#options = options;
    this.#extraction = extraction;
  }

  /** The results as they are now. */
  get extraction(): Extraction {
    return this.#extraction;
  }

  /** Edits that can be undone: those of this session. */
  get undoable(): number {
    return this.#undo.length;
  }

  /** Edits that can be redone. */
  get redoable(): number {
    return this.#redo.length;
  }

  /**
   * Makes an edit. When it cannot be made, nothing changes.
   * @param time when, ISO 8601, for the log
   * @throws ParameterError, MovieError as `editCells`
   */
  apply(edit: Edit, time?: string): Promise<EditChange> {
    return this.#inTurn(async () => {
      const before = this.#extraction;
      const { extraction, logged } = await editCells(before, edit, { ...this.#options, ...(time ? { time } : {}) });
      this.#undo.push({ outcome: logged.outcome, other: rememberRows(before, extraction) });
      this.#redo = [];
      return this.#become(extraction, logged.outcome);
    });
  }

  /** Takes the last edit back; undefined when there is none. */
  undo(): Promise<EditChange | undefined> {
    return this.#inTurn(() => this.#step(this.#undo, this.#redo, "Undone"));
  }

  /** Makes the edit again that was undone last; undefined when there is none. */
  redo(): Promise<EditChange | undefined> {
    return this.#inTurn(() => this.#step(this.#redo, this.#undo, "Done again"));
  }

  /**
   * Replaces the results by others with the same cells, such as with the labels of other thresholds: a step that can be undone, but is no
   * edit of the log.
   * @param outcome what it did, one sentence
   */
  update(change: (extraction: Extraction) => Extraction | Promise<Extraction>, outcome: string): Promise<EditChange> {
    return this.#inTurn(async () => {
      const before = this.#extraction, extraction = await change(before);
      this.#undo.push({ outcome, other: rememberRows(before, extraction) });
      this.#redo = [];
      return this.#become(extraction, outcome);
    });
  }

  #step(from: Step[], to: Step[], word: string): EditChange | undefined {
    const step = from.pop();
    if (!step) return undefined;
    const before = this.#extraction, extraction = restoreRows(before, step.other);
    to.push({ outcome: step.outcome, other: rememberRows(before, extraction) });
    return this.#become(extraction, `${word}: ${step.outcome.charAt(0).toLowerCase()}${step.outcome.slice(1)}`);
  }

  #become(extraction: Extraction, outcome: string): EditChange {
    const before = this.#extraction;
    this.#extraction = extraction;
    return { outcome, ...differences(before, extraction) };
  }

  #inTurn<R>(work: () => R | Promise<R>): Promise<R> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
