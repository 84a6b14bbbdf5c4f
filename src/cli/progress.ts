import type { Output } from "./output.ts";

/** What a long job reports: the stage it is in and how much of the whole job is done, 0–1. */
export interface ProgressEvent {
  readonly stage: string;
  readonly fraction: number;
  readonly message?: string;
}

/** Milliseconds between two redraws of a terminal's line. */
const REDRAW_MS = 100;
/** Milliseconds between two plain lines within a stage. */
const PLAIN_MS = 5000;

/**
 * Shows progress: one line that is redrawn on a terminal, a line per stage (and every few seconds) when piped, JSON
 * records with `--json`. The time left is what the past part took, scaled to the rest.
 */
export class Progress {
  readonly #began: number;
  #stage = "";
  #lastShown = -Infinity;

  constructor(private readonly output: Output, private readonly now: () => number = () => performance.now()) {
    this.#began = now();
  }

  /** Takes one report. */
  report({ stage, fraction, message }: ProgressEvent): void {
    const now = this.now();
    const seconds = (now - this.#began) / 1000;
    const done = Math.min(1, Math.max(0, fraction));
    const left = done > 0.01 ? seconds * (1 - done) / done : undefined;
    const newStage = stage !== this.#stage;
    const { json } = this.output.options;
    const interval = this.output.isTerminal && !json ? REDRAW_MS : PLAIN_MS;
    // Messages are rare and worth a line of their own; a terminal's one line would lose them the next moment anyway.
    const mustShow = newStage || (message !== undefined && !this.output.isTerminal);
    if (!mustShow && now - this.#lastShown < interval) return;
    this.#stage = stage;
    this.#lastShown = now;
    if (json) {
      this.output.event("progress", { stage, fraction: done, seconds, seconds_left: left ?? null, message });
      return;
    }
    const text = `${String(Math.floor(done * 100)).padStart(3)} %  ${stage}${message ? `: ${message}` : ""}` +
      (left === undefined ? "" : `  (${duration(left)} left)`);
    if (this.output.isTerminal) this.output.redraw(text);
    else this.output.line(text);
  }
}

/** Seconds for people: 0.4 s, 12 s, 3 min 05 s, 2 h 07 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole % 3600 / 60)).padStart(2, "0")} min`;
}
