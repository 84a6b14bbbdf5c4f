import { ResultsError } from "../../core/errors.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { SparseColumns } from "../exports/column_major.ts";

/** Bytes of the longest dataset that can be the text "NoneType" or a number written as text, per element. */
const SHORT_TEXT = 256;

/**
 * A results file of CaImAn: a tree of what `CNMF` objects hold. None is the text "NoneType"; lists whose elements were arrays or None are texts;
 * sparse matrices are groups of `data`, `indices`, `indptr` and `shape` (compressed columns). Older files have the estimates at the top.
 */
export class CaimanFile {
  /** @param root Group with the estimates: "/estimates", or "" in older files. */
  private constructor(readonly reader: Hdf5Reader, readonly path: string, readonly root: string) {}

  /** The file as one of CaImAn's; undefined when it is something else. */
  static of(reader: Hdf5Reader, path: string): CaimanFile | undefined {
    for (const root of ["/estimates", ""]) {
      // A of three axes is another program's: images instead of columns.
      const isMatrix = reader.typeOf(`${root}/A`) !== "dataset" || reader.describe(`${root}/A`).shape?.length !== 3;
      if (isMatrix && reader.has(`${root}/A`) && (reader.has(`${root}/C`) || reader.has(`${root}/A/indptr`))) {
        return new CaimanFile(reader, path, root);
      }
    }
    return undefined;
  }

  /** An error that says what is wrong with the file. */
  error(what: string): ResultsError {
    return new ResultsError(`Cannot load ${this.path}: ${what}`);
  }

  /** Whether an estimate is there and is not None. */
  has(name: string): boolean {
    return this.hasAt(`${this.root}/${name}`);
  }

  /** Whether something is at a path and is not None. */
  hasAt(path: string): boolean {
    const type = this.reader.typeOf(path);
    if (type === "group") return true;
    if (type !== "dataset") return false;
    const { kind, shape, size } = this.reader.describe(path);
    if (shape === undefined) return false;
    return !(kind === "text" && shape.length === 0 && size < SHORT_TEXT && this.reader.text(path) === "NoneType");
  }

  /** Shape of an estimate that is a dataset. */
  shape(name: string): readonly number[] {
    return this.reader.describe(`${this.root}/${name}`).shape ?? [];
  }

  /** Numbers of an estimate as float64, in whatever shape, of which there have to be `length`. */
  numbers(name: string, length: number): Float64Array {
    const path = `${this.root}/${name}`, { kind, shape = [] } = this.reader.describe(path);
    const data = kind === "text"
      ? Float64Array.from(this.reader.texts(path), numberInText)
      : this.reader.converted(path, "float64", shape.map(() => -1)).data;
    if (data.length !== length) throw this.error(`${path} has ${data.length} numbers; ${length} are right`);
    return data;
  }

  /** A sparse matrix. */
  sparse(name: string): SparseColumns & { readonly rows: number; readonly columns: number } {
    const path = `${this.root}/${name}`, { reader } = this;
    const [rows, columns] = reader.converted(`${path}/shape`, "float64", [2]).data;
    const { data } = reader.converted(`${path}/data`, "float64", [-1]);
    const indices = reader.converted(`${path}/indices`, "int32", [data.length]).data;
    const starts = reader.converted(`${path}/indptr`, "int32", [columns + 1]).data;
    const isOrdered = starts.every((start, k) => k === 0 ? start === 0 : start >= starts[k - 1]);
    if (!isOrdered || starts[columns] !== data.length) throw this.error(`the columns of ${path} do not fit together`);
    if (indices.some((row) => row < 0 || row >= rows)) {
      throw this.error(`${path} has an entry outside its ${rows} rows`);
    }
    return { data, indices, starts, rows, columns };
  }
}

/** A number that was written as text, perhaps as a list of one; NaN when it is none. */
function numberInText(text: string): number {
  const bare = text.replace(/^[[(\s]+|[\])\s]+$/g, "");
  return bare === "" ? NaN : Number(bare);
}
