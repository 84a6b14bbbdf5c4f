import { ResultsError } from "../core/errors.ts";
import { cellNumbers, type Extraction } from "../core/extraction.ts";
import type { CellQuality } from "../core/quality.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import { usedParameters } from "../core/used_parameters.ts";
import { isStronger } from "./duplicates.ts";

/** What the rule needs of an extraction besides the measures. */
export type JudgedExtraction = Pick<Extraction, "footprints" | "numbers" | "parameters" | "frameRate">;

/** How the rule's own reasons begin: they say nothing of what a person decided later. */
const BY_RULE = /^(accepted|set aside): /;

/** Measures the rule decides by. */
const NEEDED = ["snr", "rValue", "size", "duplicateOf", "duplicateCosine", "duplicateCorrelation"] as const;

/** Whether everything the rule decides by was measured, so that it can decide again without the movie. */
export function isMeasured(quality: CellQuality | undefined): boolean {
  return quality !== undefined && NEEDED.every((field) => quality[field] !== undefined);
}

/**
 * Decides from measures which cells are accepted, with a reason for each. Nothing is measured: thresholds can be changed at any time.
 *
 * A cell is accepted when its SNR is at least `min_SNR` or its r-value at least `rval_thr`; and its SNR is at least `SNR_lowest`; and its
 * r-value at least `rval_lowest` (CaImAn's rule); and its footprint has from `min_size` to `max_size` disks of diameter gSiz; and it is no
 * second copy of a stronger accepted cell: their footprints do not reach `duplicate_cosine`, or their traces not `duplicate_correlation`.
 * A cell without an SNR or r-value cannot be judged and is set aside. What a person decided (`decided`) stays, with its reason.
 *
 * @param quality measures of K cells
 * @param extraction tells the cells' numbers and diameter (gSiz)
 * @param parameters the thresholds
 * @returns the same measures with `accepted`, `decided`, `reasons`, `rule` and `thresholds`
 * @throws ResultsError when the measures are not there
 */
export function acceptCells(
  quality: CellQuality,
  extraction: JudgedExtraction,
  parameters: QualityParameters,
): CellQuality {
  const { snr, rValue, size, duplicateOf, duplicateCosine, duplicateCorrelation } = quality;
  if (!snr || !rValue || !size || !duplicateOf || !duplicateCosine || !duplicateCorrelation) {
    throw new ResultsError(
      "Nobody has measured the quality of these cells yet: measure it first, which needs the movie",
    );
  }
  const K = extraction.footprints.count, limits = sizeLimits(extraction, parameters);
  const place = new Map(Array.from(cellNumbers(extraction), (number, k) => [number, k]));
  const accepted = new Uint8Array(K), decided = quality.decided?.slice() ?? new Uint8Array(K);
  const isCopyAt = new Uint8Array(K), reasons: string[] = new Array(K).fill("");
  // A copy is set aside only for a cell that stays, so the stronger one is judged first.
  const order = Array.from({ length: K }, (_, k) => k).sort((k, l) => isStronger(snr, k, l) ? -1 : 1);
  for (const k of order) {
    if (decided[k] === 1) {
      accepted[k] = quality.accepted?.[k] ?? 1;
      const kept = quality.reasons?.[k] ?? "", verdict = accepted[k] === 1 ? "accepted" : "set aside";
      reasons[k] = kept === "" || BY_RULE.test(kept) ? `${verdict} by a person` : kept;
      continue;
    }
    const original = place.get(duplicateOf[k]);
    // The copy of a copy is one, too.
    const isCopy = original !== undefined && (accepted[original] === 1 || isCopyAt[original] === 1) &&
      duplicateCosine[k] >= parameters.duplicate_cosine &&
      duplicateCorrelation[k] >= parameters.duplicate_correlation;
    const against = isCopy
      ? `it looks like a second copy of cell ${duplicateOf[k]}: their footprints have a cosine of ${
        duplicateCosine[k].toFixed(2)
      }, their traces a correlation of ${duplicateCorrelation[k].toFixed(2)}`
      : objection(snr[k], rValue[k], size[k], limits, parameters);
    accepted[k] = against === undefined ? 1 : 0;
    isCopyAt[k] = isCopy ? 1 : 0;
    reasons[k] = against === undefined ? `accepted: ${praise(snr[k], rValue[k], parameters)}` : `set aside: ${against}`;
  }
  return { ...quality, accepted, decided, reasons, rule: ruleText(limits, parameters), thresholds: { ...parameters } };
}

/** Fewest and most pixels of a footprint. */
interface SizeLimits {
  readonly least: number;
  readonly most: number;
}

function sizeLimits(extraction: JudgedExtraction, { min_size, max_size }: QualityParameters): SizeLimits {
  const disk = Math.PI * (usedParameters(extraction).gSiz / 2) ** 2;
  return { least: Math.ceil(min_size * disk), most: Math.floor(max_size * disk) };
}

/** Why a cell is set aside; undefined when nothing speaks against it. */
function objection(
  snr: number,
  rValue: number,
  size: number,
  { least, most }: SizeLimits,
  { min_SNR, SNR_lowest, rval_thr, rval_lowest }: QualityParameters,
): string | undefined {
  if (Number.isNaN(rValue)) return "it has no transients to judge it by";
  if (Number.isNaN(snr)) return "its trace has no noise to compare it with, or is not finite";
  if (snr < SNR_lowest) return `SNR ${apart(snr, SNR_lowest)} is below ${SNR_lowest} (SNR_lowest)`;
  if (rValue < rval_lowest) return `r-value ${apart(rValue, rval_lowest)} is below ${rval_lowest} (rval_lowest)`;
  if (snr < min_SNR && rValue < rval_thr) {
    return `SNR ${apart(snr, min_SNR)} is below ${min_SNR} (min_SNR) and r-value ${
      apart(rValue, rval_thr)
    } below ${rval_thr} (rval_thr)`;
  }
  if (size < least) return `its footprint has ${pixelsText(size)}, fewer than ${least} (min_size)`;
  if (size > most) return `its footprint has ${pixelsText(size)}, more than ${most} (max_size)`;
  return undefined;
}

function praise(snr: number, rValue: number, { min_SNR, rval_thr }: QualityParameters): string {
  const s = `SNR ${snr.toFixed(2)} is at least ${min_SNR}`, r = `r-value ${rValue.toFixed(2)} is at least ${rval_thr}`;
  return [...(snr >= min_SNR ? [s] : []), ...(rValue >= rval_thr ? [r] : [])].join(" and ");
}

/** A number below a threshold with as many digits as show that it is, at least two. */
function apart(value: number, threshold: number): string {
  for (let digits = 2; digits < 8; digits++) {
    if (Number(value.toFixed(digits)) < threshold) return value.toFixed(digits);
  }
  return String(value);
}

function pixelsText(size: number): string {
  return size === 1 ? "1 pixel" : `${size} pixels`;
}

function ruleText({ least, most }: SizeLimits, parameters: QualityParameters): string {
  const { min_SNR, SNR_lowest, rval_thr, rval_lowest, duplicate_cosine, duplicate_correlation } = parameters;
  return `A cell is accepted when its SNR is at least ${min_SNR} or its r-value at least ${rval_thr}, its SNR is at least ` +
    `${SNR_lowest} and its r-value at least ${rval_lowest}, its footprint has ${least} to ${most} pixels, and it is no second ` +
    `copy of a stronger accepted cell (footprint cosine of ${duplicate_cosine} and trace correlation of ` +
    `${duplicate_correlation} or more). What a person decided stays`;
}
