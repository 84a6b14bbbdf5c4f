/// <reference lib="dom" />
/** Plays the movie: the frame follows the clock, and frames are left out when they do not come fast enough. */
import type { App } from "./app.ts";
import { frameAt, secondsOf } from "./app.ts";

/** Moves the state's frame on while it is playing. */
export class Player {
  readonly #app: App;
  #start: { readonly clock: number; readonly time: number } | undefined;
  #shown = -1;

  constructor(app: App) {
    this.#app = app;
    app.subscribe((state, before) => {
      if (state.isPlaying && !before.isPlaying) this.#begin();
      // Someone went to another frame, or chose another speed: play on from there.
      else if (state.isPlaying && (state.frame !== this.#shown || state.speed !== before.speed)) {
        this.#start = undefined;
      }
    });
  }

  #begin(): void {
    const { session, frame, layer } = this.#app.state;
    if (!session.hasMovie) return this.#app.set({ isPlaying: false });
    if ("image" in layer) this.#app.set({ layer: { frame: "movie" } });
    if (frame >= session.frames - 1) this.#app.set({ frame: 0 });
    this.#start = undefined;
    requestAnimationFrame((clock) => this.#tick(clock));
  }

  #tick(clock: number): void {
    const { session, frame, isPlaying, speed } = this.#app.state;
    if (!isPlaying) return;
    this.#start ??= { clock, time: secondsOf(session, frame) };
    const time = this.#start.time + (clock - this.#start.clock) / 1000 * speed;
    const next = Math.floor(frameAt(session, time) + 1e-6);
    if (next >= session.frames - 1) return this.#app.set({ frame: session.frames - 1, isPlaying: false });
    if (next > frame) {
      this.#shown = next;
      this.#app.set({ frame: next });
    } else {
      this.#shown = frame;
    }
    requestAnimationFrame((later) => this.#tick(later));
  }
}
