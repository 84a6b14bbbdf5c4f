import type { InjectedRecall } from "../core/quality.ts";
import type { ReportContext, Section } from "./context.ts";
import { stateOf } from "./field_map.ts";
import { histogram } from "./histogram.ts";
import { type Insert, type Markup, markup } from "./markup.ts";
import type { Measure } from "./measures.ts";
import { ascending, percent, quantileOf, shown } from "./numbers.ts";
import { place, plotted, rule } from "./plot.ts";

/** How the measures of the cells are distributed, against each other and the thresholds, and what is found again of added cells. */
export function qualitySection(context: ReportContext): Section {
  const { extraction: { quality, fieldQuality }, measures, cells } = context;
  if (cells.length === 0) {
    return { id: "quality", title: "Quality", content: markup`<p>Without cells there is nothing to measure.</p>` };
  }
  const find = (key: string) => measures.find((measure) => measure.key === key);
  const accepted = quality?.accepted, thresholds = quality?.thresholds ?? {};
  const drawn = (
    key: string,
    marks: readonly { at: number | undefined; text: string }[] = [],
    range?: [number, number],
  ) => {
    const measure = find(key);
    if (!measure || !Array.from(measure.values).some(Number.isFinite)) return undefined;
    const there = marks.filter((mark): mark is { at: number; text: string } => mark.at !== undefined);
    return markup`<figure>${
      histogram({
        label: measure.label,
        values: measure.values,
        marks: there,
        ...(accepted ? { accepted } : {}),
        ...(range ? { range } : {}),
      })
    }<figcaption><strong>${titled(measure.label)}</strong><span>${sentence(measure)}</span></figcaption></figure>`;
  };
  const snr = find("snr"), r = find("r_value");
  return {
    id: "quality",
    title: "Quality",
    content: markup`${
      accepted &&
      markup`<p class="legend"><span class="key solid kept"></span> accepted <span class="key solid aside"></span> set aside</p>`
    }<div class="figures">
${snr && r && scatter(context, snr, r)}
${recallFigure(fieldQuality?.recall)}
${drawn("snr", [{ at: thresholds.min_SNR, text: "min_SNR" }, { at: positive(thresholds.SNR_lowest), text: "lowest" }])}
${drawn("r_value", [{ at: thresholds.rval_thr, text: "rval_thr" }], [rangeStart(r), 1])}
${drawn("combined", [], [0, 1])}
${!snr && drawn("peak")}
${drawn("noise")}
${drawn(find("size") ? "size" : "pixels")}
${drawn("decay")}
${drawn("variance_share", [], [0, 1])}
</div>`,
  };
}

/** A text that begins with a capital, but for names such as r-value. */
function titled(text: string): string {
  return /^[a-z]-/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

/** Where an axis of r-values begins: at 0, or at the tenth below the least one. */
function rangeStart(r: Measure | undefined): number {
  const least = ascending(r?.values ?? [])[0] ?? 0;
  return Math.max(-1, Math.min(0, Math.floor(10 * least) / 10));
}

function sentence({ meaning, values }: Measure): string {
  const sorted = ascending(values), missing = values.length - sorted.length;
  const at = (share: number) => shown(quantileOf(sorted, share));
  return `${titled(meaning.replace(/\.$/, ""))}. Median ${at(0.5)}, half of the cells from ${at(0.25)} to ${at(0.75)}${
    missing > 0 ? `; ${missing} without a value` : ""
  }.`;
}

/** Signal against footprint, a dot per cell. */
function scatter({ cells, extraction: { quality } }: ReportContext, snr: Measure, r: Measure): Insert {
  const most = quantileOf(ascending(snr.values), 0.98) * 1.1,
    low = rangeStart(r),
    thresholds = quality?.thresholds ?? {};
  if (!(most > 0)) return undefined;
  const high = Math.max(most, (thresholds.min_SNR ?? 0) * 1.5);
  return markup`<figure>${
    plotted({
      alt: "Signal-to-noise ratio against r-value of every cell",
      x: { label: "SNR", low: 0, high, ticks: 6 },
      y: { label: "r-value", low, high: 1 },
      draw: (places) => [
        thresholds.min_SNR !== undefined && rule(places, { x: thresholds.min_SNR, text: "min_SNR", isLow: true }),
        thresholds.rval_thr !== undefined && rule(places, { y: thresholds.rval_thr, text: "rval_thr" }),
        cells.map((cell, k) => {
          const x = Math.min(high, Math.max(0, snr.values[k])), y = Math.max(low, r.values[k]);
          if (!Number.isFinite(x) || !Number.isFinite(y)) return undefined;
          return markup`<circle class="dot ${stateOf(cell)}" data-k="${k}" cx="${place(places.x(x))}" cy="${
            place(places.y(y))
          }" r="3.2"><title>Cell ${cell.number}: SNR ${shown(snr.values[k])}, r-value ${
            shown(r.values[k], 2)
          }</title></circle>`;
        }),
      ],
    })
  }<figcaption><strong>Signal and footprint</strong><span>A dot per cell${
    cells.some(({ isAccepted }) => isAccepted === false) && ": filled ones are accepted, open ones set aside"
  }. True cells gather in the upper right.</span></figcaption></figure>`;
}

/** The share of added cells that was found again, by their signal. */
function recallFigure(recall: InjectedRecall | undefined): Insert {
  const bins = recall?.bins.filter(({ added }) => added > 0) ?? [];
  if (!recall || bins.length === 0) return undefined;
  const last = bins[bins.length - 1], end = Number.isFinite(last.to) ? last.to : last.from * 1.5;
  const middle = ({ from, to }: { from: number; to: number }) => (from + Math.min(to, end)) / 2;
  const line = (
    share: (bin: (typeof bins)[number]) => number,
    name: string,
    x: (v: number) => number,
    y: (v: number) => number,
  ) =>
    markup`<path class="curve ${name}" d="${
      bins.map((bin, i) => `${i === 0 ? "M" : "L"}${place(x(middle(bin)))} ${place(y(share(bin)))}`).join("")
    }"/>${
      bins.map((bin) =>
        markup`<circle class="point ${name}" cx="${place(x(middle(bin)))}" cy="${
          place(y(share(bin)))
        }" r="3.5"><title>SNR ${shown(bin.from)} to ${
          shown(bin.to)
        }: ${bin.found} of ${bin.added} found, ${bin.accepted} accepted</title></circle>`
      )
    }`;
  const found = bins.reduce((sum, bin) => sum + bin.found, 0), added = bins.reduce((sum, bin) => sum + bin.added, 0);
  return markup`<figure>${
    plotted({
      alt: `Share of ${added} added cells that were found again, by their peak SNR`,
      x: { label: "peak SNR of added cells", low: Math.min(0, bins[0].from), high: end, ticks: 6 },
      y: { label: "found again", low: 0, high: 1.04 },
      draw: ({ x, y }) => [
        line(({ accepted, added }) => accepted / added, "aside", x, y),
        line(({ found, added }) => found / added, "kept", x, y),
      ],
    })
  }<figcaption><strong>Recall of added cells</strong><span>${
    recallWords(recall, found, added)
  }</span></figcaption></figure>`;
}

function recallWords({ cosine }: InjectedRecall, found: number, added: number): Markup {
  return markup`Known cells were added to the movie and searched for again: ${found} of ${added} (${
    percent(found / added)
  }) were found (footprints alike by a cosine of ${
    shown(cosine, 2)
  }); the broken line counts those that were accepted, too.
True cells with the same signal are found about as often.`;
}
