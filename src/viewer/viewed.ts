import type {
  CellMessage,
  EditedMessage,
  EditRequest,
  FrameKind,
  InspectMessage,
  InspectRequest,
  SavedMessage,
  SessionMessage,
  TracesMessage,
} from "./messages.ts";

/** Cells whose traces may be asked for at once. */
export const TRACE_CELLS = 500;
/** Columns that traces may have. */
export const TRACE_POINTS = 8000;

/** What traces are asked for. */
export interface TracesRequest {
  /** Cells by number. */
  readonly cells: readonly number[];
  /** First frame. */
  readonly from: number;
  /** One past the last one; default the end. */
  readonly to?: number;
  /** Most columns. */
  readonly points: number;
}

/** What a viewer shows and changes, as its page asks for it. Every method throws with one sentence for what cannot be. */
export interface Viewed {
  /** The session as it is now. */
  session(): SessionMessage;
  /** Every cell. */
  cells(): readonly CellMessage[];
  /** An image, row-major height×width. */
  image(name: string): Float32Array;
  /** Traces for display. */
  traces(request: TracesRequest): TracesMessage;
  /** A frame, row-major height×width. */
  frame(kind: FrameKind, at: number, signal: AbortSignal): Promise<Float32Array>;
  /** Makes an edit. */
  edit(edit: EditRequest): Promise<EditedMessage>;
  /** Takes the last edit back, or makes it again. */
  step(direction: "undo" | "redo"): Promise<EditedMessage>;
  /** Judges the cells by other thresholds. */
  judge(thresholds: Readonly<Record<string, number>>): Promise<EditedMessage>;
  /** Resolves when nothing is left to be saved, or saving failed. */
  saved(): Promise<SavedMessage>;
  /** Candidate seeds by some parameters. */
  inspect(request: InspectRequest, signal: AbortSignal): AsyncIterable<InspectMessage>;
  /** Saves and closes everything; resolves to what the user is to know of it. Rejects with a `ResultsError` when something could not be saved. */
  close(): Promise<string | undefined>;
}
