import { momentOf } from "./moments.ts";
import type { Session } from "./session.ts";

/**
 * What a user should know of a session that is about to be written, one sentence each: what NWB or archives ask for and nobody has said.
 *
 * @param startTime When the recording began, where its files say so.
 */
export function sessionAdvice(session: Session, startTime?: string): string[] {
  const isKnown = [session.session_start_time, startTime].some((text) => text !== undefined && momentOf(text));
  return [
    ...(isKnown ? [] : [
      "NWB has to say when the session began, which is not known: 1970-01-01 stands in for it (--session_start_time says when)",
    ]),
    ...(session.subject ? [] : [
      "Nothing is said of the animal, which archives such as DANDI ask for (--subject_id, --species, --sex, --age, or --session FILE)",
    ]),
  ];
}
