/// <reference lib="dom" />
/** The state of the page, in one place. What changes it is in `actions.ts`. */
import type { CellMessage, FrameKind, ImageInfo, InspectRequest, SessionMessage } from "../messages.ts";
import type { Seed } from "../../core/extraction.ts";
import type { Shown, Sorting } from "./cell_order.ts";
import { listed, measureNames } from "./cell_order.ts";
import { Store } from "./store.ts";

/** What can be shown under the contours: an image by its name, or frames of a kind. */
export type Layer = { readonly image: string } | { readonly frame: FrameKind };

/** What the sidebar shows. */
export type Tab = "cells" | "rule" | "inspect" | "edits";

/** Values shown darkest and brightest. */
export interface Contrast {
  readonly low: number;
  readonly high: number;
}

/** The inspector: parameters, how far it is, and what it found. */
export interface Inspection {
  readonly request: InspectRequest;
  /** How far the images are; undefined when nothing is being made. */
  readonly progress?: { readonly fraction: number; readonly stage: string };
  /** Seeds that were found, and the parameters they were found by. */
  readonly seeds?: readonly Seed[];
  readonly foundBy?: InspectRequest;
  /** The images of the last gSig and gSiz. */
  readonly images: readonly ImageInfo[];
  readonly error?: string;
  /** Whether pixels below the thresholds are dimmed. */
  readonly dims: boolean;
}

/** Everything the page knows. */
export interface State {
  readonly session: SessionMessage;
  readonly cells: readonly CellMessage[];
  /** Cells the list has, in its order. */
  readonly list: readonly CellMessage[];
  /** Measures there are. */
  readonly measures: readonly string[];
  readonly shown: Shown;
  readonly search: string;
  readonly sorting: Sorting;
  /** Numbers of the selected cells in the order they were selected; the last one is the current one. */
  readonly selected: readonly number[];
  /** The cell under the pointer. */
  readonly hovered?: number;
  readonly layer: Layer;
  /** What the layer shows now; undefined until it is there. */
  readonly picture?: Picture;
  /** Contrasts a person chose, by `layerKey`. */
  readonly contrasts: Readonly<Record<string, Contrast>>;
  readonly map: string;
  /** What colours the contours: `state`, `number`, or a measure. */
  readonly colourBy: string;
  /** How contours of rejected cells look. */
  readonly rejected: "dashed" | "hidden";
  readonly contours: boolean;
  readonly frame: number;
  readonly isPlaying: boolean;
  readonly speed: number;
  /** Frames the traces show. */
  readonly range: { readonly from: number; readonly to: number };
  /** Whether all traces share one scale. */
  readonly isOneScale: boolean;
  readonly kinds: { readonly raw: boolean; readonly denoised: boolean; readonly spikes: boolean };
  readonly tab: Tab;
  readonly isHelpOpen: boolean;
  readonly theme: "auto" | "light" | "dark";
  /** Whether the page is dark now. */
  readonly isDark: boolean;
  /** Whether the next click on the image adds a cell. */
  readonly isAdding: boolean;
  readonly saving: "saved" | "saving" | "failed";
  /** The last thing that happened, in one sentence. */
  readonly outcome: string;
  readonly problem: string;
  /** Something to know for as long as the page is open. */
  readonly note: string;
  readonly inspection: Inspection;
}

/** An image or a frame as it came. */
export interface Picture {
  readonly key: string;
  readonly values: Float32Array;
  /** Contrast that suits it. */
  readonly contrast: Contrast;
  readonly info: ImageInfo;
  /** Which frame it is, of frames. */
  readonly frame?: number;
}

/** A name for a layer under which contrasts are kept. */
export function layerKey(layer: Layer): string {
  return "image" in layer ? `image ${layer.image}` : `frame ${layer.frame}`;
}

/** The page's state. */
export type App = Store<State>;

/** The state a page starts with. */
export function startApp(session: SessionMessage, cells: readonly CellMessage[], theme: State["theme"]): App {
  const shown: Shown = "all", sorting: Sorting = { by: "number", descending: false };
  const first = ["correlation", "max", "mean"].find((name) => session.images.some((image) => image.name === name)) ??
    session.images[0]?.name;
  const measures = measureNames(cells), isJudged = cells.some(({ accepted }) => accepted !== undefined);
  return new Store<State>({
    session,
    cells,
    list: listed(cells, shown, "", sorting),
    measures,
    shown,
    search: "",
    sorting,
    selected: [],
    layer: first === undefined ? { frame: "movie" } : { image: first },
    contrasts: {},
    map: "grey",
    colourBy: isJudged ? "state" : "number",
    rejected: "dashed",
    contours: true,
    frame: 0,
    isPlaying: false,
    speed: 1,
    range: { from: 0, to: session.frames },
    isOneScale: false,
    kinds: { raw: true, denoised: true, spikes: true },
    tab: session.mode === "movie" ? "inspect" : "cells",
    isHelpOpen: false,
    theme,
    isDark: false,
    isAdding: false,
    saving: session.saved ? "saved" : "failed",
    outcome: "",
    problem: session.saved ? "" : session.saveProblem ?? "",
    note: [
      session.movieProblem && `Without the movie: ${session.movieProblem}`,
      session.saved ? session.saveProblem : "",
    ]
      .filter((part) => part).join(" · "),
    inspection: { request: session.inspect, images: [], dims: true },
  });
}

/** Every image there is: the session's and the inspector's. */
export function imagesOf({ session, inspection }: Pick<State, "session" | "inspection">): readonly ImageInfo[] {
  return [...session.images, ...inspection.images];
}

/** The selected cell that keys act on first. */
export function currentCell({ selected, cells }: Pick<State, "selected" | "cells">): CellMessage | undefined {
  const number = selected.at(-1);
  return number === undefined ? undefined : cells.find((cell) => cell.number === number);
}

/** Seconds of a frame since the first. */
export function secondsOf({ seconds, frameRate, frames }: SessionMessage, frame: number): number {
  if (!seconds || seconds.length === 0) return frame / frameRate;
  const whole = Math.min(frames - 1, Math.max(0, Math.floor(frame)));
  const next = Math.min(frames - 1, whole + 1), rest = frame - whole;
  const step = next > whole ? seconds[next] - seconds[whole] : 1 / frameRate;
  return seconds[whole] + rest * step;
}

/** The frame at a time, fractions included: the inverse of `secondsOf`. */
export function frameAt(session: SessionMessage, time: number): number {
  const { seconds, frameRate, frames } = session;
  if (!seconds || seconds.length === 0) return time * frameRate;
  let low = 0, high = frames - 1;
  while (high - low > 1) {
    const middle = low + high >> 1;
    if (seconds[middle] <= time) low = middle;
    else high = middle;
  }
  const step = high > low ? seconds[high] - seconds[low] : 1 / frameRate;
  return low + (time - seconds[low]) / (step > 0 ? step : 1 / frameRate);
}

/** A time for people: seconds, or minutes and seconds in long recordings. */
export function showTime(time: number, isLong: boolean, digits = 1): string {
  if (!isLong) return `${time.toFixed(digits)} s`;
  const sign = time < 0 ? "−" : "", whole = Math.abs(time), minutes = Math.floor(whole / 60);
  const rest = (whole - 60 * minutes).toFixed(digits);
  return `${sign}${minutes}:${rest.padStart(digits > 0 ? 3 + digits : 2, "0")}`;
}
