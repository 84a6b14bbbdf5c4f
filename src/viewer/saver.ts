import { ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { fileVersion } from "../results/file_version.ts";
import type { SavedMessage } from "./messages.ts";

/** Milliseconds without another change after which results are written: a row of quick key presses is one. */
const QUIET_MS = 250;
/** Milliseconds a change waits at most. */
const MOST_MS = 2000;

/** How results are kept on the disk. */
export interface SaverOptions {
  /** Writes results into a file: under another name, then renamed. */
  readonly write: (path: string, extraction: Extraction) => Promise<void>;
  /** Keeps the results as they were before any edit, beside a file that is to hold edited ones; called once for a file. Resolves to the name that what lay there has now, if it was of other results. */
  readonly keepOriginal: (path: string) => Promise<string | undefined>;
  /** Whether the file is another program's, and never replaced. */
  readonly isForeign?: boolean;
}

/**
 * Keeps a results file up to date with what is decided: one write at a time, a row of quick changes in one write, and never over what another
 * program wrote meanwhile: then the results go to a file beside it, and that is told.
 */
export class Saver {
  #wanted: Extraction | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #writing: Promise<void> | undefined;
  #waiting: (() => void)[] = [];
  #problem: string | undefined;
  #seen: string | undefined;
  #isElsewhere = false;
  /** The file beside which the original is. */
  #kept: string | undefined;
  #path: string;

  private constructor(path: string, seen: string | undefined, private readonly options: SaverOptions) {
    this.#path = path;
    this.#seen = seen;
  }

  /** For a results file as it is now. */
  static async open(path: string, options: SaverOptions): Promise<Saver> {
    return new Saver(path, await fileVersion(path), options);
  }

  /** Whether everything is saved, and why not. */
  get state(): SavedMessage {
    return {
      saved: this.#wanted === undefined && this.#writing === undefined,
      ...(this.#problem === undefined ? {} : { saveProblem: this.#problem }),
    };
  }

  /** These are the results now. They are written soon. */
  save(extraction: Extraction): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#since = now;
    else clearTimeout(this.#timer);
    this.#wanted = extraction;
    const wait = Math.max(0, Math.min(QUIET_MS, this.#since + MOST_MS - now));
    this.#timer = setTimeout(() => this.#start(), wait);
  }

  /** Waits until nothing is left to be written, or writing failed. */
  async settled(): Promise<SavedMessage> {
    while (this.#timer !== undefined || this.#writing) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.state;
  }

  /** Writes at once what is not written yet, and waits for it. A failure is in `state`. */
  async flush(): Promise<SavedMessage> {
    this.#start();
    while (this.#writing) await this.#writing;
    return this.state;
  }

  /** Writes what is not written yet. Rejects with a `ResultsError` when that fails. */
  async close(): Promise<void> {
    const { saved, saveProblem } = await this.flush();
    if (!saved) throw new ResultsError(saveProblem ?? FAILED);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  async #writeAll(): Promise<void> {
    // What changes while a file is written is written next, unless more changes are on their way.
    while (this.#wanted && this.#timer === undefined) {
      const extraction = this.#wanted;
      try {
        await this.#leaveOthersAlone();
        await this.#keepOriginal(extraction);
        await this.options.write(this.#path, extraction);
        this.#seen = await fileVersion(this.#path);
        if (this.#wanted === extraction) this.#wanted = undefined;
        if (this.#problem?.startsWith(FAILED)) this.#problem = undefined;
      } catch (error) {
        this.#problem = `${FAILED}: ${error instanceof Error ? error.message : error}`;
        return;
      }
    }
  }

  async #keepOriginal({ edits }: Extraction): Promise<void> {
    if (this.#kept === this.#path || !edits?.length) return;
    await this.options.keepOriginal(this.#path);
    this.#kept = this.#path;
  }

  /** Looks whether another program wrote the file meanwhile; then ours goes beside it. */
  async #leaveOthersAlone(): Promise<void> {
    const isForeign = this.options.isForeign === true && !this.#isElsewhere;
    if (!isForeign && await fileVersion(this.#path) === this.#seen) return;
    const before = this.#path, stem = before.replace(/(\.viewer(-\d+)?)?\.[^./\\]*$/, "");
    for (let i = 1;; i++) {
      const path = `${stem}.viewer${i === 1 ? "" : `-${i}`}.h5`;
      if (await fileVersion(path) !== undefined) continue;
      this.#path = path;
      this.#seen = undefined;
      this.#isElsewhere = true;
      this.#problem = isForeign
        ? `${before} is another program's and stays as it is: what is decided here goes to ${path}`
        : `${before} was changed or moved by something else meanwhile: what is decided here goes to ${path}`;
      return;
    }
  }
}

/** How a failure to write begins; it is over with the next write. */
const FAILED = "The results could not be saved";
