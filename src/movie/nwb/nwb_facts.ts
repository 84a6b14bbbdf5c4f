import type { PixelSize } from "../../core/movie.ts";
import { rateOfTimestamps } from "../../core/timestamps.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import { UNKNOWN_START } from "../../nwb/moments.ts";
import { findTimestamps, isDate, plainAttributes, plainDataset } from "../hdf5/facts.ts";
import type { MovieFacts } from "../hdf5/messages.ts";

/** Texts about the session, as datasets of the file and of its group `general`. */
const SESSION = ["session_description", "identifier"];
const GENERAL = [
  "experimenter",
  "experiment_description",
  "institution",
  "lab",
  "keywords",
  "notes",
  "protocol",
  "session_id",
];
/** Attributes that only tell programs what an object is. */
const TECHNICAL = ["namespace", "neurodata_type", "object_id"];
/** µm of a unit of length. */
const MICROMETRES: Readonly<Record<string, number>> = {
  meters: 1e6,
  metres: 1e6,
  meter: 1e6,
  metre: 1e6,
  m: 1e6,
  millimeters: 1e3,
  millimetres: 1e3,
  mm: 1e3,
  micrometers: 1,
  micrometres: 1,
  microns: 1,
  um: 1,
  "µm": 1,
  "μm": 1,
};

/** What an NWB file says of a series and of its session: rate or timestamps, beginning, size of a pixel, and everything plain as metadata. */
export function nwbFacts(
  reader: Hdf5Reader,
  { path, type }: { readonly path: string; readonly type: string },
  frames: number | undefined,
): MovieFacts & { metadata: Record<string, unknown>; notes: string[] } {
  const notes: string[] = [];
  const start = plainDataset(reader, "/session_start_time"), plane = followed(reader, `${path}/imaging_plane`);
  const starting = timeOf(reader, path), stamps = `${path}/timestamps`;
  const count = frames ?? lengthOf(reader, stamps);
  const { timestamps, notes: found } = findTimestamps(reader, [stamps], count ?? -1, "seconds");
  notes.push(...found);
  const frameRate = starting?.rate ?? (timestamps && (ownRate(reader, plane) ?? rateOfTimestamps(timestamps)));
  const scaled = scaling(reader, path, notes), pixelSize = plane && spacing(reader, plane, notes);
  const metadata = withoutEmpty({
    series: path,
    neurodata_type: type,
    ...Object.fromEntries(SESSION.map((name) => [name, plainDataset(reader, `/${name}`)])),
    ...Object.fromEntries(GENERAL.map((name) => [name, plainDataset(reader, `/general/${name}`)])),
    subject: record(reader, "/general/subject"),
    device: record(reader, `${path}/device`) ?? (plane && record(reader, `${plane}/device`)),
    imaging_plane: plane && record(reader, plane),
    starting_time: starting?.seconds,
    ...scaled,
    recording: record(reader, path, ["data", "timestamps", "external_file", "starting_time", "control", "dimension"]),
  });
  return {
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(timestamps ? { timestamps } : {}),
    ...(isDate(start) && start !== UNKNOWN_START ? { startTime: start } : {}),
    ...(pixelSize ? { pixelSize } : {}),
    metadata,
    notes,
  };
}

/** The rate annulus states beside timestamps when it writes NWB. Other programs' `imaging_rate` is often a guess. */
function ownRate(reader: Hdf5Reader, plane: string | undefined): number | undefined {
  const rate = plane !== undefined && isByAnnulus(reader) ? plainDataset(reader, `${plane}/imaging_rate`) : undefined;
  return typeof rate === "number" && rate > 0 && Number.isFinite(rate) ? rate : undefined;
}

/** Whether annulus wrote the file. */
export function isByAnnulus(reader: Hdf5Reader): boolean {
  const by = "/general/was_generated_by";
  return reader.typeOf(by) === "dataset" && reader.describe(by).kind === "text" && reader.texts(by)[0] === "annulus";
}

/** `starting_time` and its attribute `rate`. */
function timeOf(reader: Hdf5Reader, series: string): { seconds: number; rate?: number } | undefined {
  const path = `${series}/starting_time`, seconds = plainDataset(reader, path);
  if (typeof seconds !== "number") return undefined;
  const { rate } = plainAttributes(reader, path);
  return { seconds, ...(typeof rate === "number" && rate > 0 ? { rate } : {}) };
}

/** Factor, offset and unit that turn the stored counts into a physical quantity. The counts are read as they are. */
function scaling(reader: Hdf5Reader, series: string, notes: string[]): Record<string, unknown> {
  if (reader.typeOf(`${series}/data`) !== "dataset") return {};
  const { conversion, offset, unit } = plainAttributes(reader, `${series}/data`);
  const isScaled = typeof conversion === "number" && conversion !== 1 || typeof offset === "number" && offset !== 0;
  if (isScaled) {
    notes.push(
      `${series} states a conversion (× ${conversion ?? 1} + ${offset ?? 0}${unit ? `, in ${unit}` : ""}): ` +
        "samples are read as stored, without it",
    );
  }
  return { conversion, offset, unit };
}

/** Size of a pixel from `grid_spacing`, x first. */
function spacing(reader: Hdf5Reader, plane: string, notes: string[]): PixelSize | undefined {
  const path = `${plane}/grid_spacing`, value = plainDataset(reader, path);
  if (!Array.isArray(value) || value.length < 2) return undefined;
  const { unit = "meters" } = plainAttributes(reader, path), scale = MICROMETRES[String(unit)];
  const [x, y] = value.map((one) => Number((Number(one) * (scale ?? NaN)).toPrecision(7)));
  if (x > 0 && y > 0) return { x, y };
  notes.push(`${path} is ${value.join(" × ")} "${unit}", which is no size of a pixel: it is not used`);
  return undefined;
}

/** The small datasets and the attributes of a group, and of the groups in it one deep, as a record. */
function record(reader: Hdf5Reader, path: string, without: readonly string[] = [], depth = 0): unknown {
  const group = followed(reader, path);
  if (group === undefined) return undefined;
  // A link to a device leads to a group that is called by its name.
  const link = reader.softLink(path), name = link?.slice(link.lastIndexOf("/") + 1);
  const attributes = Object.entries(plainAttributes(reader, group)).filter(([name]) => !TECHNICAL.includes(name));
  const inside = reader.names(group).filter((name) => !without.includes(name)).map((name) => {
    const one = `${group}/${name}`;
    const isOwn = depth === 0 && reader.typeOf(one) === "group" && reader.softLink(one) === undefined;
    return [name, isOwn ? record(reader, one, [], 1) : plainDataset(reader, one)];
  });
  const found = withoutEmpty({ name, ...Object.fromEntries([...attributes, ...inside]) });
  return Object.keys(found).length > 0 ? found : undefined;
}

function followed(reader: Hdf5Reader, path: string): string | undefined {
  return reader.typeOf(path) === "group" ? path : undefined;
}

function lengthOf(reader: Hdf5Reader, path: string): number | undefined {
  return reader.typeOf(path) === "dataset" ? reader.describe(path).shape?.[0] : undefined;
}

function withoutEmpty(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== ""));
}
