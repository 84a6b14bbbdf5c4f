import { type ParameterTable, schema } from "./parameter_table.ts";

/** Everything a user can set about which cells are accepted, under CaImAn's names where CaImAn has the parameter. */
export interface QualityParameters {
  /** Length of a typical transient, seconds: the window the signal-to-noise ratio is measured over. */
  readonly decay_time: number;
  /** Signal-to-noise ratio from which a cell is good, in units of three noise s.d. as CaImAn's (see `CellQuality.snr`). */
  readonly min_SNR: number;
  /** Signal-to-noise ratio below which a cell is set aside whatever else. */
  readonly SNR_lowest: number;
  /** Footprint correlation (r-value) from which a cell is good, −1..1. */
  readonly rval_thr: number;
  /** Footprint correlation below which a cell is set aside whatever else, −1..1. */
  readonly rval_lowest: number;
  /** Smallest footprint, in areas of a disk of diameter gSiz. */
  readonly min_size: number;
  /** Largest footprint, in areas of a disk of diameter gSiz. */
  readonly max_size: number;
  /** Cosine of two cells' footprints from which, with traces alike, the weaker one is a duplicate. */
  readonly duplicate_cosine: number;
  /** Correlation of two cells' traces from which, with footprints alike, the weaker one is a duplicate. */
  readonly duplicate_correlation: number;
}

/** The table of the quality of cells. */
export const QUALITY_TABLE: ParameterTable<QualityParameters> = {
  decay_time: {
    default: 0.4,
    unit: "s",
    range: "a number above 0 and at most 100",
    meaning: "Length of a typical transient: the window the signal-to-noise ratio is measured over",
    aliases: [],
    schema: schema.above(0, 100),
  },
  min_SNR: {
    default: 3.5,
    unit: "",
    range: "a number from 0 to 1000",
    meaning: "Signal-to-noise ratio, in units of three noise s.d. as CaImAn's, from which a cell is good",
    aliases: [],
    schema: schema.from(0, 1000),
  },
  SNR_lowest: {
    default: 2,
    unit: "",
    range: "a number from 0 to 1000",
    meaning: "Signal-to-noise ratio below which a cell is set aside, whatever its footprint",
    aliases: [],
    schema: schema.from(0, 1000),
  },
  rval_thr: {
    default: 0.7,
    unit: "",
    range: "a number from -1 to 1",
    meaning: "Correlation of the footprint with the movie at transients (r-value) from which a cell is good",
    aliases: [],
    schema: schema.from(-1, 1),
  },
  rval_lowest: {
    default: 0.5,
    unit: "",
    range: "a number from -1 to 1",
    meaning: "Correlation of the footprint (r-value) below which a cell is set aside, whatever its signal",
    aliases: [],
    schema: schema.from(-1, 1),
  },
  min_size: {
    default: 0.1,
    unit: "disks of gSiz",
    range: "a number from 0 to 100",
    meaning: "Smallest footprint",
    aliases: [],
    schema: schema.from(0, 100),
  },
  max_size: {
    default: 4,
    unit: "disks of gSiz",
    range: "a number from 0 to 1000",
    meaning: "Largest footprint",
    aliases: [],
    schema: schema.from(0, 1000),
  },
  duplicate_cosine: {
    default: 0.5,
    unit: "",
    range: "a number from 0 to 1",
    meaning: "Cosine of two footprints from which, with traces alike, the weaker cell is set aside as a duplicate",
    aliases: [],
    schema: schema.from(0, 1),
  },
  duplicate_correlation: {
    default: 0.6,
    unit: "",
    range: "a number from -1 to 1",
    meaning: "Correlation of two traces from which, with footprints alike, the weaker cell is set aside as a duplicate",
    aliases: [],
    schema: schema.from(-1, 1),
  },
};
