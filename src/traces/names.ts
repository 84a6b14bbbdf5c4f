import { cellNumbers, type Extraction } from "../core/extraction.ts";

/** Names of the cells for sentences, as tables of traces have them: C000, C001, … */
export function namesOf(extraction: Pick<Extraction, "numbers" | "footprints">): string[] {
  const numbers = cellNumbers(extraction), digits = Math.max(3, String(numbers.at(-1) ?? 0).length);
  return Array.from(numbers, (number) => `C${String(number).padStart(digits, "0")}`);
}

/** The names, or the first eight of many. */
export function listedNames(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(", ")}, … (${names.length} cells)` : names.join(", ");
}
