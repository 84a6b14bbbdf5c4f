import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { VERSION } from "../core/version.ts";
import type { EditSession } from "../edit/session.ts";
import type { EditChange } from "../edit/options.ts";
import { isMeasured } from "../quality/accept.ts";
import { irregularSeconds } from "./seconds.ts";
import { CellMessages } from "./cells.ts";
import type { FrameSource } from "./frame_source.ts";
import { imageInfo, resultImages, type ShownImage } from "./images.ts";
import type { Inspector } from "./inspector.ts";
import type {
  CellMessage,
  EditedMessage,
  EditRequest,
  FrameKind,
  ImageInfo,
  InspectMessage,
  InspectRequest,
  SavedMessage,
  SessionMessage,
  TracesMessage,
} from "./messages.ts";
import { RequestError } from "./respond.ts";
import type { Saver } from "./saver.ts";
import { TraceDisplay } from "./traces.ts";
import type { TracesRequest, Viewed } from "./viewed.ts";

/** Parts a view of results is made of. */
export interface ResultsViewParts {
  /** Name of the results for people. */
  readonly name: string;
  /** The results and what is decided about them. */
  readonly edits: EditSession;
  /** Keeps the file up to date. */
  readonly saver: Saver;
  /** Frames, where there are any. */
  readonly frames: FrameSource;
  /** Judges cells by thresholds; throws `ParameterError` for thresholds that make no sense. */
  readonly judge: (extraction: Extraction, thresholds: Readonly<Record<string, number>>) => Extraction;
  /** Seeds by other parameters; absent without the movie. */
  readonly inspector?: Inspector;
  /** Parameters the inspector starts from. */
  readonly inspect: InspectRequest;
  /** The command of a run of this movie, without the inspector's parameters. */
  readonly command?: string;
  /** Why the movie is not there. */
  readonly movieProblem?: string;
}

/** Results that are looked at and decided about; everything is saved. */
export class ResultsView implements Viewed {
  readonly #messages = new CellMessages();
  readonly #images: readonly ShownImage[];
  readonly #infos: readonly ImageInfo[];
  readonly #seconds: readonly number[] | undefined;
  #cells: readonly CellMessage[] | undefined;
  #display: { readonly traces: Extraction["traces"]; readonly display: TraceDisplay } | undefined;

  constructor(private readonly parts: ResultsViewParts) {
    const { extraction } = parts.edits, { movie, frameRate } = extraction;
    this.#images = resultImages(extraction);
    this.#infos = this.#images.map(imageInfo);
    this.#seconds = irregularSeconds(movie, frameRate);
  }

  session(): SessionMessage {
    const { name, edits, saver, inspect, inspector, movieProblem, command } = this.parts, { extraction } = edits;
    const { movie: { frames }, footprints: { width, height }, frameRate, units, quality } = extraction;
    return {
      ...{ mode: "results", name, width, height, frames, frameRate },
      ...(this.#seconds ? { seconds: this.#seconds } : {}),
      ...{ units, images: this.#infos, hasMovie: inspector !== undefined },
      ...(movieProblem === undefined ? {} : { movieProblem }),
      ...(isMeasured(quality) ? { thresholds: quality?.thresholds ?? {} } : {}),
      ...(quality?.rule ? { rule: quality.rule } : {}),
      ...(command === undefined ? {} : { command }),
      ...{ inspect, edits: extraction.edits ?? [], undo: edits.undoable, redo: edits.redoable },
      ...saver.state,
      version: VERSION,
    };
  }

  cells(): readonly CellMessage[] {
    return this.#cells ??= this.#messages.of(this.parts.edits.extraction);
  }

  image(name: string): Float32Array {
    const image = [...this.#images, ...this.parts.inspector?.images() ?? []].find((one) => one.name === name);
    if (image) return image.pixels;
    throw new RequestError(404, "There is no such image");
  }

  traces({ cells, from, to, points }: TracesRequest): TracesMessage {
    const { extraction } = this.parts.edits, { movie: { frames }, traces } = extraction;
    if (this.#display?.traces !== traces) this.#display = { traces, display: new TraceDisplay(extraction) };
    const places = new Map(Array.from(cellNumbers(extraction), (number, index) => [number, index]));
    const end = Math.min(frames, to ?? frames), start = Math.min(from, end);
    return this.#display.display.of({
      cells: cells.map((number) => {
        const index = places.get(number);
        if (index === undefined) throw new RequestError(404, `There is no cell ${number}`);
        return { index, number };
      }),
      from: start,
      to: end,
      points,
    });
  }

  async frame(kind: FrameKind, at: number, signal: AbortSignal): Promise<Float32Array> {
    return await this.parts.frames.frame(kind, at, this.parts.edits.extraction, signal);
  }

  async edit(edit: EditRequest): Promise<EditedMessage> {
    return this.#edited(await this.parts.edits.apply(edit, new Date().toISOString()));
  }

  async step(direction: "undo" | "redo"): Promise<EditedMessage> {
    const change = await this.parts.edits[direction]();
    if (change) return this.#edited(change);
    throw new RequestError(409, `There is nothing to ${direction}`);
  }

  async judge(thresholds: Readonly<Record<string, number>>): Promise<EditedMessage> {
    const { edits, judge } = this.parts, named = Object.entries(thresholds).map(([name, value]) => `${name} ${value}`);
    const outcome = `Cells judged at ${named.join(", ")}`;
    const edited = this.#edited(await edits.update((extraction) => judge(extraction, thresholds), outcome));
    const cells = this.cells(), many = cells.filter(({ accepted }) => accepted !== false).length;
    return { ...edited, outcome: `${outcome}: ${many} of ${cells.length} accepted` };
  }

  async saved(): Promise<SavedMessage> {
    return await this.parts.saver.settled();
  }

  inspect(request: InspectRequest, signal: AbortSignal): AsyncIterable<InspectMessage> {
    if (this.parts.inspector) return this.parts.inspector.inspect(request, signal);
    throw new RequestError(409, this.parts.movieProblem ?? "The movie is not there");
  }

  async close(): Promise<string | undefined> {
    const { saver, inspector, frames } = this.parts;
    await inspector?.close();
    await frames.close();
    await saver.close();
    return saver.state.saveProblem;
  }

  #edited({ outcome, changed, removed }: EditChange): EditedMessage {
    const { edits, saver } = this.parts;
    saver.save(edits.extraction);
    this.#cells = undefined;
    const wanted = new Set(changed), cells = this.cells().filter(({ number }) => wanted.has(number));
    return { outcome, changed: cells, removed, session: this.session() };
  }
}
