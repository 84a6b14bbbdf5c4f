import { caiman } from "./caiman.ts";
import type { ExportFormat } from "./export_format.ts";
import { imagej } from "./imagej.ts";
import { inscopix } from "./inscopix.ts";
import { numpy } from "./numpy.ts";
import { nwb } from "./nwb.ts";
import { suite2p } from "./suite2p.ts";
import { csvTables, tsvTables } from "./tables.ts";

/** Every format of another program that results can be written in. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  inscopix,
  csvTables,
  tsvTables,
  numpy,
  imagej,
  nwb,
  caiman,
  suite2p,
];
