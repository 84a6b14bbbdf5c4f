import { CONVERTED_NAMES } from "../core/parameter_names.ts";
import type { ParameterDescription } from "../core/parameter_table.ts";
import { describeParameters, type ParameterStep } from "../core/parameters.ts";

/** What headings call the steps that have parameters. */
const TITLES: Readonly<Record<ParameterStep, { readonly title: string; readonly remark: string }>> = {
  preprocess: {
    title: "Preprocessing",
    remark: "Off unless asked for; done in this order, detrend, bleaching and dff after motion correction.",
  },
  motion: {
    title: "Motion correction",
    remark: "From niter_els to upsample_factor_grid they act with pw_rigid only.",
  },
  extraction: { title: "Extraction of cells", remark: "The one to choose for every recording is gSig." },
  quality: {
    title: "Quality of cells",
    remark: "They decide which cells are accepted; all stay in the results, and annulus evaluate decides again.",
  },
};

/** The parameters of one step as lists for people have them. */
export interface StepParameters {
  readonly title: string;
  /** A sentence below the title. */
  readonly remark: string;
  readonly parameters: readonly ParameterDescription[];
  /** Names of other programs that are converted into these parameters. */
  readonly converted: readonly { readonly names: readonly string[]; readonly meaning: string }[];
}

/** The parameters of some steps, step by step. */
export function parametersByStep(steps: readonly ParameterStep[]): StepParameters[] {
  return steps.map((step) => ({
    ...TITLES[step],
    parameters: describeParameters([step]),
    converted: CONVERTED_NAMES.filter((name) => name.step === step),
  }));
}
