/// <reference lib="dom" />
/** Gets what the layer shows: images once, frames one at a time, the newest wish first. */
import type { FrameKind, ImageInfo } from "../messages.ts";
import { complain } from "./actions.ts";
import { fetchFrame, fetchImage, Refusal } from "./api.ts";
import type { App, Contrast, Picture } from "./app.ts";
import { imagesOf, layerKey } from "./app.ts";

/** Titles of the kinds of frames. */
export const FRAME_TITLES: Readonly<Record<FrameKind, string>> = {
  movie: "Movie",
  "background-subtracted": "Movie without background",
  cells: "Cells only",
  residual: "Residual",
  background: "Background",
};

const CACHED_FRAMES = 48;

/** Keeps the state's picture what its layer and frame say. */
export class Pictures {
  readonly #app: App;
  readonly #images = new Map<string, Promise<Float32Array>>();
  readonly #frames = new Map<string, Float32Array>();
  readonly #frameContrasts = new Map<string, Contrast>();
  #isFetching = false;

  constructor(app: App) {
    this.#app = app;
    app.subscribe((state, before) => {
      if (state.cells !== before.cells) this.forgetFrames();
      const isFrame = "frame" in state.layer;
      if (state.layer !== before.layer || isFrame && (state.frame !== before.frame || state.cells !== before.cells)) {
        this.show();
      }
    });
  }

  /** An image, from the server the first time. */
  image(name: string): Promise<Float32Array> {
    const known = this.#images.get(name);
    if (known) return known;
    const values = fetchImage(name);
    this.#images.set(name, values);
    values.catch(() => this.#images.delete(name));
    return values;
  }

  /** Images of these names are others now. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#images.delete(name);
  }

  /** Frames are others now: the cells have changed. */
  forgetFrames(): void {
    for (const key of this.#frames.keys()) if (!key.startsWith("movie ")) this.#frames.delete(key);
  }

  /** Takes the contrast of a layer's frames from the frame that is shown. */
  suitFrames(kind: FrameKind): void {
    this.#frameContrasts.delete(kind);
    this.show();
  }

  /** Shows what the layer is to show as soon as it is there. */
  show(): void {
    const { layer } = this.#app.state;
    if ("frame" in layer) return void this.#showFrame();
    const info = imagesOf(this.#app.state).find(({ name }) => name === layer.image);
    if (!info) return;
    this.image(layer.image).then((values) => {
      if (this.#app.state.layer !== layer) return;
      this.#set({ key: layerKey(layer), values, info, contrast: info });
    }, (error) => complain(this.#app, error));
  }

  #set(picture: Picture): void {
    this.#app.set({ picture });
  }

  async #showFrame(): Promise<void> {
    // A request that is under way is followed by the newest wish.
    if (this.#isFetching) return;
    this.#isFetching = true;
    try {
      while (true) {
        const { layer, frame } = this.#app.state;
        if (!("frame" in layer)) break;
        const kind = layer.frame,
          key = `${kind} ${frame}`,
          values = this.#frames.get(key) ?? await fetchFrame(kind, frame);
        this.#keep(key, values);
        if (this.#app.state.layer === layer) {
          const contrast = this.#frameContrasts.get(kind) ?? robustContrast(values);
          this.#frameContrasts.set(kind, contrast);
          const info: ImageInfo = { name: kind, title: FRAME_TITLES[kind], unit: "counts", ...contrast };
          this.#set({ key: layerKey(layer), values, info, contrast, frame });
        }
        const now = this.#app.state;
        if (now.layer === layer && now.frame === frame) break;
      }
    } catch (error) {
      // Another page's frames took this one's turn.
      if (error instanceof Refusal && error.status === 409 && this.#app.state.isPlaying) return;
      this.#app.set({ isPlaying: false });
      complain(this.#app, error);
    } finally {
      this.#isFetching = false;
    }
  }

  #keep(key: string, values: Float32Array): void {
    this.#frames.delete(key);
    this.#frames.set(key, values);
    if (this.#frames.size > CACHED_FRAMES) this.#frames.delete(this.#frames.keys().next().value!);
  }
}

/** The range between the 1st and the 99.7th percentile of the finite values, of at most some ten thousand of them. */
export function robustContrast(values: Float32Array): Contrast {
  const step = Math.max(1, Math.floor(values.length / 20_000));
  const sample = new Float32Array(Math.ceil(values.length / step));
  let count = 0;
  for (let i = 0; i < values.length; i += step) if (Number.isFinite(values[i])) sample[count++] = values[i];
  if (count === 0) return { low: 0, high: 1 };
  const sorted = sample.subarray(0, count).sort();
  const low = sorted[Math.round(0.01 * (count - 1))], high = sorted[Math.round(0.997 * (count - 1))];
  if (high > low) return { low, high };
  return sorted[count - 1] > sorted[0]
    ? { low: sorted[0], high: sorted[count - 1] }
    : { low: low - 0.5, high: low + 0.5 };
}
