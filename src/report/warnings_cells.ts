import type { Extraction } from "../core/extraction.ts";
import type { CellFacts } from "./cell_facts.ts";
import { unexplainedPeaks } from "../quality/unexplained.ts";
import { counted, medianOf, percent, shown } from "./numbers.ts";
import { keptName, type ReportWarning } from "./warning.ts";

/** Fewer cells than these are few. */
const FEW = 5;
/** Share of cells set aside above which the search was too loose. */
const MANY_ASIDE = 0.4;
/** Share of cells set aside from which what is left over is likely to be noise, too. */
const SOME_ASIDE = 0.2;
/** Share of a footprint at the border from which it is cut off, and share of such cells that is much. */
const CUT_OFF = 0.15, MANY_CUT_OFF = 0.25;
/** Median r-value and median signal-to-noise ratio below which a recording is poor. */
const LOW_R = 0.6, LOW_SNR = 3;
/** Spread of a true cell's footprint over gSig, as measured on simulated movies, and limits of what fits. */
const USUAL_SPREAD = 0.85, LEAST_SPREAD = 0.6, MOST_SPREAD = 1.4;
/** Cells from which a median says something. */
const ENOUGH = 5;
/** Unexplained peaks, as a share of the cells, that are many. */
const MANY_PEAKS = 0.1;
/** Share of the cells that leave activity in the residual that is many. */
const MANY_LEAVING = 0.2;
/** Share of added cells of good signal (from this peak SNR) that should be found again. */
const LEAST_RECALL = 0.8, GOOD_SNR = 6;

/** What is conspicuous about the cells: how many, how good, how large, what was missed. */
export function cellWarnings(extraction: Extraction, cells: readonly CellFacts[]): ReportWarning[] {
  const kept = cells.filter(({ isAccepted }) => isAccepted !== false);
  return [
    ...numberWarnings(cells, kept),
    ...qualityWarnings(extraction, cells, kept),
    ...sizeWarnings(extraction, kept),
    ...missedWarnings(extraction, cells, kept),
  ];
}

function numberWarnings(cells: readonly CellFacts[], kept: readonly CellFacts[]): ReportWarning[] {
  if (cells.length === 0) {
    return [{
      level: "act",
      topic: "no cells",
      text: "No cells were found.",
      advice:
        "Look at the correlation and peak-to-noise images below. If cells are bright there, lower min_corr and min_pnr; if they are not, " +
        "gSig may not fit the size of the cells, or the movie shows no activity. “annulus summary” shows the images and the seeds in seconds.",
    }];
  }
  const aside = cells.length - kept.length;
  if (kept.length === 0) {
    return [{
      level: "act",
      topic: "none accepted",
      text: `All ${counted(cells.length, "cell")} were set aside.`,
      advice:
        "Look at the reasons in the table; “annulus evaluate” with lower min_SNR or rval_thr takes cells back without a new run.",
    }];
  }
  return [
    ...(kept.length < FEW
      ? [
        {
          level: "act",
          topic: "few cells",
          text: `Only ${counted(kept.length, "cell")} ${kept.length === 1 ? "was" : "were"} found.`,
          advice:
            "If the correlation image shows more bright spots than there are outlines, lower min_corr and min_pnr and run again.",
        } as const,
      ]
      : []),
    ...(cells.length >= ENOUGH && aside > MANY_ASIDE * cells.length
      ? [
        {
          level: "know",
          topic: "many set aside",
          text: `${aside} of ${counted(cells.length, "cell")} (${percent(aside / cells.length)}) were set aside.`,
          advice:
            "The search was loose: with higher min_corr and min_pnr it is quicker and finds less that is no cell. Look through a few of those " +
            "set aside, and restore true ones (annulus edit --restore).",
        } as const,
      ]
      : []),
  ];
}

function qualityWarnings(
  { quality }: Extraction,
  cells: readonly CellFacts[],
  kept: readonly CellFacts[],
): ReportWarning[] {
  if (cells.length === 0) return [];
  if (!quality?.accepted) {
    return [{
      level: "know",
      topic: "not evaluated",
      text: "Nobody has judged the cells yet: all of them are shown as they were found.",
      advice: "“annulus evaluate” measures each cell's quality and sets doubtful ones aside; nothing is lost by it.",
    }];
  }
  const warnings: ReportWarning[] = [], indices = cells.flatMap((cell, k) => cell.isAccepted === false ? [] : [k]);
  const of = (values: Float32Array | undefined) => values === undefined ? [] : indices.map((k) => values[k]);
  const r = of(quality.rValue), snr = of(quality.snr);
  if (r.filter(Number.isFinite).length >= ENOUGH && medianOf(r) < LOW_R) {
    warnings.push({
      level: "act",
      topic: "low r-values",
      text: `Footprints agree little with the movie: half of the accepted cells have an r-value below ${
        shown(medianOf(r), 2)
      }.`,
      advice:
        "Usual reasons are motion that is left (look at the registration), gSig that does not fit, and cells that overlap or lie out of focus.",
    });
  }
  if (snr.filter(Number.isFinite).length >= ENOUGH && medianOf(snr) < LOW_SNR) {
    warnings.push({
      level: "act",
      topic: "low signal",
      text: `Signals are weak: half of the accepted cells have a signal-to-noise ratio below ${
        shown(medianOf(snr), 2)
      }.`,
      advice:
        "Small transients will be missed and spikes will be uncertain. More light, a lower frame rate, or temporal_downsampling_factor help.",
    });
  }
  const cut = indices.filter((k) => quality.border !== undefined && quality.border[k] >= CUT_OFF);
  if (kept.length >= ENOUGH && cut.length > MANY_CUT_OFF * kept.length) {
    warnings.push({
      level: "know",
      topic: "border",
      text: `${cut.length} of ${counted(kept.length, keptName(cells))} are cut off by the border of the field.`,
      advice:
        "Their traces mix with what moves in and out of view. Crop less, or leave them out of analyses of shape and place.",
      cells: cut.map((k) => cells[k].number),
    });
  }
  const numbers = new Set(kept.map(({ number }) => number));
  const doubles = indices.filter((k) => {
    const other = quality.duplicateOf?.[k] ?? -1;
    return other >= 0 && numbers.has(other) && quality.duplicateCosine !== undefined &&
      quality.duplicateCosine[k] >= (quality.thresholds?.duplicate_cosine ?? 0.6) &&
      (quality.duplicateCorrelation?.[k] ?? 0) >= (quality.thresholds?.duplicate_correlation ?? 0.6);
  });
  if (doubles.length > 0) {
    const k = doubles[0], pair = `${quality.duplicateOf![k]},${cells[k].number}`;
    warnings.push({
      level: "act",
      topic: "duplicates",
      text: `${counted(doubles.length, "accepted cell")} ${
        doubles.length === 1 ? "looks like a second copy" : "look like second copies"
      } of another accepted one: same place, same signal.`,
      advice: `Look at both, and merge them if they are one cell (for example annulus edit --merge ${pair}).`,
      cells: doubles.map((k) => cells[k].number),
    });
  }
  return warnings;
}

function sizeWarnings({ parameters }: Extraction, kept: readonly CellFacts[]): ReportWarning[] {
  const gSig = gSigOf(parameters), spread = medianOf(kept.map(({ spread }) => spread));
  if (gSig === undefined || kept.length < ENOUGH || !Number.isFinite(spread)) return [];
  const ratio = spread / gSig, better = shown(spread / USUAL_SPREAD, 2);
  if (ratio >= LEAST_SPREAD && ratio <= MOST_SPREAD) return [];
  const isSmall = ratio > MOST_SPREAD, diameter = shown(4 * spread / USUAL_SPREAD + 1, 2);
  return [{
    level: "act",
    topic: isSmall ? "gSig too small" : "gSig too large",
    text: `gSig ${shown(gSig)} seems too ${
      isSmall ? "small" : "large"
    }: the cells that were found are about ${diameter} pixels wide, and gSig ${shown(gSig)} looks for ${
      shown(4 * gSig + 1)
    } pixels.`,
    advice: `Run again with --gSig ${better}${
      isSmall
        ? ": too small a gSig misses cells and splits others"
        : ": too large a gSig joins neighbours and takes background for cells"
    }.`,
  }];
}

/** gSig of annulus' parameters, or of CaImAn's; undefined where there is none. */
function gSigOf(parameters: Readonly<Record<string, unknown>>): number | undefined {
  const init = parameters.init as { readonly gSig?: unknown } | undefined, gSig = parameters.gSig ?? init?.gSig;
  const first: unknown = Array.isArray(gSig) ? gSig[0] : gSig;
  return typeof first === "number" && first > 0 ? first : undefined;
}

function missedWarnings(
  extraction: Extraction,
  cells: readonly CellFacts[],
  kept: readonly CellFacts[],
): ReportWarning[] {
  if (!extraction.fieldQuality) return [];
  const warnings: ReportWarning[] = [], { recall } = extraction.fieldQuality;
  const { elsewhere, onCells, cells: leaving } = unexplainedPeaks(extraction);
  if (elsewhere.length >= 3 && elsewhere.length > MANY_PEAKS * kept.length) {
    const [{ x, y }] = elsewhere, isLoose = kept.length < (1 - SOME_ASIDE) * cells.length;
    warnings.push({
      level: isLoose ? "know" : "act",
      topic: "unexplained peaks",
      text: `${elsewhere.length} spots of the residual that lie on no cell reach min_corr and min_pnr, as cells do.`,
      advice: isLoose
        ? "They are circled in the residual images. Much that was found with these thresholds is no cell, so most of them are likely to be " +
          "none, either: look at the strongest."
        : `They are circled in the residual images: look at each, and add those that are cells (annulus edit --add ${x},${y}).`,
    });
  }
  if (leaving.length >= 3 && leaving.length > MANY_LEAVING * kept.length) {
    warnings.push({
      level: "know",
      topic: "activity left",
      text: `${counted(leaving.length, keptName(cells))} leave some of their activity in the residual (${
        counted(onCells.length, "spot")
      }).`,
      advice:
        "Usual reasons are transients that do not decay as the model has it (--p 2 has a rise, too), motion that is left, and two cells that " +
        "were taken for one (annulus edit --split): look at the brightest spots of the residual images.",
      cells: leaving.map((k) => cells[k].number),
    });
  }
  const good = recall?.bins.filter(({ from }) => from >= GOOD_SNR) ?? [];
  const added = good.reduce((sum, bin) => sum + bin.added, 0), found = good.reduce((sum, bin) => sum + bin.found, 0);
  if (added >= 5 && found < LEAST_RECALL * added) {
    warnings.push({
      level: "act",
      topic: "low recall",
      text: `Of ${added} cells with clear signals that were added to the movie, only ${found} were found again (${
        percent(found / added)
      }).`,
      advice: "As many of the true cells are likely to be missing. Lower min_corr and min_pnr, and check gSig.",
    });
  }
  return warnings;
}
