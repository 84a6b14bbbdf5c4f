import type { Hdf5Writer, NumberArray } from "../hdf5/hdf5_writer.ts";
import { uuidOf } from "./identifiers.ts";
import type { Timing } from "./timing.ts";

/** Version of the schema that files are written by. */
export const NWB_VERSION = "2.11.0";

/** Namespaces the objects' types come from. */
type Namespace = "core" | "hdmf-common";

/** What a time series is about. */
export interface SeriesFacts {
  /** What is measured, how, and how it is laid out. */
  readonly description: string;
  /** Anything else worth knowing. */
  readonly comments?: string;
  /** When. */
  readonly timing: Timing;
}

/** A column of a table. */
export interface Column {
  /** Its name. */
  readonly name: string;
  /** What it holds. */
  readonly description: string;
  /** Values, one per row; a `Uint8Array` holds truth values. A function creates the dataset at the path it is given. */
  readonly values: readonly string[] | Float32Array | Float64Array | Int32Array | Uint8Array | ((path: string) => void);
}

/**
 * Writes the typed objects that an NWB 2 file is made of into an HDF5 file. Each gets the attributes `namespace`, `neurodata_type` and
 * `object_id`, the last one made from the file's identifier and the object's path. (NWB 2 schema, https://nwb-schema.readthedocs.io.)
 */
export class NwbWriter {
  /** The HDF5 file. */
  readonly file: Hdf5Writer;
  /** The file's identifier, which no other file has. */
  readonly identifier: string;

  /** @param identifier A text that no other file has. */
  constructor(file: Hdf5Writer, identifier: string) {
    this.file = file;
    this.identifier = identifier;
  }

  /** Creates a group of a type. */
  object(path: string, type: string, attributes: Readonly<Record<string, string>> = {}, namespace?: Namespace): void {
    this.file.group(path);
    this.mark(path, type, attributes, namespace);
  }

  /** Gives a group or dataset that is there a type. */
  mark(
    path: string,
    type: string,
    attributes: Readonly<Record<string, string>> = {},
    namespace: Namespace = "core",
  ): void {
    this.file.attribute(path, "namespace", namespace);
    this.file.attribute(path, "neurodata_type", type);
    this.file.attribute(path, "object_id", uuidOf(`${this.identifier}${path}`));
    for (const [name, value] of Object.entries(attributes)) this.file.attribute(path, name, clean(value));
  }

  /** Creates a dataset with one text. */
  text(path: string, text: string): void {
    this.file.text(path, clean(text));
  }

  /** Creates a dataset with a list of texts. */
  texts(path: string, texts: readonly string[]): void {
    this.file.texts(path, [texts.length], texts.map(clean));
  }

  /** Creates a dataset with one number. */
  number(path: string, value: number): void {
    this.file.numbers(path, [], Float64Array.of(value));
  }

  /** Creates a series with everything but its data, which belongs at `data` in it; `describeData` has to follow. */
  series(path: string, type: string, facts: SeriesFacts): void {
    this.file.group(path);
    this.describeSeries(path, type, facts);
  }

  /** Makes a group that is there a series: like `series`, but without creating the group. */
  describeSeries(path: string, type: string, { description, comments, timing }: SeriesFacts): void {
    this.mark(path, type, { description, comments: comments || "none" });
    if ("like" in timing) return this.file.softLink(`${path}/timestamps`, `${timing.like}/timestamps`);
    if ("timestamps" in timing) {
      this.file.numbers(`${path}/timestamps`, [timing.timestamps.length], timing.timestamps);
      this.file.attribute(`${path}/timestamps`, "interval", 1);
      this.file.attribute(`${path}/timestamps`, "unit", "seconds");
      return;
    }
    this.number(`${path}/starting_time`, timing.start);
    this.file.floatAttribute(`${path}/starting_time`, "rate", timing.rate);
    this.file.attribute(`${path}/starting_time`, "unit", "seconds");
  }

  /** Says of a series' data, which is there, what unit it is in. */
  describeData(path: string, unit: string): void {
    const data = `${path}/data`;
    this.file.floatAttribute(data, "conversion", 1);
    this.file.floatAttribute(data, "offset", 0);
    this.file.floatAttribute(data, "resolution", -1);
    this.file.attribute(data, "unit", unit);
  }

  /** Creates a table of `rows` rows, with these ids; default from 0. */
  table(
    path: string,
    type: string,
    description: string,
    rows: number,
    columns: readonly Column[],
    ids: Int32Array = Int32Array.from({ length: rows }, (_, row) => row),
  ): void {
    const isOwn = type !== "DynamicTable";
    this.object(path, type, { description }, isOwn ? "core" : "hdmf-common");
    this.file.attribute(path, "colnames", columns.map(({ name }) => name));
    this.file.numbers(`${path}/id`, [rows], ids);
    this.mark(`${path}/id`, "ElementIdentifiers", {}, "hdmf-common");
    for (const { name, description, values } of columns) {
      const at = `${path}/${name}`;
      if (typeof values === "function") values(at);
      else if (values instanceof Uint8Array) this.file.truths(at, [rows], values);
      else if (ArrayBuffer.isView(values)) this.file.numbers(at, [rows], values as NumberArray);
      else this.texts(at, values as readonly string[]);
      this.mark(at, "VectorData", { description }, "hdmf-common");
    }
  }

  /** Creates a dataset that picks all rows of a table. */
  allRows(path: string, table: string, rows: number, description: string): void {
    this.file.numbers(path, [rows], Int32Array.from({ length: rows }, (_, row) => row));
    this.mark(path, "DynamicTableRegion", { description }, "hdmf-common");
    this.file.referenceAttribute(path, "table", table);
  }
}

/** HDF5's texts end at a NUL. */
function clean(text: string): string {
  return text.replaceAll("\0", "");
}
