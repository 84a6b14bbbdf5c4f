import { checkSession, type Session } from "./session.ts";
import { SESSION, SESSION_PARTS } from "./session_fields.ts";

/** Entries that belong to one file alone. */
const OWN = ["identifier", "session_start_time"];

/**
 * What is known of a session whose movie came out of an NWB file (as its metadata has it) together with what the user says, who is right where
 * they differ. Entries of the file that are not as they should be are left out.
 *
 * @param given What the user says; checked.
 * @param metadata Of the movie.
 * @throws {ParameterError} When what the user says is wrong.
 */
export function knownSession(given: Session = {}, metadata: Readonly<Record<string, unknown>> = {}): Session {
  const checked = checkSession(given) as Readonly<Record<string, unknown>>;
  if (typeof metadata.neurodata_type !== "string") return checked;
  const known: Record<string, unknown> = {};
  for (const name of Object.keys(SESSION)) {
    if (!OWN.includes(name)) Object.assign(known, valid({ [name]: metadata[name] }));
  }
  const plane = recordOf(metadata.imaging_plane);
  const channels = Object.values(plane).map(recordOf).filter((one) => one.emission_lambda !== undefined);
  const sources = { ...metadata, optical_channel: channels[0] };
  for (const [part, fields] of Object.entries(SESSION_PARTS)) {
    const source = recordOf((sources as Record<string, unknown>)[part]), entries: Record<string, unknown> = {};
    for (const name of Object.keys(fields)) {
      Object.assign(entries, recordOf(valid({ [part]: { [name]: source[name] } })[part]));
    }
    if (Object.keys(entries).length > 0) known[part] = entries;
  }
  const merged = { ...known, ...checked };
  for (const part of Object.keys(SESSION_PARTS)) {
    if (known[part] && checked[part]) merged[part] = { ...recordOf(known[part]), ...recordOf(checked[part]) };
  }
  return merged;
}

/** What is right of a record of one entry: it, or nothing. */
function valid(record: Record<string, unknown>): Record<string, unknown> {
  try {
    return { ...checkSession(record) };
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}
