import { MovieError, ResultsError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest_name.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { Hdf5Description } from "../../hdf5/hdf5_values.ts";
import { movieAxes } from "./axes.ts";
import { storedTypeOf } from "./stored_numbers.ts";

/** Objects of a file that are looked at, and how deep they may lie: enough for every honest file. */
const MOST_OBJECTS = 20000, DEEPEST = 16;
/** Where MATLAB keeps what other variables point to: never a variable itself. */
const HIDDEN = ["#refs#", "#subsystem#"];
/** Datasets that are named in a sentence. */
const NAMED = 8;

/** A dataset of a file. */
export interface FoundDataset {
  /** Its path, from "/". */
  readonly path: string;
  readonly description: Hdf5Description;
}

/** Every dataset below a group, in the file's order. What cannot be described is left out. */
function datasetsIn(reader: Hdf5Reader, group = "/"): FoundDataset[] {
  const found: FoundDataset[] = [], groups = [{ path: group, depth: 0 }];
  let objects = 0;
  for (let one = groups.shift(); one; one = groups.shift()) {
    for (const name of attempt(() => reader.names(one!.path)) ?? []) {
      if (HIDDEN.includes(name)) continue;
      if (++objects > MOST_OBJECTS) return found;
      const path = `${one.path === "/" ? "" : one.path}/${name}`, type = attempt(() => reader.typeOf(path));
      if (type === "group" && one.depth < DEEPEST) groups.push({ path, depth: one.depth + 1 });
      const description = type === "dataset" ? attempt(() => reader.describe(path)) : undefined;
      if (description) found.push({ path, description });
    }
  }
  return found;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ResultsError) return undefined;
    throw error;
  }
}

/** Whether a dataset may be a movie by its shape and type: numbers along three axes, or four of which one is single. */
function looksLikeMovie({ kind, shape }: Hdf5Description): boolean {
  if (kind !== "integer" && kind !== "float" || shape === undefined || shape.some((size) => size === 0)) return false;
  return shape.length > 2 && movieAxes(shape) !== undefined;
}

/** The dataset the user names. Throws `MovieError` with the nearest names when it is not there. */
export function namedDataset(reader: Hdf5Reader, path: string, name: string): string {
  const full = `/${name.replace(/^\/+|\/+$/g, "")}`, type = reader.typeOf(full);
  if (type === "dataset") return full;
  if (type === "group") {
    throw new MovieError(
      `${full} of "${path}" is a group, not a dataset${listed(datasetsIn(reader, full), " it holds")}`,
    );
  }
  if (type === "link") throw new MovieError(brokenLink(reader, path, full));
  const all = datasetsIn(reader), paths = all.map((one) => one.path);
  const near = nearestName(full, paths) ?? paths.find((one) => lastName(one) === lastName(full)) ??
    paths.find((one) => nearestName(lastName(full), [lastName(one)]) !== undefined);
  throw new MovieError(
    `"${path}" has no dataset ${full}` + (near ? `; did you mean ${near}?` : listed(all.filter(isMovie), " it has")),
  );
}

/** The dataset that is the movie when the user names none. */
export function onlyDataset(reader: Hdf5Reader, path: string, isMatlab: boolean): string {
  const all = datasetsIn(reader), movies = all.filter(isMovie);
  // CaImAn's name, and CNMF_E's.
  for (const name of isMatlab ? ["/mov", "/Y"] : ["/mov"]) {
    if (movies.some((one) => one.path === name)) return name;
  }
  const flat = all.find((one) => one.path === "/Y" && one.description.shape?.length === 2);
  if (isMatlab && flat && reader.typeOf("/Ysiz") === "dataset") return flat.path;
  if (movies.length === 1) return movies[0].path;
  if (movies.length > 1) {
    throw new MovieError(
      `"${path}" holds ${movies.length} datasets that may be a movie: name one with --dataset${
        listed(movies, " it has")
      }`,
    );
  }
  const numbers = all.filter(({ description: { kind, shape } }) => kind !== "text" && (shape?.length ?? 0) > 1);
  const link = reader.typeOf("/mov") === "link" ? ` (${brokenLink(reader, path, "/mov")})` : "";
  throw new MovieError(
    `"${path}" holds no movie: none of its ${all.length} datasets has numbers along three axes${
      link || listed(numbers, " it has")
    }`,
  );
}

/** A sentence on a link that leads nowhere. */
export function brokenLink(reader: Hdf5Reader, path: string, link: string): string {
  const away = reader.externalLink(link), here = reader.softLink(link);
  const target = away ? `${away.target} of the file "${away.file}"` : here ?? "another object";
  return `${link} of "${path}" is a link to ${target}, which cannot be opened${
    away ? ": it has to lie where the link says, relative to this file" : ""
  }`;
}

function isMovie({ description }: FoundDataset): boolean {
  return looksLikeMovie(description);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** "; it has /a (100×20×30 uint16), /b (…) and 3 more", or nothing when there is nothing to list. */
function listed(datasets: readonly FoundDataset[], has: string): string {
  if (datasets.length === 0) return "";
  const names = datasets.slice(0, NAMED).map(({ path, description }) =>
    `${path} (${description.shape?.join("×") ?? "empty"}${
      description.kind === "integer" || description.kind === "float" ? ` ${storedTypeOf(description)}` : ""
    })`
  );
  const more = datasets.length > NAMED ? ` and ${datasets.length - NAMED} more` : "";
  return `;${has} ${names.join(", ")}${more}`;
}
