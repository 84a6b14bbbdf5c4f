import type { Extraction } from "../core/extraction.ts";
import { secondsOfFrame } from "../core/timestamps.ts";
import type { Truth } from "../core/truth.ts";
import { type EventScore, type EventTimes, scoreEvents } from "../score/events.ts";
import type { Score } from "../score/score.ts";
import { findEvents } from "../traces/events.ts";
import { spikeEvents } from "../traces/spike_events.ts";
import { traceProducts } from "../traces/trace_products.ts";

/**
 * How well events and activity of the cells that were found are those of the truth: events by deconvolution as `annulus events` finds them,
 * against runs of true activity, which are events by the same rule. Of the last threshold of a score; nothing for results without spikes.
 */
export async function eventScore(
  extraction: Extraction,
  truth: Truth,
  score: Score,
  tolerance?: number,
): Promise<EventScore | undefined> {
  const at = score.thresholds.at(-1);
  if (at === undefined || extraction.arOrder === 0) return undefined;
  const products = await traceProducts(extraction), { movie, frameRate } = extraction;
  return scoreEvents(
    at.matches,
    findEvents(products, extraction),
    trueEvents(truth, movie, frameRate),
    { traces: products },
    truth,
    frameRate,
    {
      ...(tolerance === undefined ? {} : { tolerance }),
    },
  );
}

/** When true cells were active: see `spikeEvents`. */
function trueEvents({ spikes, frames, footprints }: Truth, movie: Extraction["movie"], frameRate: number): EventTimes {
  const starts = [0], seconds: number[] = [];
  for (let k = 0; k < footprints.count; k++) {
    for (const { frame } of spikeEvents(spikes.subarray(k * frames, (k + 1) * frames))) {
      seconds.push(secondsOfFrame(movie, frameRate, frame));
    }
    starts.push(seconds.length);
  }
  return { starts, seconds };
}

/** A score of events for people. */
export function eventScoreText(score: EventScore, frameRate: number): string {
  const { cells, found, true: all, tolerance, precision, recall, f1, spikes, bin, spikesBinned } = score;
  const binned = bin * frameRate > 1.001
    ? `, ${spikesBinned.mean.toFixed(3)} in bins of ${Number(bin.toPrecision(3))} s`
    : "";
  return `events of ${cells} matched ${
    cells === 1 ? "cell" : "cells"
  }: ${found} found, ${all} true, one to one within ${tolerance} s: ` +
    `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F1 ${f1.toFixed(3)}; ` +
    `spikes r ${spikes.mean.toFixed(3)} by frame${binned}`;
}
