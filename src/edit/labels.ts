import type { Edit } from "../core/edits.ts";
import { cellNumbers, type Extraction } from "../core/extraction.ts";
import type { CellQuality } from "../core/quality.ts";
import { cellWords } from "./words.ts";

/** Edits that only say which cells are good. */
export type LabelEdit = Extract<Edit, { readonly action: "select" | "reject" | "restore" }>;

/** Why a person's cells are accepted. */
export const ACCEPTED_BY_PERSON = "accepted by a person";
/** Why a person's cells are set aside. */
export const SET_ASIDE_BY_PERSON = "set aside by a person";
/** What is said of a cell that neither a rule nor a person judged. */
export const NOT_JUDGED = "not judged";

/** Whether an edit only says which cells are good. */
export function isLabelEdit(edit: Edit): edit is LabelEdit {
  return edit.action === "select" || edit.action === "reject" || edit.action === "restore";
}

/** Accepts or sets aside cells; nothing else of them changes. */
export function applyLabels(
  extraction: Extraction,
  edit: LabelEdit,
): { readonly quality: CellQuality; readonly outcome: string } {
  const numbers = cellNumbers(extraction), named = new Set(edit.cells), { quality = {} } = extraction;
  const K = numbers.length, accepted = quality.accepted?.slice() ?? new Uint8Array(K).fill(1);
  const decided = quality.decided?.slice() ?? new Uint8Array(K);
  const reasons = [...quality.reasons ?? new Array<string>(K).fill(NOT_JUDGED)];
  numbers.forEach((number, k) => {
    if (edit.action !== "select" && !named.has(number)) return;
    const keep = edit.action === "reject" ? 0 : named.has(number) ? 1 : 0;
    if (accepted[k] === keep && decided[k] === 1) return;
    [accepted[k], decided[k], reasons[k]] = [keep, 1, keep ? ACCEPTED_BY_PERSON : SET_ASIDE_BY_PERSON];
  });
  return { quality: { ...quality, accepted, decided, reasons }, outcome: outcomeOf(edit, K) };
}

function outcomeOf(edit: LabelEdit, cells: number): string {
  const named = [...new Set(edit.cells)].sort((a, b) => a - b);
  switch (edit.action) {
    case "reject":
      return `${cellWords(named)} set aside`;
    case "restore":
      return `${cellWords(named)} accepted`;
    case "select": {
      const others = cells - named.length;
      return `${cellWords(named)} accepted, ${
        others === 0 ? "no other" : others === 1 ? "1 other" : `${others} others`
      } set aside`;
    }
  }
}
