import type { Edit, LoggedEdit } from "../core/edits.ts";
import type { Seed } from "../core/extraction.ts";

/**
 * What the viewer's server and its page say to each other. Everything is under the server's own origin and needs its token.
 *
 * | request | answer |
 * |---|---|
 * | `GET /api/session` | `SessionMessage` |
 * | `GET /api/cells` | `CellMessage[]` |
 * | `GET /api/image/NAME` | float32, little endian, row-major height×width |
 * | `GET /api/traces?cells=3,7&from=0&to=1000&points=1000` | `TracesMessage` |
 * | `GET /api/frame?kind=KIND&at=N` | float32 as an image; frames are of `FrameKind`. 409 when newer frames took its turn: not worth telling |
 * | `POST /api/edit` (`Edit`) | `EditedMessage` |
 * | `POST /api/undo`, `POST /api/redo` (`{}`) | `EditedMessage` |
 * | `POST /api/thresholds` (`Record<string, number>` of quality parameters) | `EditedMessage` |
 * | `GET /api/saved` | `SavedMessage`, once nothing is left to be saved, or saving failed |
 * | `POST /api/inspect` (`InspectRequest`) | lines of JSON, `InspectMessage` each, the last one with `seeds` or `error` |
 *
 * A refusal is a status of 400 and more with `ErrorMessage`. Every POST is `application/json`.
 */
export interface SessionMessage {
  /** What is open: results, or only a movie. */
  readonly mode: "results" | "movie";
  /** Its name for people. */
  readonly name: string;
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames. */
  readonly frames: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Seconds of the frames since the first, where the movie has irregular timestamps. */
  readonly seconds?: readonly number[];
  /** Units of the traces; absent without results. */
  readonly units?: string;
  /** Images there are, in the order to offer them. */
  readonly images: readonly ImageInfo[];
  /** Whether frames can be shown, cells be added, merged and split with refitting, and parameters inspected. */
  readonly hasMovie: boolean;
  /** Why not, and what would be right; absent when they can. */
  readonly movieProblem?: string;
  /** Thresholds of the rule that accepts cells, when they are known. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** The rule in words. */
  readonly rule?: string;
  /** Parameters the inspector starts from. */
  readonly inspect: InspectRequest;
  /** The command of a run of this movie, without the inspector's parameters; absent where it is not known. */
  readonly command?: string;
  /** Edits that were made, those of earlier sessions included. */
  readonly edits: readonly LoggedEdit[];
  /** How many of them can be undone, and redone. */
  readonly undo: number;
  readonly redo: number;
  /** Whether the results file holds everything that was decided; `GET /api/saved` waits for it. */
  readonly saved: boolean;
  /** Why saving failed, or went elsewhere, and what would be right; absent when all is well. */
  readonly saveProblem?: string;
  /** Version of annulus. */
  readonly version: string;
}

/** An image that can be shown. */
export interface ImageInfo {
  /** Its name in requests. */
  readonly name: string;
  /** Its title. */
  readonly title: string;
  /** Unit of its values; empty for pure numbers. */
  readonly unit: string;
  /** Values that make a good contrast. */
  readonly low: number;
  readonly high: number;
}

/** A cell. */
export interface CellMessage {
  /** Its number, by which edits name it. */
  readonly number: number;
  /** Its name in tables, such as C007. */
  readonly name: string;
  /** Centre of mass, pixels; the centre of the top left pixel is (0, 0). */
  readonly x: number;
  readonly y: number;
  /** Lines around the footprint, each a list x, y, x, y, … in the same coordinates, closed. */
  readonly contour: readonly (readonly number[])[];
  /** Whether it is accepted; absent when nobody has judged it. */
  readonly accepted?: boolean;
  /** Whether a person decided. */
  readonly decided?: boolean;
  /** Why, in words. */
  readonly reason?: string;
  /** Its measures by their names in tables (`QUALITY_MEASURES`); null where a cell allows no answer. */
  readonly quality: Readonly<Record<string, number | null>>;
}

/** Traces of some cells over some frames, decimated for display. */
export interface TracesMessage {
  /** First frame. */
  readonly from: number;
  /** One past the last one. */
  readonly to: number;
  /** Frame of each column. Columns hold the least and the largest value of the frames up to the next one. */
  readonly frames: readonly number[];
  /** Cells in the order asked for. */
  readonly cells: readonly {
    readonly number: number;
    readonly raw: Envelope;
    readonly denoised: Envelope;
    /** Sum of the deconvolved activity of each column. */
    readonly spikes: readonly number[];
  }[];
}

/** Least and largest values of each column; null where the column holds no numbers. */
export interface Envelope {
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** What a frame shows. */
export type FrameKind = "movie" | "cells" | "background" | "residual" | "background-subtracted";

/** Whether everything is saved. */
export type SavedMessage = Pick<SessionMessage, "saved" | "saveProblem">;

/** What came of an edit, an undo, or new thresholds. The results file is saved a moment later (see `SessionMessage.saved`). */
export interface EditedMessage {
  /** One sentence. */
  readonly outcome: string;
  /** Cells that were made or changed, with their new state. */
  readonly changed: readonly CellMessage[];
  /** Numbers of the cells that are no more. */
  readonly removed: readonly number[];
  /** The session afterwards. */
  readonly session: SessionMessage;
}

/** Parameters of the initialiser. */
export interface InspectRequest {
  readonly gSig: number;
  readonly gSiz: number;
  readonly min_corr: number;
  readonly min_pnr: number;
}

/** A line of the inspector's answer. */
export interface InspectMessage {
  /** How far the images are, 0–1, while they are made. */
  readonly fraction?: number;
  readonly stage?: string;
  /** The initialiser's candidate seeds, strongest first. */
  readonly seeds?: readonly Seed[];
  /** The images they were found on, under names of their own beside the session's: `GET /api/image/NAME` gives those of the last seeds. */
  readonly images?: readonly ImageInfo[];
  /** Why it failed. */
  readonly error?: string;
}

/** Why a request was refused, one sentence. */
export interface ErrorMessage {
  readonly error: string;
}

/** A change to the results, as the page asks for it. */
export type EditRequest = Edit;
