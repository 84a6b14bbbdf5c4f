import { annulus } from "./annulus.ts";
import { caiman } from "./caiman.ts";
import { cellreg } from "./cellreg.ts";
import type { ExportFormat } from "./export_format.ts";
import { imagej } from "./imagej.ts";
import { inscopix } from "./inscopix.ts";
import { matlab } from "./matlab.ts";
import { minian } from "./minian.ts";
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
  suite2p,
  minian,
  nwb,
  caiman,
  matlab,
  cellreg,
  annulus,
];
