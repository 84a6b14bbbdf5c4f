import { type ParameterTable, schema } from "./parameter_table.ts";

/** Everything a user can set about what happens to a movie before cells are searched for. All of it is off by default. */
export interface PreprocessParameters {
  /** Frames averaged into one. */
  readonly temporal_downsampling_factor: number;
  /** Side of the blocks of pixels averaged into one. */
  readonly spatial_downsampling_factor: number;
}

/** The table of the preprocessing. */
export const PREPROCESS_TABLE: ParameterTable<PreprocessParameters> = {
  spatial_downsampling_factor: {
    default: 1,
    unit: "pixels",
    range: "a whole number from 1 to 16",
    meaning: "Side of the blocks of pixels averaged into one before anything else is done",
    aliases: [],
    schema: schema.whole(1, 16),
  },
  temporal_downsampling_factor: {
    default: 1,
    unit: "frames",
    range: "a whole number from 1 to 100",
    meaning: "Frames averaged into one before anything else is done",
    aliases: [],
    schema: schema.whole(1, 100),
  },
};
