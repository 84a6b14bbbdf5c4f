import type { Extraction } from "../../core/extraction.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import { readMovieHeader, readPreparation, readRecord, readRecordOf, readTexts } from "../hdf5_records.ts";
import { areNamedTexts, areNumbers } from "../record_checks.ts";
import { CAIMAN_EXTRA } from "./caiman_extra.ts";
import type { CaimanFile } from "./caiman_file.ts";

/** Units of the results, and the noise of each trace, in dF. */
export function readUnits(reader: Hdf5Reader, count: number): { units: Extraction["units"]; noise: Float32Array } {
  const units = reader.textAttribute(CAIMAN_EXTRA, "units") === "dF over noise" ? "dF over noise" : "dF";
  return { units, noise: reader.numbers(`${CAIMAN_EXTRA}/noise`, "float32", [count]).data };
}

/** What was read of a CaImAn file that annulus wrote, completed by what CaImAn has no place for. */
export function withExtra(found: Extraction, { reader, path }: CaimanFile): Extraction {
  const at = CAIMAN_EXTRA, { footprints: { count, width, height } } = found;
  const image = (name: string) => reader.numbers(`${at}/${name}`, "float32", [height, width]).data;
  const baseline = reader.numbers(`${at}/baseline`, "float32", [count]).data;
  const { noise, units } = readUnits(reader, count);
  const movie = readMovieHeader(reader, path, `${at}/movie`), { frames } = found.movie;
  return {
    ...found,
    movie: { ...movie, width, height, frames },
    frameRate: reader.numberAttribute(at, "frame_rate"),
    traces: { ...found.traces, baseline, noise },
    units,
    summary: { ...found.summary, mean: image("mean"), max: image("max"), pnr: image("pnr") },
    ...(reader.has(`${at}/preparation`) ? { preparation: readPreparation(reader, path, `${at}/preparation`) } : {}),
    parameters: readRecord(reader, path, `${at}/parameters`),
    software: readRecordOf(reader, path, `${at}/software`, areNamedTexts, "record of texts"),
    plan: readRecordOf(reader, path, `${at}/plan`, areNumbers, "record of numbers"),
    notes: readTexts(reader, path, `${at}/notes`),
  };
}
