import { type MovieSource, sampleArray } from "../core/movie.ts";
import { VERSION } from "../core/version.ts";
import type { FrameSource } from "./frame_source.ts";
import { imageInfo, type ShownImage } from "./images.ts";
import type { Inspector } from "./inspector.ts";
import type {
  CellMessage,
  EditedMessage,
  FrameKind,
  InspectMessage,
  InspectRequest,
  SavedMessage,
  SessionMessage,
  TracesMessage,
} from "./messages.ts";
import { irregularSeconds } from "./seconds.ts";
import { RequestError } from "./respond.ts";
import type { TracesRequest, Viewed } from "./viewed.ts";

/** Frames the first images are made of: enough to see where one is, at once. */
const GLANCED = 32;

/** Parts a view of a movie is made of. */
export interface MovieViewParts {
  readonly source: MovieSource;
  readonly frames: FrameSource;
  readonly inspector: Inspector;
  readonly inspect: InspectRequest;
  /** Frames per second. */
  readonly frameRate: number;
  /** Images to show before the inspector has any. */
  readonly images: readonly ShownImage[];
  /** The command of a run of this movie, without the inspector's parameters. */
  readonly command?: string;
}

/** A movie whose parameters are looked for: it has frames and the inspector, and no cells yet. */
export class MovieView implements Viewed {
  constructor(private readonly parts: MovieViewParts) {}

  session(): SessionMessage {
    const { source: { header }, frameRate, inspect, images, command } = this.parts,
      { name, width, height, frames } = header;
    const seconds = irregularSeconds(header, frameRate);
    return {
      ...{ mode: "movie", name, width, height, frames, frameRate },
      ...(seconds ? { seconds } : {}),
      ...{ images: images.map(imageInfo), hasMovie: true, inspect },
      ...(command === undefined ? {} : { command }),
      ...{ edits: [], undo: 0, redo: 0, saved: true, version: VERSION },
    };
  }

  cells(): readonly CellMessage[] {
    return [];
  }

  image(name: string): Float32Array {
    const { images, inspector } = this.parts,
      image = [...images, ...inspector.images()].find((one) => one.name === name);
    if (image) return image.pixels;
    throw new RequestError(404, "There is no such image");
  }

  traces({ cells, from, to = this.parts.source.header.frames }: TracesRequest): TracesMessage {
    if (cells.length > 0) throw new RequestError(404, NO_RESULTS);
    return { from, to, frames: [], cells: [] };
  }

  async frame(kind: FrameKind, at: number, signal: AbortSignal): Promise<Float32Array> {
    return await this.parts.frames.frame(kind, at, undefined, signal);
  }

  edit(): Promise<EditedMessage> {
    return Promise.reject(new RequestError(409, NO_RESULTS));
  }

  step(): Promise<EditedMessage> {
    return this.edit();
  }

  judge(): Promise<EditedMessage> {
    return this.edit();
  }

  saved(): Promise<SavedMessage> {
    return Promise.resolve({ saved: true });
  }

  inspect(request: InspectRequest, signal: AbortSignal): AsyncIterable<InspectMessage> {
    return this.parts.inspector.inspect(request, signal);
  }

  async close(): Promise<undefined> {
    await this.parts.inspector.close();
    await this.parts.frames.close();
  }
}

const NO_RESULTS = "There are no results yet: annulus run finds the cells of this movie";

/** Mean and maximum of a few frames spread over a movie. */
export async function glance(source: MovieSource): Promise<ShownImage[]> {
  const { width, height, frames, sampleType } = source.header, size = width * height, count = Math.min(GLANCED, frames);
  const mean = new Float32Array(size),
    max = new Float32Array(size).fill(-Infinity),
    samples = sampleArray(sampleType, size);
  for (let i = 0; i < count; i++) {
    await source.read(Math.floor((i + 0.5) * frames / count), 1, samples);
    for (let p = 0; p < size; p++) {
      mean[p] += samples[p] / count;
      if (samples[p] > max[p]) max[p] = samples[p];
    }
  }
  const of = `${count} of ${frames} frames`;
  return [
    { name: "mean", title: `Mean of ${of}`, unit: "counts", pixels: mean },
    { name: "max", title: `Maximum of ${of}`, unit: "counts", pixels: max },
  ];
}
