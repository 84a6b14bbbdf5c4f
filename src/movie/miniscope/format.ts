import { basename, dirname, join } from "node:path";
import { MovieError } from "../../core/errors.ts";
import type { MovieSource } from "../../core/movie.ts";
import { isAvi } from "../avi/format.ts";
import type { FormatOptions, MovieFormat } from "../format.ts";
import { fileStatus } from "../positional_file.ts";
import { openDevice } from "./device_movie.ts";
import {
  type Device,
  devicesHere,
  devicesOf,
  isSession,
  namesIn,
  numberOf,
  plainName,
  recordingsIn,
} from "./devices.ts";

/** Names of movies of other kinds. */
const OTHER_MOVIES = /\.(tiff?|avi|mp4|mkv|mov|h5|hdf5|nwb|mat|isxd|npy|mmap)$|^(\.z(array|group|attrs)|zarr\.json)$/i;

/**
 * Recordings of UCLA Miniscopes: the folder of a session or of a device, V3 (`msCam1.avi`, `timestamp.dat`) or V4
 * (`Miniscope/0.avi`, `timeStamps.csv`, `metaData.json`), or one of its AVI files.
 */
export const miniscope: MovieFormat = {
  name: "UCLA Miniscope",
  // Its files are AVI files: folders of them that are no recordings are that format's.
  endings: [],
  takes: ["device"],
  isFile: ({ path }, start) => isAvi(start) && isNumbered(basename(path)) && deviceOfFile(path) !== undefined,
  isFolder(path, names) {
    if (devicesHere(path, names).length > 0 || isSession(path, names)) return true;
    // Recordings that lie beside movies, or within arrays, are not what is meant by the folder.
    if (names.some((name) => OTHER_MOVIES.test(name))) return false;
    return devicesOf(path, names).length > 0 || recordingsIn(path).length > 0;
  },
  // async, so that whatever is wrong rejects.
  async open(path, options) {
    if (!fileStatus(path).isDirectory()) {
      const device = deviceOfFile(path);
      if (!device) throw new MovieError(`"${path}" does not belong to a Miniscope recording`);
      checkName([device], options.device, path);
      return await openDevice(device, path, basename(path));
    }
    return await openFolder(path, options);
  },
};

async function openFolder(path: string, options: FormatOptions): Promise<MovieSource> {
  const names = namesIn(path), devices = devicesOf(path, names);
  if (devices.length > 0) return await openDevice(chosenDevice(devices, options.device, path), path);
  if (isSession(path, names)) {
    throw new MovieError(`Miniscope recording "${path}" holds no movie: none of its folders has AVI files of a device`);
  }
  const recordings = recordingsIn(path);
  if (recordings.length === 1) return await openFolder(join(path, recordings[0]), options);
  const listed = recordings.length > 6 ? [...recordings.slice(0, 5), `… ${recordings.at(-1)}`] : recordings;
  throw new MovieError(
    `Folder "${path}" holds ${recordings.length} Miniscope recordings (${
      listed.join(", ")
    }): name the folder of one, or those of ` +
      "several in order, to play them one after another",
  );
}

/** The device that was asked for, else the only miniscope. */
function chosenDevice(devices: readonly Device[], wanted: string | undefined, path: string): Device {
  if (wanted !== undefined) return checkName(devices, wanted, path)!;
  if (devices.length === 1) return devices[0];
  const miniscopes = devices.filter(({ isMiniscope }) => isMiniscope);
  if (miniscopes.length === 1) return miniscopes[0];
  throw new MovieError(
    `Miniscope recording "${path}" has ${
      miniscopes.length === 0 ? "no miniscope" : `${miniscopes.length} miniscopes`
    }: choose ` +
      `one of ${listOf(miniscopes.length === 0 ? devices : miniscopes)} with --device (device in the API)`,
  );
}

/** The device of a name, if one was asked for. Throws `MovieError` when there is none. */
function checkName(devices: readonly Device[], wanted: string | undefined, path: string): Device | undefined {
  if (wanted === undefined) return undefined;
  const device =
    devices.find(({ name, folder }) => [name, basename(folder)].some((one) => plainName(one) === plainName(wanted))) ??
      // What V3 calls msCam is the miniscope.
      devices.find(({ version, isMiniscope }) => version === "V3" && isMiniscope && plainName(wanted) === "miniscope");
  if (device) return device;
  throw new MovieError(`Miniscope recording "${path}" has no device "${wanted}": it has ${listOf(devices)}`);
}

/** The device a file belongs to; undefined when it lies in no recording. */
function deviceOfFile(path: string): Device | undefined {
  const folder = dirname(path), name = basename(path);
  return devicesHere(folder, namesIn(folder)).find(({ files }) => files.includes(name));
}

function isNumbered(name: string): boolean {
  return ["", "msCam", "behavCam"].some((prefix) => numberOf(name, prefix) !== undefined);
}

function listOf(devices: readonly Device[]): string {
  return devices.map(({ name }) => `"${name}"`).join(", ");
}
