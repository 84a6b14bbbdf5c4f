import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { type Footprint, footprintOf } from "../core/footprints.ts";
import { type CellQuality, QUALITY_MEASURES } from "../core/quality.ts";
import { cellPlace } from "../results/exports/cell_facts.ts";
import { footprintOutlines } from "../results/footprint_outline.ts";
import { cellNames } from "../results/traces_csv.ts";
import type { CellMessage } from "./messages.ts";

/** What is dear about a cell, and the footprint it is of. */
interface Kept {
  readonly footprint: Footprint;
  readonly place: Pick<CellMessage, "x" | "y" | "contour">;
}

/** Makes the messages of cells, and keeps what is dear about them: the contours of footprints that stay as they are. */
export class CellMessages {
  #kept = new Map<number, Kept>();

  /** Messages of all cells, in the order of the results. */
  of(extraction: Extraction): CellMessage[] {
    const numbers = cellNumbers(extraction), names = cellNames(extraction), kept = new Map<number, Kept>();
    const messages = Array.from(numbers, (number, k): CellMessage => {
      const footprint = footprintOf(extraction.footprints, k), before = this.#kept.get(number);
      const place = before && isSame(before.footprint, footprint)
        ? before.place
        : placeOf(footprint, extraction.footprints.width);
      kept.set(number, { footprint, place });
      return { number, name: names[k], ...place, ...qualityOf(extraction.quality, k) };
    });
    this.#kept = kept;
    return messages;
  }
}

function placeOf(footprint: Footprint, width: number): Pick<CellMessage, "x" | "y" | "contour"> {
  const { x, y } = cellPlace(footprint, width);
  return {
    x: rounded(x),
    y: rounded(y),
    contour: footprintOutlines(footprint, width).map((line) => line.map(rounded)),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function qualityOf(quality: CellQuality = {}, k: number): Omit<CellMessage, "number" | "name" | "x" | "y" | "contour"> {
  const measures = QUALITY_MEASURES.flatMap(({ field, name }): [string, number | null][] => {
    const value = quality[field]?.[k];
    return value === undefined ? [] : [[name, Number.isFinite(value) ? Number(value.toPrecision(6)) : null]];
  });
  const { accepted, decided, reasons } = quality;
  return {
    ...(accepted ? { accepted: accepted[k] === 1 } : {}),
    ...(decided ? { decided: decided[k] === 1 } : {}),
    ...(reasons?.[k] ? { reason: reasons[k] } : {}),
    quality: Object.fromEntries(measures),
  };
}

function isSame(a: Footprint, b: Footprint): boolean {
  const sharesPixels = a.pixels.buffer === b.pixels.buffer && a.pixels.byteOffset === b.pixels.byteOffset;
  if (a.pixels.length !== b.pixels.length) return false;
  return sharesPixels && a.values.buffer === b.values.buffer && a.values.byteOffset === b.values.byteOffset ||
    a.pixels.every((pixel, i) => pixel === b.pixels[i] && a.values[i] === b.values[i]);
}
