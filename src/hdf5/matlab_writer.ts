import { VERSION } from "../core/version.ts";
import { Hdf5Writer } from "./hdf5_writer.ts";
import { sizeOf } from "./hdf5_types.ts";

const USER_BLOCK = 512;
/** Bytes of a block of a large array. */
const BLOCK_BYTES = 1 << 20;
/** What MATLAB takes for the type behind the bytes of its texts and truth values. */
const DECODE = { logical: 1, char: 2 } as const;

/** A sparse matrix by compressed columns: values, their rows, and where each column begins (one more than there are columns). */
export interface SparseEntries {
  readonly data: Float64Array;
  readonly indices: Int32Array;
  readonly starts: Int32Array;
}

/**
 * Writes a MATLAB file of version 7.3, which is an HDF5 file with 512 bytes of MATLAB's own before it. Variables are datasets and structures are
 * groups, with their class as an attribute. MATLAB keeps arrays column by column, so that an array of a × b × c is a dataset of c × b × a.
 * Paths begin with "/"; errors are those of `Hdf5Writer`.
 */
export class MatlabWriter {
  /** Fields of every structure so far. */
  readonly #fields = new Map<string, string[]>();

  private constructor(readonly hdf5: Hdf5Writer) {}

  /** Creates the file at `path`, or empties the one that is there. */
  static async create(path: string): Promise<MatlabWriter> {
    return new MatlabWriter(await Hdf5Writer.create(path, userBlock()));
  }

  /** Creates a structure, whose fields are then written below its path. */
  struct(path: string): void {
    this.hdf5.group(path);
    this.#class(path, "struct");
    this.#fields.set(path, []);
  }

  /** Writes an array of numbers of class double, whose elements are given column by column. */
  array(path: string, shape: readonly number[], columnMajor: ArrayLike<number>): void {
    if (sizeOf(shape) === 0) return this.#empty(path, shape, "double");
    this.hdf5.numbers(path, [...shape].reverse(), Float64Array.from(columnMajor));
    this.#class(path, "double");
  }

  /** Writes one number. */
  number(path: string, value: number): void {
    this.array(path, [1, 1], [value]);
  }

  /**
   * Writes a large array of class double by parts: its last axis in blocks. `fill` writes the elements from index `start` of the last axis on,
   * column by column, as many as fit into `block`, which is all 0 then.
   *
   * @param gzip Level of the compression. Default: not compressed.
   */
  blocks(
    path: string,
    shape: readonly number[],
    fill: (start: number, block: Float64Array) => void,
    gzip?: number,
  ): void {
    if (sizeOf(shape) === 0) return this.#empty(path, shape, "double");
    const stored = [...shape].reverse(), row = sizeOf(stored.slice(1));
    const rows = Math.min(stored[0], Math.max(1, Math.floor(BLOCK_BYTES / (8 * row))));
    this.hdf5.blocks(path, stored, new Float64Array(rows * row), fill, gzip);
    this.#class(path, "double");
  }

  /** Writes a sparse matrix of class double: columns are compressed. MATLAB's have no entries that are 0: such are left out. */
  sparse(path: string, [rows, columns]: readonly [number, number], entries: SparseEntries): void {
    const matrix = withoutZeros(entries);
    this.hdf5.group(path);
    this.#class(path, "double");
    this.#integerAttribute(path, "MATLAB_sparse", BigUint64Array.of(BigInt(rows)));
    this.hdf5.numbers(`${path}/jc`, [columns + 1], BigUint64Array.from(matrix.starts, BigInt));
    if (matrix.data.length === 0) return;
    this.hdf5.numbers(`${path}/ir`, [matrix.indices.length], BigUint64Array.from(matrix.indices, BigInt));
    this.hdf5.numbers(`${path}/data`, [matrix.data.length], matrix.data);
  }

  /** Writes a text, a row of characters. */
  text(path: string, text: string): void {
    if (text === "") this.#empty(path, [0, 0], "char");
    else {
      const codes = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
      this.hdf5.numbers(path, [codes.length, 1], codes);
      this.#class(path, "char");
    }
    this.#integerAttribute(path, "MATLAB_int_decode", Int32Array.of(DECODE.char));
  }

  /** Writes truth values, column by column. */
  truths(path: string, shape: readonly number[], columnMajor: ArrayLike<number>): void {
    if (sizeOf(shape) === 0) this.#empty(path, shape, "logical");
    else {
      this.hdf5.numbers(path, [...shape].reverse(), Uint8Array.from(columnMajor, (value) => Number(value !== 0)));
      this.#class(path, "logical");
    }
    this.#integerAttribute(path, "MATLAB_int_decode", Int32Array.of(DECODE.logical));
  }

  /** Writes what is left and closes the file. */
  close(): void {
    for (const [path, fields] of this.#fields) {
      if (fields.length > 0) this.hdf5.lettersAttribute(path, "MATLAB_fields", fields);
    }
    this.hdf5.close();
  }

  /** Closes the file after a failure. */
  abandon(): void {
    this.hdf5.abandon();
  }

  /** An array without elements is stored as its shape. */
  #empty(path: string, shape: readonly number[], name: string): void {
    this.hdf5.numbers(path, [shape.length], BigUint64Array.from(shape, BigInt));
    this.#class(path, name);
    this.#integerAttribute(path, "MATLAB_empty", Uint8Array.of(1));
  }

  #class(path: string, name: string): void {
    const cut = path.lastIndexOf("/");
    this.#fields.get(path.slice(0, cut))?.push(path.slice(cut + 1));
    this.hdf5.asciiAttribute(path, "MATLAB_class", name);
  }

  #integerAttribute(path: string, name: string, value: Uint8Array | Int32Array | BigUint64Array): void {
    this.hdf5.scalarAttribute(path, name, value);
  }
}

function withoutZeros({ data, indices, starts }: SparseEntries): SparseEntries {
  const kept = indices.filter((_, i) => data[i] !== 0), left = new Int32Array(starts.length);
  let zeros = 0;
  for (let column = 1; column < starts.length; column++) {
    for (let i = starts[column - 1]; i < starts[column]; i++) if (data[i] === 0) zeros++;
    left[column] = starts[column] - zeros;
  }
  return { data: data.filter((value) => value !== 0), indices: kept, starts: left };
}

/** MATLAB's part of the file: a text, the version and the order of bytes. The date is fixed: the same content has to give the same bytes. */
function userBlock(): Uint8Array {
  const text =
    `MATLAB 7.3 MAT-file, Platform: annulus ${VERSION}, Created on: Thu Jan  1 00:00:00 1970 HDF5 schema 1.00 .`;
  const block = new Uint8Array(USER_BLOCK);
  block.set(new TextEncoder().encode(text.padEnd(116)));
  block.set([0x00, 0x02, ...new TextEncoder().encode("IM")], 124);
  return block;
}
