import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { compareNaturally } from "../natural_order.ts";
import { type Metadata, readMetadata, readSettings } from "./metadata.ts";

/** Folders that a session may have: one with more is something else, and not worth looking through. */
const MOST_FOLDERS = 50;
/** Recordings that are looked for in a folder. */
const MOST_RECORDINGS = 1000;
/** Folders of a session that hold the folders of its devices. */
const GROUPS = /^(miniscopes?|cameras?|behaviou?r ?cams?)$/i;

/** What one device recorded. */
export interface Device {
  readonly version: "V3" | "V4";
  readonly folder: string;
  /** Name by which it is chosen. */
  readonly name: string;
  /** Whether it is a miniscope, not a camera. */
  readonly isMiniscope: boolean;
  /** Its AVI files, in playing order. */
  readonly files: readonly string[];
  /** Name of its table of timestamps, if there is one. */
  readonly timestamps: string | undefined;
  /** What is said of the session and of the device. */
  readonly metadata: Metadata;
  /** What was wrong with that, one sentence each. */
  readonly notes: readonly string[];
}

/** What lies in a folder; nothing when it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

/** Folders in a folder, in natural order; none when there are more than `most`, or it cannot be read. */
function foldersIn(folder: string, most = MOST_FOLDERS): string[] {
  try {
    const folders = fs.readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
    return folders.length > most ? [] : folders.map(({ name }) => name).sort(compareNaturally);
  } catch {
    return [];
  }
}

/**
 * The devices whose files lie in this folder itself: one of V4, or the miniscope and the behaviour camera of V3. Empty
 * when it is not the folder of a Miniscope's device.
 * @param session what the session says, when it was read already
 */
export function devicesHere(folder: string, names: readonly string[], session?: Metadata | string): Device[] {
  const cameras = ["msCam", "behavCam"].filter((camera) => names.some((name) => numberOf(name, camera) !== undefined));
  if (cameras.includes("msCam")) {
    return cameras.map((camera) => ({
      version: "V3",
      folder,
      name: camera,
      isMiniscope: camera === "msCam",
      files: filesOf(names, camera),
      timestamps: named(names, "timestamp.dat"),
      metadata: readSettings(folder, names),
      notes: [],
    }));
  }
  const files = filesOf(names, ""), timestamps = named(names, "timestamps.csv");
  const own = readMetadata(folder, names);
  const says = typeof own === "object" ? own : {};
  const isDevice = "deviceType" in says || "deviceName" in says || "deviceID" in says;
  if (!(isDevice || (timestamps !== undefined && files.length > 0))) return [];
  const parent = session ?? readMetadata(dirname(folder), namesIn(dirname(folder)));
  const whole =
    typeof parent === "object" && ("miniscopes" in parent || "cameras" in parent || "recordingStartTime" in parent)
      ? parent
      : {};
  const name = typeof says.deviceName === "string" && says.deviceName !== "" ? says.deviceName : basename(folder);
  return [{
    version: "V4",
    folder,
    name,
    isMiniscope: isMiniscope(whole, says, [name, basename(folder)]),
    files,
    timestamps,
    metadata: { ...whole, ...says },
    notes: [own, parent].filter((one) => typeof one === "string"),
  }];
}

/** The devices of a session: those in its folder, in folders in it, and in folders such as "Miniscopes" in it. */
export function devicesOf(folder: string, names: readonly string[]): Device[] {
  const here = devicesHere(folder, names);
  if (here.length > 0) return here;
  const session = readMetadata(folder, names);
  return foldersIn(folder).flatMap((name) => {
    const inside = join(folder, name), devices = devicesHere(inside, namesIn(inside), session);
    if (devices.length > 0 || !GROUPS.test(name)) return devices.filter(({ version }) => version === "V4");
    return foldersIn(inside).flatMap((name) => devicesHere(join(inside, name), namesIn(join(inside, name)), session));
  });
}

/** Whether a folder's `metaData.json` is that of a session. */
export function isSession(folder: string, names: readonly string[]): boolean {
  const says = readMetadata(folder, names);
  return typeof says === "object" && (Array.isArray(says.miniscopes) || "recordingStartTime" in says);
}

/** Names of the recordings in a folder that is none itself (a day, an animal), in natural order. */
export function recordingsIn(folder: string): string[] {
  return foldersIn(folder, MOST_RECORDINGS).filter((name) => {
    const inside = join(folder, name), names = namesIn(inside);
    return devicesOf(inside, names).length > 0 || isSession(inside, names);
  });
}

/** A name as people compare it: without case, and with spaces for what folders have in their place. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, " ").trim();
}

/** Number of a file: of "3.avi" for no prefix, of "msCam3.avi" for "msCam". */
export function numberOf(name: string, prefix: string): number | undefined {
  const match = new RegExp(`^${prefix}(\\d{1,9})\\.avi$`, "i").exec(name);
  return match ? Number(match[1]) : undefined;
}

function filesOf(names: readonly string[], prefix: string): string[] {
  return names.filter((name) => numberOf(name, prefix) !== undefined).sort(compareNaturally);
}

function named(names: readonly string[], wanted: string): string | undefined {
  return names.find((name) => name.toLowerCase() === wanted);
}

/** By the session's lists, else by the type of the device, else by its name. */
function isMiniscope(session: Metadata, device: Metadata, names: readonly string[]): boolean {
  const lists = (list: unknown) =>
    Array.isArray(list) && list.some((one) => names.some((name) => plainName(String(one)) === plainName(name)));
  if (lists(session.miniscopes)) return true;
  if (lists(session.cameras)) return false;
  return /scope/i.test(typeof device.deviceType === "string" ? device.deviceType : names.join());
}
