/** Something about a result that a person should know, in words to act on. */
export interface ReportWarning {
  /** "act": look at this before using the results; "know": worth knowing. */
  readonly level: "act" | "know";
  /** What it is about, for programs: stays the same when the words change. */
  readonly topic: string;
  /** What was seen, one sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
  /** Numbers of the cells concerned, where it is about some. */
  readonly cells?: readonly number[];
}

/** What the cells that count are called: "accepted cell" where somebody has judged them. */
export function keptName(cells: readonly { readonly isAccepted?: boolean }[]): string {
  return cells.some(({ isAccepted }) => isAccepted !== undefined) ? "accepted cell" : "cell";
}
