import { MovieError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest_name.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";

/** Where NWB files keep recordings, and how deep and how many objects are looked at. */
const PLACES = ["/acquisition", "/processing", "/analysis", "/scratch"], DEEPEST = 6, MOST_OBJECTS = 20000;
/** Types of series that hold movies, the likeliest first. */
const TYPES = ["OnePhotonSeries", "TwoPhotonSeries", "ImageSeries"];

/** A series of an NWB file. */
export interface NwbSeries {
  /** Path of its group. */
  readonly path: string;
  /** Its `neurodata_type`. */
  readonly type: string;
}

/** Every movie in an NWB file. Links to a series that is somewhere else in the file do not count again. */
export function imageSeries(reader: Hdf5Reader): NwbSeries[] {
  const found: NwbSeries[] = [], groups = PLACES.map((path) => ({ path, depth: 0 }));
  let objects = 0;
  for (let one = groups.shift(); one; one = groups.shift()) {
    if (reader.typeOf(one.path) !== "group") continue;
    const type = reader.hasAttribute(one.path, "neurodata_type") ? reader.attribute(one.path, "neurodata_type") : "";
    if (typeof type === "string" && TYPES.includes(type)) {
      found.push({ path: one.path, type });
      continue;
    }
    for (const name of one.depth < DEEPEST ? reader.names(one.path) : []) {
      if (++objects > MOST_OBJECTS) return found;
      const path = `${one.path}/${name}`;
      if (reader.softLink(path) === undefined) groups.push({ path, depth: one.depth + 1 });
    }
  }
  return found;
}

/**
 * The series that is the movie: the one the user names, by its path or its last part; else the only one of the likeliest type, those in
 * `/acquisition` first. The others are told in a note. Throws `MovieError` when that is not one.
 */
export function chooseSeries(
  all: readonly NwbSeries[],
  path: string,
  name?: string,
): { series: NwbSeries; note?: string } {
  if (all.length === 0) {
    throw new MovieError(
      `"${path}" is an NWB file without a movie: it has no OnePhotonSeries, TwoPhotonSeries or ImageSeries`,
    );
  }
  const list = all.map((one) => `${one.path} (${one.type})`).join(", ");
  if (name !== undefined) {
    const full = `/${name.replace(/^\/+|\/+$/g, "").replace(/\/(data|external_file)$/, "")}`;
    const named = all.filter((one) => one.path === full || one.path.endsWith(full));
    if (named.length === 1) return { series: named[0] };
    if (named.length > 1) {
      throw new MovieError(`${named.length} series of "${path}" are called ${name}: it has ${list}`);
    }
    const near = nearestName(full, all.map((one) => one.path)) ??
      nearestName(full.slice(1), all.map((one) => lastName(one.path)));
    throw new MovieError(`"${path}" has no series ${name}; ${near ? `did you mean ${near}?` : `it has ${list}`}`);
  }
  const likely = TYPES.map((type) => all.filter((one) => one.type === type)).find((some) => some.length > 0)!;
  const raw = likely.filter((one) => one.path.startsWith("/acquisition/"));
  const few = raw.length > 0 ? raw : likely;
  if (few.length > 1) {
    throw new MovieError(`"${path}" holds ${few.length} movies: name one with --dataset; it has ${list}`);
  }
  const others = all.filter((one) => one !== few[0]).map((one) => one.path);
  return {
    series: few[0],
    ...(others.length > 0 ? { note: `${few[0].path} is read; --dataset picks another one: ${others.join(", ")}` } : {}),
  };
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
