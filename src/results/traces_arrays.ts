import { type NpyData, npyParts } from "../files/npy.ts";
import { writeZip } from "../files/write_zip.ts";
import { writeHdf5File } from "../hdf5/hdf5_file.ts";
import { exactJson } from "./exact_json.ts";

/** An array with a name, as analyses read it. */
export interface NamedArray {
  /** Numbers, last axis fastest, or texts. */
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array | readonly string[];
  /** Sizes of its axes. Default: one axis. */
  readonly shape?: readonly number[];
  /** Unit of the numbers. */
  readonly units?: string;
  /** What it is, in words. */
  readonly meaning?: string;
}

/** Arrays by their names. */
export type NamedArrays = Readonly<Record<string, NamedArray>>;

/** Writes arrays as datasets of one HDF5 file, each with the attributes `units` and `meaning`; texts as JSON. `head` becomes attributes of the root. */
export async function writeArraysHdf5(
  path: string,
  arrays: NamedArrays,
  head: Readonly<Record<string, string | number>>,
): Promise<void> {
  await writeHdf5File(path, (writer) => {
    for (const [name, value] of Object.entries(head)) writer.attribute("/", name, value);
    for (const [name, { data, shape, units, meaning }] of Object.entries(arrays)) {
      const at = `/${name}`;
      if (isTexts(data)) writer.text(at, exactJson(data));
      else writer.numbers(at, shape ?? [data.length], data);
      if (units !== undefined) writer.attribute(at, "units", units);
      if (meaning !== undefined) writer.attribute(at, "meaning", meaning);
    }
  });
}

/** Writes arrays for `numpy.load`, texts without pickles; what they mean as the JSON text `about`. */
export async function writeArraysNpz(path: string, arrays: NamedArrays, about: unknown): Promise<void> {
  await writeZip(path, async (zip) => {
    for (const [name, { data, shape }] of Object.entries(arrays)) {
      await zip.add(`${name}.npy`, npyParts(data as NpyData, shape));
    }
    await zip.add("about.npy", npyParts(exactJson(about)));
  });
}

/** Unit and meaning of each array, for a file beside tables that have no room for them. */
export function aboutArrays(arrays: NamedArrays): Record<string, { units?: string; meaning?: string }> {
  return Object.fromEntries(
    Object.entries(arrays).map((
      [name, { units, meaning }],
    ) => [name, { ...(units ? { units } : {}), ...(meaning ? { meaning } : {}) }]),
  );
}

function isTexts(data: NamedArray["data"]): data is readonly string[] {
  return Array.isArray(data);
}
