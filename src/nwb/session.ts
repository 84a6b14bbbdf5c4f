import { ParameterError } from "../core/errors.ts";
import { nearestName } from "../core/nearest_name.ts";
import { SESSION, SESSION_PARTS, type SessionField, type SessionFields } from "./session_fields.ts";

/** What only the user knows of a session. Everything is optional; names and meanings are NWB's. */
export interface Session {
  /** What happens in the session. Default "One-photon calcium imaging". */
  readonly session_description?: string;
  /** When it began, ISO 8601; without a time zone it is taken as UTC. Default: what the movie says. */
  readonly session_start_time?: string;
  /** The lab's name of the session. */
  readonly session_id?: string;
  /** A text that no other file has. Default: made from the content. */
  readonly identifier?: string;
  /** Who did it, "Last, First". */
  readonly experimenter?: readonly string[];
  /** Where. */
  readonly institution?: string;
  /** Whose laboratory. */
  readonly lab?: string;
  /** What the experiment is about. */
  readonly experiment_description?: string;
  /** Words to find it by. Default: calcium imaging, one-photon, CNMF-E. */
  readonly keywords?: readonly string[];
  /** Notes about the experiment. */
  readonly notes?: string;
  /** Experimental protocol, such as the number of its approval. */
  readonly protocol?: string;
  /** What surgery there was. */
  readonly surgery?: string;
  /** Which virus was injected. */
  readonly virus?: string;
  /** Which drugs were given. */
  readonly pharmacology?: string;
  /** Publications, as DOIs. */
  readonly related_publications?: readonly string[];
  /** The animal: subject_id, species, sex, age, date_of_birth, genotype, strain, weight, description. */
  readonly subject?: Readonly<Record<string, string>>;
  /** The microscope: name (default "Microscope"), description, manufacturer, serial_number. */
  readonly device?: Readonly<Record<string, string>>;
  /** Where it looked: name, description, indicator and location (default "unknown"), excitation_lambda (nm), reference_frame. */
  readonly imaging_plane?: Readonly<Record<string, string | number>>;
  /** What light it kept: name, description, emission_lambda (nm). */
  readonly optical_channel?: Readonly<Record<string, string | number>>;
}

/**
 * Checks what a user says of a session. Entries that are null count as absent.
 *
 * @param record As it stands in a file or comes from flags.
 * @param where Begins the messages: the file's name, or "The session".
 * @throws {ParameterError} One sentence: what is unknown (with the nearest name) or wrong, and what would be right.
 */
export function checkSession(record: unknown, where = "The session"): Session {
  if (!isRecord(record)) {
    throw new ParameterError(`${where} has to hold entries such as session_description, not ${show(record)}`);
  }
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (value === null || value === undefined) continue;
    const part = Object.hasOwn(SESSION_PARTS, name) ? SESSION_PARTS[name] : undefined;
    if (part === undefined) {
      checked[name] = checkEntry(SESSION, name, value, name, where, Object.keys(SESSION_PARTS));
      continue;
    }
    if (!isRecord(value)) {
      throw new ParameterError(
        `${where}: ${name} is ${show(value)}, but it has to hold entries such as ${Object.keys(part)[0]}`,
      );
    }
    const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
    checked[name] = Object.fromEntries(
      entries.map(([key, entry]) => [key, checkEntry(part, key, entry, `${name}.${key}`, where)]),
    );
  }
  return checked as Session;
}

function checkEntry(
  fields: SessionFields,
  name: string,
  value: unknown,
  path: string,
  where: string,
  also: readonly string[] = [],
): unknown {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) throw new ParameterError(unknown(fields, name, path, where, also));
  if (field.kind === "texts") {
    const list = Array.isArray(value) ? value : [value];
    if (list.length > 0 && list.every((one) => isRight(field, one))) return list;
  } else if (isRight(field, value)) return value;
  const quotes = typeof value === "number" && field.kind !== "number" ? " (in quotes)" : "";
  throw new ParameterError(`${where}: ${path} is ${show(value)}, but it has to be ${field.right}${quotes}`);
}

function isRight({ kind, accepts }: SessionField, value: unknown): boolean {
  if (kind === "number") return typeof value === "number" && Number.isFinite(value) && (accepts?.(value) ?? true);
  // HDF5 keeps texts up to the first NUL.
  return typeof value === "string" && value.trim() !== "" && !value.includes("\0") && (accepts?.(value) ?? true);
}

/** Says that there is no such entry, and where it belongs or which one was meant. */
function unknown(fields: SessionFields, name: string, path: string, where: string, also: readonly string[]): string {
  const message = `${where}: there is no entry ${path}`;
  const homes = Object.keys(SESSION_PARTS).filter((part) => Object.hasOwn(SESSION_PARTS[part], name));
  if (homes.length > 0) return `${message}; ${name} belongs into ${homes.join(" or ")}`;
  if (Object.hasOwn(SESSION, name)) return `${message}; ${name} belongs outside, beside ${path.split(".")[0]}`;
  const near = nearestName(name, [...Object.keys(fields), ...also]);
  if (near !== undefined) return `${message}; did you mean ${path.slice(0, path.length - name.length)}${near}?`;
  return `${message}; it may hold ${[...Object.keys(fields), ...also].join(", ")}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = typeof value === "object" && value !== null
    ? (Array.isArray(value) ? `a list of ${value.length}` : "a group of entries")
    : JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
