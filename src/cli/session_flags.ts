import { checkSession, type Session } from "../nwb/session.ts";
import { readSession } from "../results/exports/session.ts";
import type { ExportFormat } from "../results/exports/export_format.ts";
import type { Flag, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";

/** Entries of a session that are flags, too, by the part of the session they belong to. */
const ENTRIES: Readonly<Record<string, { readonly part?: string; readonly help: string }>> = {
  session_description: { help: "What happens in the session" },
  session_start_time: { help: "When it began, such as 2024-05-06T07:08:09+02:00 (default: what the movie says)" },
  session_id: { help: "The laboratory's name of the session" },
  experimenter: { help: 'Who did it, such as "Curie, Marie"; several are separated by a semicolon' },
  institution: { help: "Where" },
  lab: { help: "Whose laboratory" },
  subject_id: { part: "subject", help: "The animal" },
  species: { part: "subject", help: 'Its species, such as "Mus musculus"' },
  sex: { part: "subject", help: "Its sex: M, F, U or O" },
  age: { part: "subject", help: "Its age, such as P90D" },
  indicator: { part: "imaging_plane", help: "The calcium indicator, such as GCaMP6f" },
  location: { part: "imaging_plane", help: "Where the microscope looked, such as CA1" },
};

/** Flags that describe the session, for formats that have a place for it (NWB). */
export const SESSION_FLAGS: readonly Flag[] = [
  {
    name: "session",
    value: "FILE",
    help: "Description of the session for NWB, JSON or YAML; the flags below win over it",
  },
  ...Object.entries(ENTRIES).map(([name, { help }]) => ({ name, value: "TEXT", help })),
];

/** Refuses a description of the session that no format has a place for. */
export function refuseUnusedSession(session: Session | undefined, formats: readonly ExportFormat[]): void {
  if (session === undefined || formats.some(({ name }) => name === "nwb")) return;
  throw new UsageError(
    "The session is described, but only NWB has a place for that: add nwb to the formats, or leave it out",
  );
}

/** What a command was told of the session; undefined when nothing. Throws `ParameterError` for an entry that makes no sense. */
export async function givenSession({ values }: Invocation): Promise<Session | undefined> {
  const fromFile = values.session === undefined ? undefined : await readSession(values.session);
  const fromFlags: Record<string, unknown> = {};
  for (const [name, { part }] of Object.entries(ENTRIES)) {
    const text = values[name];
    if (text === undefined) continue;
    const value = name === "experimenter" ? text.split(";").map((one) => one.trim()) : text;
    if (part === undefined) fromFlags[name] = value;
    else {fromFlags[part] = {
        ...fromFile?.[part as "subject"],
        ...fromFlags[part] as object | undefined,
        [name]: value,
      };}
  }
  if (Object.keys(fromFlags).length === 0) return fromFile;
  return { ...fromFile, ...checkSession(fromFlags, "The flags of the session") };
}
