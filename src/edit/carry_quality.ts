import { type CellQuality, QUALITY_MEASURES } from "../core/quality.ts";
import { ACCEPTED_BY_PERSON, NOT_JUDGED } from "./labels.ts";

/** Which cells there were and are, by their numbers. */
export interface CellTurnover {
  /** Before. */
  readonly before: ArrayLike<number>;
  /** After. */
  readonly after: ArrayLike<number>;
  /** Those a person made: accepted and decided. */
  readonly made: readonly number[];
  /** Those with another footprint or trace than before, neighbours that were updated included. */
  readonly changed: readonly number[];
}

/** What is put for a measure that is not known. */
const UNKNOWN: Readonly<Record<string, number>> = { duplicateOf: -1, duplicateCosine: 0, duplicateCorrelation: 0 };

/**
 * The quality after cells were made, changed and taken away: labels and measures stay, but for the cells that were made, which are accepted, and
 * whose measures are unknown (NaN) or those in `measured`. Neighbours that were updated have what is in `measured`, and otherwise keep what was
 * measured of them before: they change little, and a rule sets aside what it knows nothing of.
 * @param measured measures of the cells afterwards; only those of changed cells are taken
 */
export function carryQuality(
  quality: CellQuality | undefined,
  { before, after, made, changed }: CellTurnover,
  measured?: CellQuality,
): CellQuality | undefined {
  if (!quality && !measured) return undefined;
  const place = new Map(Array.from(before, (number, k) => [number, k])), K = after.length;
  const isMade = new Set(made), isChanged = new Set(changed), carried: Record<string, unknown> = {};
  for (const { field, type } of QUALITY_MEASURES) {
    const old = quality?.[field], fresh = measured?.[field];
    const isLabel = field === "accepted" || field === "decided";
    if (!old && (isLabel || !fresh)) continue;
    const values = type === "uint8" ? new Uint8Array(K) : type === "int32" ? new Int32Array(K) : new Float32Array(K);
    for (let k = 0; k < K; k++) {
      const number = after[k], from = place.get(number);
      if (isLabel) values[k] = isMade.has(number) || from === undefined ? 1 : old![from];
      else {
        const known = isMade.has(number) || from === undefined ? undefined : old?.[from];
        values[k] = (isChanged.has(number) ? fresh?.[k] : undefined) ?? known ?? UNKNOWN[field] ?? NaN;
      }
    }
    carried[field] = values;
  }
  forgetLost(carried as CellQuality, after);
  if (quality?.reasons) {
    carried.reasons = Array.from(after, (number) => {
      const from = place.get(number);
      return isMade.has(number) ? ACCEPTED_BY_PERSON : from === undefined ? NOT_JUDGED : quality.reasons![from];
    });
  }
  const { rule, thresholds } = quality ?? {};
  return { ...carried, ...(rule === undefined ? {} : { rule }), ...(thresholds ? { thresholds } : {}) };
}

/** A cell that is no more is nobody's other copy. */
export function forgetLost(
  { duplicateOf, duplicateCosine, duplicateCorrelation }: CellQuality,
  after: ArrayLike<number>,
): void {
  const there = new Set(Array.from(after));
  duplicateOf?.forEach((number, k) => {
    if (number < 0 || there.has(number)) return;
    duplicateOf[k] = -1;
    if (duplicateCosine) duplicateCosine[k] = 0;
    if (duplicateCorrelation) duplicateCorrelation[k] = 0;
  });
}
