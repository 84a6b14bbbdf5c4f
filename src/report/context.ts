import type { Extraction } from "../core/extraction.ts";
import type { Motion } from "../core/motion.ts";
import type { CellFacts } from "./cell_facts.ts";
import type { FieldImage } from "./field_images.ts";
import type { Markup } from "./markup.ts";
import type { Measure } from "./measures.ts";
import type { ReportWarning } from "./warning.ts";

/** What the sections of the page are made of. */
export interface ReportContext {
  readonly extraction: Extraction;
  readonly motion?: Motion;
  readonly cells: readonly CellFacts[];
  readonly measures: readonly Measure[];
  readonly images: readonly FieldImage[];
  readonly warnings: readonly ReportWarning[];
}

/** A part of the page. */
export interface Section {
  /** Its name in links. */
  readonly id: string;
  /** Its heading. */
  readonly title: string;
  /** Its content. */
  readonly content: Markup;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) || path;
}
