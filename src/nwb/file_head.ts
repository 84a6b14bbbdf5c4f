import { VERSION } from "../core/version.ts";
import type { Hdf5Writer } from "../hdf5/hdf5_writer.ts";
import { type Moment, momentOf, secondsBefore, UNKNOWN_START } from "./moments.ts";
import { NWB_VERSION, type NwbWriter } from "./nwb_writer.ts";
import type { Session } from "./session.ts";

/** Seconds of a day: a clock that begins with the recording shows less when it begins. */
const DAY = 86400;

/** What a file says of itself beside the session. */
export interface HeadFacts {
  /** When the recording began, ISO 8601, as far as the movie says it. */
  readonly startTime?: string;
  /** What the recording's clock showed at the first frame, seconds. Default 0. */
  readonly firstReading?: number;
  /** When the newest of the recording's files was modified, ISO 8601. */
  readonly modified?: string;
  /** Sentences on how the data came about. */
  readonly collection: readonly string[];
}

/** The times NWB wants of a file, and what has to be said of them. */
interface Times {
  readonly start: Moment;
  readonly reference: Moment;
  readonly created: Moment;
  readonly remarks: readonly string[];
}

/** Creates the groups that every NWB file has to have. */
export function writeGroups(file: Hdf5Writer): void {
  for (const group of ["acquisition", "analysis", "processing", "stimulus", "general"]) file.group(`/${group}`);
  for (const group of ["presentation", "templates"]) file.group(`/stimulus/${group}`);
}

/** Writes what every NWB file has to say, after `writeGroups`: its root's attributes, identifier and times, and all that is known of the session. */
export function writeFileHead(nwb: NwbWriter, session: Session, facts: HeadFacts): void {
  const times = timesOf(session, facts);
  nwb.mark("/", "NWBFile", { nwb_version: NWB_VERSION });
  nwb.text("/identifier", nwb.identifier);
  nwb.text("/session_description", session.session_description ?? "One-photon calcium imaging");
  nwb.text("/session_start_time", times.start.text);
  nwb.text("/timestamps_reference_time", times.reference.text);
  nwb.texts("/file_create_date", [times.created.text]);
  writeGeneral(nwb, session, [...facts.collection, ...times.remarks]);
}

function timesOf(session: Session, { startTime, firstReading = 0, modified }: HeadFacts): Times {
  const remarks: string[] = [];
  const ofMovie = startTime === undefined ? undefined : momentOf(startTime);
  const ofSession = session.session_start_time === undefined ? undefined : momentOf(session.session_start_time);
  const known = ofSession ?? ofMovie, start = known ?? momentOf(UNKNOWN_START)!;
  if (known === undefined) {
    remarks.push("When the session began is not known: session_start_time is a placeholder of 1970.");
  } else if (!known.isZoned) {
    remarks.push("The time zone of session_start_time is not known: UTC stands in for it.");
  }
  let reference = ofMovie ?? start;
  const zero = Math.abs(firstReading) < DAY ? undefined : secondsBefore(reference, firstReading);
  if (zero !== undefined) {
    reference = zero;
    remarks.push(
      `The recording's clock showed ${firstReading} s at its first frame: timestamps_reference_time is when it showed 0.`,
    );
  }
  const created = modified === undefined ? undefined : momentOf(modified);
  remarks.push(
    `So that identical runs write identical files, file_create_date is ${
      created ? "when the recording's files were last modified" : "that of the session"
    }.`,
  );
  return { start, reference, created: created ?? start, remarks };
}

function writeGeneral(nwb: NwbWriter, session: Session, collection: readonly string[]): void {
  const { file } = nwb;
  for (
    const name of [
      "session_id",
      "institution",
      "lab",
      "experiment_description",
      "notes",
      "protocol",
      "surgery",
      "virus",
      "pharmacology",
    ] as const
  ) {
    if (session[name] !== undefined) nwb.text(`/general/${name}`, session[name]);
  }
  for (const name of ["experimenter", "related_publications"] as const) {
    if (session[name] !== undefined) nwb.texts(`/general/${name}`, session[name]);
  }
  nwb.texts("/general/keywords", session.keywords ?? ["calcium imaging", "one-photon", "CNMF-E"]);
  nwb.text("/general/data_collection", collection.join("\n"));
  file.texts("/general/was_generated_by", [1, 2], ["annulus", VERSION]);
  if (session.subject !== undefined && Object.keys(session.subject).length > 0) writeSubject(nwb, session.subject);
}

function writeSubject(nwb: NwbWriter, subject: Readonly<Record<string, string>>): void {
  nwb.object("/general/subject", "Subject");
  for (const [name, value] of Object.entries(subject)) {
    nwb.text(`/general/subject/${name}`, name === "date_of_birth" ? momentOf(value)?.text ?? value : value);
  }
  if (subject.age !== undefined) nwb.file.attribute("/general/subject/age", "reference", "birth");
}
