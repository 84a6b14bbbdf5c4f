import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { type CellQuality, QUALITY_MEASURES } from "../core/quality.ts";
import { forgetLost } from "./carry_quality.ts";
import { NOT_JUDGED } from "./labels.ts";
import { unlike } from "./stored_state.ts";

/**
 * Gives results that a replay made the quality of other results of the same cells, which may have been measured or judged again since: measures,
 * labels and reasons of the cells that are the same in both and about which the rule decided in both. What persons decided is the replay's, and so
 * is what became of a cell that was the copy of one the replay does not have.
 */
export function adoptQuality(replayed: Extraction, present: Extraction): Extraction {
  const { quality } = present, numbers = cellNumbers(replayed), K = numbers.length;
  if (!quality) return replayed;
  const place = new Map(Array.from(cellNumbers(present), (number, k) => [number, k])), own = replayed.quality;
  const other = new Set(unlike(replayed, present)), adopted: Record<string, unknown> = {};
  const from = Array.from(numbers, (number, k) => {
    const at = other.has(number) ? undefined : place.get(number);
    return at === undefined || quality.decided?.[at] === 1 || own?.decided?.[k] === 1 ? -1 : at;
  });
  const there = new Set(numbers), { duplicateOf } = quality;
  const isCopyOfNone = (at: number) => duplicateOf !== undefined && duplicateOf[at] >= 0 && !there.has(duplicateOf[at]);
  const judgedFrom = from.map((at) => at >= 0 && isCopyOfNone(at) ? -1 : at);
  for (const { field, type } of QUALITY_MEASURES) {
    const theirs = quality[field], ours = own?.[field], sources = field === "accepted" ? judgedFrom : from;
    if (!theirs && !ours) continue;
    const values = type === "uint8" ? new Uint8Array(K) : type === "int32" ? new Int32Array(K) : new Float32Array(K);
    const unknown = field === "accepted" ? 1 : field === "decided" ? 0 : field === "duplicateOf" ? -1 : NaN;
    for (let k = 0; k < K; k++) values[k] = (sources[k] >= 0 ? theirs?.[sources[k]] : ours?.[k]) ?? unknown;
    adopted[field] = values;
  }
  forgetLost(adopted as CellQuality, numbers);
  if (quality.reasons || own?.reasons) {
    adopted.reasons = judgedFrom.map((at, k) => (at >= 0 ? quality.reasons?.[at] : own?.reasons?.[k]) ?? NOT_JUDGED);
  }
  const { rule, thresholds } = quality, { fieldQuality } = present;
  return {
    ...replayed,
    quality: { ...adopted, ...(rule === undefined ? {} : { rule }), ...(thresholds ? { thresholds } : {}) },
    ...(fieldQuality ? { fieldQuality } : {}),
  };
}
