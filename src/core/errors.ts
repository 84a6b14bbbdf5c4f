/** Base of every error annulus raises on purpose. Its message is one clear sentence: what, where, what would be right. */
export class AnnulusError extends Error {
  /** Its class, for people. */
  override name: string = "AnnulusError";
}

/** The movie cannot be used: missing, truncated, of an unsupported kind, or without content to analyse. */
export class MovieError extends AnnulusError {
  /** Its class, for people. */
  override name = "MovieError";
}

/** A parameter is unknown, of the wrong type, out of range, or contradicts another. */
export class ParameterError extends AnnulusError {
  /** Its class, for people. */
  override name = "ParameterError";
}

/** The compute device is missing, was lost, ran out of memory or rejected a kernel. */
export class ComputeError extends AnnulusError {
  /** Its class, for people. */
  override name = "ComputeError";
}

/** Results cannot be written or read. */
export class ResultsError extends AnnulusError {
  /** Its class, for people. */
  override name = "ResultsError";
}
