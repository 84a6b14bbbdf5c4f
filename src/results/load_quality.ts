import { ResultsError } from "../core/errors.ts";
import type { Seed } from "../core/extraction.ts";
import { type CellQuality, type FieldQuality, QUALITY_MEASURES } from "../core/quality.ts";
import type { Hdf5Reader } from "../hdf5/hdf5_reader.ts";
import { readObject } from "./hdf5_records.ts";
import { areNumbers, areTexts, isRecall, isSeed } from "./record_checks.ts";

/** Reads what is known of how good each cell is. */
export function readQuality(reader: Hdf5Reader, path: string, cells: number): CellQuality {
  const quality: Record<string, unknown> = {};
  for (const { field, name, type } of QUALITY_MEASURES) {
    const at = `/quality/${name}`;
    if (reader.has(at)) quality[field] = reader.numbers(at, type, [cells]).data;
  }
  for (const name of ["accepted", "decided"]) {
    const labels = quality[name] as Uint8Array | undefined;
    if (labels?.some((label) => label > 1)) {
      throw new ResultsError(`Cannot load ${path}: /quality/${name} holds other numbers than 0 and 1`);
    }
  }
  if (!reader.has("/quality/json")) return quality;
  const { reasons, rule, thresholds } = readObject(reader, path, "/quality/json");
  const wrong = (what: string) => new ResultsError(`Cannot load ${path}: ${what}`);
  if (reasons !== undefined && !(areTexts(reasons) && reasons.length === cells)) {
    throw wrong(`/quality/json has no list of ${cells} reasons`);
  }
  if (rule !== undefined && typeof rule !== "string") throw wrong("the rule in /quality/json is no text");
  if (thresholds !== undefined && !areNumbers(thresholds)) {
    throw wrong("the thresholds in /quality/json are no record of numbers");
  }
  return {
    ...quality,
    ...(reasons ? { reasons } : {}),
    ...(rule === undefined ? {} : { rule }),
    ...(thresholds ? { thresholds } : {}),
  };
}

/** Reads how well the recording was explained. */
export function readFieldQuality(reader: Hdf5Reader, path: string, height: number, width: number): FieldQuality {
  const image = (name: string) => reader.numbers(`/field_quality/${name}`, "float32", [height, width]).data;
  const { unexplained, recall } = readObject(reader, path, "/field_quality/json");
  if (!Array.isArray(unexplained) || !unexplained.every((one): one is Seed => isSeed(one, width, height))) {
    throw new ResultsError(`Cannot load ${path}: unexplained in /field_quality/json is no list of places in the field`);
  }
  if (recall !== undefined && !isRecall(recall)) {
    throw new ResultsError(`Cannot load ${path}: recall in /field_quality/json is no recall of added cells`);
  }
  return { correlation: image("correlation"), pnr: image("pnr"), unexplained, ...(recall ? { recall } : {}) };
}
