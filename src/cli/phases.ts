import type { Progress, ProgressEvent } from "./progress.ts";

/** Part of what is left of a phase that is given to a pass which has to come first. */
const PASS_SHARE = 0.15;

/** Shows the phases of a command, each of which counts its own progress from 0 to 1, as parts of one whole that never goes back. */
export class Phases {
  /** Where the whole stood when the phase, or its part after a pass, began; and where the phase ends. */
  #from = 0;
  #to = 0;
  /** How much of the phase was done then. */
  #base = 0;
  /** How much of the phase is done. */
  #fraction = 0;
  /** How much of the whole is done. */
  #done = 0;
  /** The pass that is going on within the phase. */
  #pass?: { readonly stage: string; readonly from: number; readonly to: number };

  constructor(private readonly progress: Progress) {}

  /**
   * Begins the next phase.
   * @param share its part of what is left of the whole, 0–1; 1 for the last
   */
  next(share: number): void {
    this.#done = this.#from = this.#to;
    this.#to += share * (1 - this.#to);
    this.#base = this.#fraction = 0;
    this.#pass = undefined;
  }

  /** Takes a report of the phase. */
  readonly report = ({ stage, fraction, message }: ProgressEvent): void => {
    if (this.#pass) {
      this.#from = this.#done = Math.max(this.#done, this.#pass.to);
      this.#base = this.#fraction;
      this.#pass = undefined;
    }
    this.#fraction = Math.max(this.#fraction, fraction);
    const rest = this.#base < 1 ? (this.#fraction - this.#base) / (1 - this.#base) : 1;
    this.#show(stage, this.#from + rest * (this.#to - this.#from), message);
  };

  /** Takes a report of a pass over the movie that comes within the phase, because frames cannot be made before it. */
  readonly within = ({ stage, fraction }: ProgressEvent): void => {
    if (this.#pass?.stage !== stage) {
      this.#pass = { stage, from: this.#done, to: this.#done + PASS_SHARE * (this.#to - this.#done) };
    }
    const { from, to } = this.#pass!;
    this.#show(stage, from + fraction * (to - from));
  };

  #show(stage: string, done: number, message?: string): void {
    this.#done = Math.max(this.#done, done);
    this.progress.report({ stage, fraction: this.#done, ...(message === undefined ? {} : { message }) });
  }
}
