/** An event in one trace. */
export interface FoundEvent {
  /** Frame, from 0. */
  readonly frame: number;
  /** Its size, in the units of what it was found in. */
  readonly amplitude: number;
}

/** Within a run of frames with spikes, activity that falls below this share of the lower of two peaks parts them. */
const VALLEY = 0.5;

/**
 * Events of a deconvolved trace. Consecutive frames with spikes are one event, as a single rise is often spread over a few frames; but where
 * between two peaks of such a run the spikes fall below half of the lower one, a new event begins at the lowest frame. An event lies at the frame
 * of its largest spike (the first of equal ones), and its amplitude is the sum of its spikes.
 *
 * @param spikes T numbers ≥ 0; what is not finite counts as none
 * @param least amplitudes below this are no events. Default 0
 */
export function spikeEvents(spikes: Float32Array, least = 0): FoundEvent[] {
  const events: FoundEvent[] = [];
  for (let from = 0; from < spikes.length; from++) {
    if (!isSpike(spikes[from])) continue;
    let to = from + 1;
    while (to < spikes.length && isSpike(spikes[to])) to++;
    events.push(...eventsOfRun(spikes, from, to));
    from = to;
  }
  return events.filter(({ amplitude }) => amplitude >= least);
}

/** The events of the frames `[from, to)`, all of which have spikes. */
function eventsOfRun(spikes: Float32Array, from: number, to: number): FoundEvent[] {
  const events: FoundEvent[] = [];
  let start = from, peak = from, valley = from;
  const end = (before: number) => {
    let sum = 0;
    for (let t = start; t < before; t++) sum += spikes[t];
    events.push({ frame: peak, amplitude: sum });
    start = before;
  };
  for (let t = from + 1; t < to; t++) {
    if (spikes[t] < spikes[valley]) valley = t;
    const parts = spikes[valley] < VALLEY * Math.min(spikes[peak], spikes[t]);
    if (parts) end(valley);
    if (parts || spikes[t] > spikes[peak]) peak = valley = t;
  }
  end(to);
  return events;
}

function isSpike(value: number): boolean {
  return value > 0 && value < Infinity;
}
