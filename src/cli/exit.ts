import { AnnulusError, ComputeError, MovieError, ParameterError, ResultsError } from "../core/errors.ts";

/** What each exit code of `annulus` means, in the order help and README list them. */
export const EXIT_CODES: readonly { readonly code: number; readonly meaning: string }[] = [
  { code: 0, meaning: "done; also when a movie honestly holds no cells" },
  { code: 1, meaning: "something else failed" },
  { code: 2, meaning: "the command line or a parameter is wrong" },
  { code: 3, meaning: "the movie is missing or cannot be used" },
  { code: 4, meaning: "the compute device is missing or failed" },
  { code: 5, meaning: "results exist already, or cannot be written or read" },
  { code: 130, meaning: "interrupted" },
];

/** The command line itself is wrong: an unknown command or flag, a missing value. */
export class UsageError extends AnnulusError {
  override name = "UsageError";
}

/** The user pressed Ctrl-C. Its message says what was written before that; "Interrupted" alone means nothing. */
export class Interrupted extends AnnulusError {
  override name = "Interrupted";
}

/** The exit code an error ends the program with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof ParameterError) return 2;
  if (error instanceof MovieError) return 3;
  if (error instanceof ComputeError) return 4;
  if (error instanceof ResultsError) return 5;
  if (error instanceof Interrupted || (error instanceof DOMException && error.name === "AbortError")) return 130;
  return 1;
}

/** What to tell the user about an error: one sentence, and the stack behind it when `verbose`. */
export function explain(error: unknown, verbose: boolean): string {
  const expected = error instanceof AnnulusError || exitCodeOf(error) === 130;
  const message = error instanceof Error ? error.message : String(error);
  const nothing = !(error instanceof Interrupted) || message === "Interrupted";
  const sentence = exitCodeOf(error) === 130 && nothing
    ? "Interrupted; nothing was written."
    : expected
    ? closed(oneLine(message))
    : `This is an error in annulus (${
      oneLine(message)
    }): please report it with what the same command prints with --verbose.`;
  return verbose && error instanceof Error && error.stack !== undefined ? `${sentence}\n${error.stack}` : sentence;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

function closed(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
