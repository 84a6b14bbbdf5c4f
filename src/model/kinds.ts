/** One thing that a movie of the model can show. */
export type ModelKind = "movie" | "background-subtracted" | "cells" | "background" | "residual" | "blacked-out";

/** What a kind shows, for people. */
export interface ModelKindFacts {
  /** Its name on the command line and in files. */
  readonly name: ModelKind;
  /** What it is, a few words. */
  readonly meaning: string;
  /** Whether the movie has to be there to make it; without one, the results alone do. */
  readonly needsMovie: boolean;
  /** Whether it needs the background, and with it a device. */
  readonly needsBackground: boolean;
}

/** Every kind. Y is the movie, A·C the cells, B the background b0 + U W D (Y − A·C − b0). */
export const MODEL_KINDS: readonly ModelKindFacts[] = [
  { name: "movie", meaning: "the movie Y itself", needsMovie: true, needsBackground: false },
  { name: "background-subtracted", meaning: "Y − B, the cells and the noise", needsMovie: true, needsBackground: true },
  { name: "cells", meaning: "A·C, the denoised cells alone", needsMovie: false, needsBackground: false },
  { name: "background", meaning: "B, constant and ring background", needsMovie: true, needsBackground: true },
  {
    name: "residual",
    meaning: "Y − A·C − B, what nothing explains",
    needsMovie: true,
    needsBackground: true,
  },
  { name: "blacked-out", meaning: "Y with the cells' pixels black", needsMovie: true, needsBackground: false },
];

/** The kinds of "side-by-side", from left to right. */
export const SIDE_BY_SIDE: readonly ModelKind[] = ["movie", "background-subtracted", "cells", "residual"];

/** What is known of a kind. */
export function modelKind(name: ModelKind): ModelKindFacts {
  return MODEL_KINDS.find((kind) => kind.name === name)!;
}
