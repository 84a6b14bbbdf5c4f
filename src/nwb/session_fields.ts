import { isDuration, isMoment } from "./moments.ts";

/** What one entry of the session's description may hold. */
export interface SessionField {
  /** Whether it is a list of texts (one text alone is taken as a list of one), a number, or a text. */
  readonly kind: "text" | "texts" | "number";
  /** What is right, for messages: "a text such as …". */
  readonly right: string;
  /** Whether a value of the right kind is right. Default: every text that is not empty, every finite number. */
  readonly accepts?: (value: string | number) => boolean;
}

/** The entries of one part of the session's description, by name. */
export type SessionFields = Readonly<Record<string, SessionField>>;

const text = (example: string): SessionField => ({ kind: "text", right: `a text such as "${example}"` });
const texts = (example: string): SessionField => ({
  kind: "texts",
  right: `a text or a list of texts such as ${example}`,
});
const moment = (example: string): SessionField => ({
  kind: "text",
  right: `a date and time such as "${example}"`,
  accepts: (value) => isMoment(String(value)),
});
const wavelength = (example: number): SessionField => ({
  kind: "number",
  right: `a wavelength in nm such as ${example}`,
  accepts: (value) => Number(value) >= 100 && Number(value) <= 100000,
});
/** Archives make paths of these names. */
const identity = (example: string): SessionField => ({
  kind: "text",
  right: `a text without slashes such as "${example}"`,
  accepts: (value) => !/[\\/]|^\.*$/.test(String(value)),
});

/** Entries of the session itself. */
export const SESSION: SessionFields = {
  session_description: text("Mouse runs on a linear track"),
  session_start_time: moment("2024-05-06T07:08:09+02:00"),
  session_id: identity("2024-05-06_a"),
  identifier: text("m17-2024-05-06-a"),
  experimenter: texts('["Curie, Marie"]'),
  institution: text("University of Paris"),
  lab: text("Curie Lab"),
  experiment_description: text("Place cells over ten days"),
  keywords: texts('["calcium imaging", "hippocampus"]'),
  notes: text("The animal was restless"),
  protocol: text("IACUC 123"),
  surgery: text("GRIN lens over CA1 on 2024-03-02"),
  virus: text("AAV1-CaMKII-GCaMP6f, CA1"),
  pharmacology: text("Saline, i.p., 30 minutes before"),
  related_publications: texts('["doi:10.1000/182"]'),
};

/** Entries of the parts of a session's description, by the part's name. */
export const SESSION_PARTS: Readonly<Record<string, SessionFields>> = {
  subject: {
    subject_id: identity("m17"),
    species: text("Mus musculus"),
    sex: {
      kind: "text",
      right: '"M", "F", "O" (other) or "U" (unknown)',
      accepts: (value) => ["M", "F", "O", "U", "XO", "XX"].includes(String(value)),
    },
    age: {
      kind: "text",
      right: 'an ISO 8601 duration such as "P90D" or "P12W", or a range of two such as "P10D/P20D"',
      accepts: (value) => isAge(String(value)),
    },
    date_of_birth: moment("2024-02-03"),
    genotype: text("Thy1-GCaMP6f/wt"),
    strain: text("C57BL/6J"),
    weight: {
      kind: "text",
      right: 'a number and a unit such as "23.5 g"',
      accepts: (value) => /^\d+(\.\d+)? (kg|g|mg|ug|µg|μg|ng|pg)$/i.test(String(value)),
    },
    description: text("Bred in house"),
  },
  device: {
    name: identity("Miniscope"),
    description: text("UCLA Miniscope V4.4"),
    manufacturer: text("Open Ephys"),
    serial_number: text("0417"),
  },
  imaging_plane: {
    name: identity("ImagingPlane"),
    description: text("Below the lens, 200 µm"),
    indicator: text("GCaMP6f"),
    location: text("CA1"),
    excitation_lambda: wavelength(470),
    reference_frame: text("x is medial to lateral, y is anterior to posterior"),
  },
  optical_channel: {
    name: identity("OpticalChannel"),
    description: text("Green fluorescence"),
    emission_lambda: wavelength(525),
  },
};

function isAge(value: string): boolean {
  const [from, to, ...more] = value.split("/");
  if (more.length > 0 || value === "/") return false;
  if (to === undefined) return isDuration(from);
  return (from === "" || isDuration(from)) && (to === "" || isDuration(to));
}
