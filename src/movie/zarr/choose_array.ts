import { dirname, join, resolve } from "node:path";
import { MovieError, ParameterError } from "../../core/errors.ts";
import { readZarrMetadata, type ZarrArrayMetadata } from "../../zarr/zarr_metadata.ts";
import { type FoundArray, zarrArrays } from "../../zarr/zarr_tree.ts";
import { ZarrError } from "../../zarr/zarr_error.ts";
import { isStoredType } from "../stored_type.ts";
import { namedAxes } from "./named_axes.ts";

/** Names that movies are looked for under: ours and CaImAn's, minian's. */
const USUAL = ["mov", "varr", "varr_ref", "Y_fm_chk", "Y", "org", "data"];

/** The array that holds the movie, and what else lies beside it. */
export interface ChosenArray {
  readonly array: ZarrArrayMetadata;
  /** The array's name for people: its path within the folder, or "". */
  readonly path: string;
  /** Arrays in the same group, by name: coordinates may be among them. */
  readonly beside: ReadonlyMap<string, ZarrArrayMetadata>;
  /** Arrays that could have been the movie as well, when nobody named one. */
  readonly others: readonly string[];
  /** What the group says. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Finds the movie in a Zarr folder: the folder itself when it is an array, the array at `dataset`, one of the usual names, or the only one that
 * could be a movie. Throws `MovieError` when there is none or several, or nothing at `dataset`, and `ParameterError` for a `dataset` of a
 * folder that is an array itself.
 */
export function chooseArray(folder: string, dataset: string | undefined): ChosenArray {
  const root = readZarrMetadata(folder), where = `Movie "${folder}"`;
  if (!root) throw new MovieError(`${where} is no Zarr folder: it has neither .zarray, .zgroup nor zarr.json`);
  if (root.kind === "array") {
    if (dataset !== undefined) {
      throw new ParameterError(`dataset is given as ${dataset}, but "${folder}" is a single array: leave it out`);
    }
    return beside(dirname(resolve(folder)), root, "");
  }
  const all = zarrArrays(folder);
  if (dataset !== undefined) {
    const name = dataset.replace(/^\/+|\/+$/g, ""), found = all.find(({ path }) => path === name);
    if (found) return beside(dirname(join(folder, name)), readable(found, folder), name);
    throw new MovieError(`dataset is given as ${dataset}, but "${folder}" has no such array: it has ${listOf(all)}`);
  }
  const movies = all.filter(({ array }) => !(array instanceof ZarrError) && couldBeMovie(array));
  const chosen = movies.length === 1
    ? movies[0]
    : USUAL.map((name) => movies.find(({ path }) => path.split("/").at(-1) === name)).find((one) => one !== undefined);
  if (chosen) {
    const others = movies.filter((one) => one !== chosen).map(({ path }) => path);
    return { ...beside(dirname(join(folder, chosen.path)), readable(chosen, folder), chosen.path), others };
  }
  if (movies.length > 1) {
    throw new MovieError(
      `${where} holds several arrays that could be the movie: ${listOf(movies)}; choose one (--dataset)`,
    );
  }
  const damaged = all.find(({ array }) => array instanceof ZarrError);
  if (damaged) readable(damaged, folder);
  throw new MovieError(
    `${where} holds no movie: ${
      all.length === 0
        ? "it has no arrays"
        : `none of its arrays (${listOf(all)}) has frames, rows and columns of numbers`
    }`,
  );
}

/** Three axes of numbers (and others of length 1); where axes have names, one of them is time. */
function couldBeMovie({ shape, type, dimensions }: ZarrArrayMetadata): boolean {
  if (!isStoredType(type) || shape.some((size) => size === 0)) return false;
  if (shape.length !== 3 && shape.filter((size) => size !== 1).length !== 3) return false;
  return !dimensions?.every((name) => name !== null) || namedAxes(dimensions) !== undefined ||
    dimensions.every((name) => /^(dim|phony_dim)_\d+$/.test(name!));
}

function readable({ path, array }: FoundArray, folder: string): ZarrArrayMetadata {
  if (!(array instanceof ZarrError)) return array;
  throw new MovieError(`Array "${path}" of movie "${folder}" ${array.message}`);
}

/** An array with what lies in the same group, if it lies in one. */
function beside(group: string, array: ZarrArrayMetadata, path: string): ChosenArray {
  let attributes = {};
  const arrays = new Map<string, ZarrArrayMetadata>();
  try {
    const node = readZarrMetadata(group);
    if (node?.kind === "group") {
      attributes = node.attributes;
      for (const { path, array } of zarrArrays(group)) {
        if (!(array instanceof ZarrError) && !path.includes("/")) arrays.set(path, array);
      }
    }
  } catch {
    // What lies around a movie that is given as an array of its own is a bonus.
  }
  return { array, path, beside: arrays, others: [], attributes };
}

function listOf(arrays: readonly FoundArray[]): string {
  const named = arrays.slice(0, 12).map(({ path, array }) =>
    array instanceof ZarrError ? path : `${path} (${array.shape.join("×")})`
  );
  return named.join(", ") + (arrays.length > named.length ? `, and ${arrays.length - named.length} more` : "") ||
    "none";
}
