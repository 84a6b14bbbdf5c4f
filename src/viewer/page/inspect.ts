/// <reference lib="dom" />
/** Asks for the seeds of parameters: new images take their time, other thresholds do not. */
import type { InspectMessage, InspectRequest, SessionMessage } from "../messages.ts";
import { complain } from "./actions.ts";
import { isAborted, postInspect } from "./api.ts";
import type { App } from "./app.ts";
import type { Pictures } from "./pictures.ts";

/** Milliseconds to wait for a slider to come to rest before images are made. */
const REST = 350;
/** The inspector's images that seeds are found on, by their names. */
export const SEED_IMAGES = { correlation: "inspect-correlation", pnr: "inspect-pnr" } as const;

/** Keeps the state's seeds those of its parameters. */
export class Inspect {
  readonly #app: App;
  readonly #pictures: Pictures;
  #running: { readonly request: InspectRequest; readonly stop: AbortController } | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App, pictures: Pictures) {
    this.#app = app;
    this.#pictures = pictures;
  }

  /** Changes parameters; seeds follow once they have been asked for. */
  change(patch: Partial<InspectRequest>): void {
    const { inspection } = this.#app.state, before = inspection.request;
    const next = { ...before, ...patch };
    // A diameter that followed from gSig goes on following it.
    if (patch.gSig !== undefined && before.gSiz === diameterOf(before.gSig)) {
      Object.assign(next, { gSiz: diameterOf(patch.gSig) });
    }
    this.#app.set({ inspection: { ...inspection, request: next } });
    if (!inspection.foundBy && !this.#running) return;
    clearTimeout(this.#rest);
    const isSoon = patch.gSig === undefined && patch.gSiz === undefined;
    this.#rest = setTimeout(() => this.find(), isSoon ? 0 : REST);
  }

  /** Finds the seeds of the state's parameters. */
  find(): void {
    const { request } = this.#app.state.inspection, running = this.#running;
    // The same images are on their way: their thresholds are looked at when they are there.
    if (running && running.request.gSig === request.gSig && running.request.gSiz === request.gSiz) return;
    running?.stop.abort();
    void this.#ask(request);
  }

  /** Gives up images that are being made. */
  stop(): void {
    this.#running?.stop.abort();
    this.#running = undefined;
    const { progress: _, ...rest } = this.#app.state.inspection;
    this.#app.set({ inspection: rest });
  }

  async #ask(request: InspectRequest): Promise<void> {
    const stop = new AbortController(), running = { request, stop };
    this.#running = running;
    const { error: _, ...inspection } = this.#app.state.inspection, { foundBy } = inspection;
    const isQuick = foundBy?.gSig === request.gSig && foundBy.gSiz === request.gSiz;
    if (!isQuick) this.#app.set({ inspection: { ...inspection, progress: { fraction: 0, stage: "" } } });
    try {
      await postInspect(request, (message) => this.#running === running && this.#take(request, message), stop.signal);
    } catch (error) {
      if (isAborted(error) || this.#running !== running) return;
      this.#end({ error: error instanceof Error ? error.message : String(error) });
    }
    if (this.#running !== running) return;
    this.#running = undefined;
    const { request: wanted, error, progress } = this.#app.state.inspection;
    if (progress) this.#end({});
    if (error === undefined && wanted !== request) void this.#ask(wanted);
  }

  #end(patch: { readonly error?: string }): void {
    const { progress: _, ...rest } = this.#app.state.inspection;
    this.#app.set({ inspection: { ...rest, ...patch } });
  }

  #take(request: InspectRequest, { fraction, stage, seeds, images, error }: InspectMessage): void {
    if (error !== undefined) return this.#end({ error });
    if (!seeds) {
      const inspection = { ...this.#app.state.inspection, progress: { fraction: fraction ?? 0, stage: stage ?? "" } };
      return this.#app.set({ inspection });
    }
    const { progress: _, error: __, ...rest } = this.#app.state.inspection, found = rest.foundBy;
    const isNew = found?.gSig !== request.gSig || found.gSiz !== request.gSiz;
    if (isNew) this.#pictures.forget((images ?? rest.images).map(({ name }) => name));
    this.#app.set({
      inspection: { ...rest, seeds, foundBy: request, images: isNew && images ? images : rest.images },
    });
    if (!isNew) return;
    const { layer, tab } = this.#app.state;
    const isInspected = "image" in layer && layer.image.startsWith("inspect-");
    if (!isInspected && tab === "inspect" && !found) this.#app.set({ layer: { image: SEED_IMAGES.correlation } });
    else this.#pictures.show();
    complainOfNone(this.#app, images?.length ?? 0);
  }
}

/** A server that sends no images would leave the page without a reason. */
function complainOfNone(app: App, count: number): void {
  if (count === 0) complain(app, "The inspector's images did not come");
}

/** The diameter that goes with a gSig when none is chosen, as the parameters have it. */
export function diameterOf(gSig: number): number {
  return Math.round(4 * gSig + 1);
}

/** The command that runs with these parameters: the rest of it as the server knows it, or with the movie's name only. */
export function commandLine(
  { name, command }: Pick<SessionMessage, "name" | "command">,
  { gSig, gSiz, min_corr, min_pnr }: InspectRequest,
): string {
  const quoted = /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  const size = gSiz === diameterOf(gSig) ? "" : ` --gSiz ${gSiz}`;
  return `${
    command ?? `annulus run ${quoted} --out results/`
  } --gSig ${gSig}${size} --min_corr ${min_corr} --min_pnr ${min_pnr}`;
}
