import { ParameterError } from "./errors.ts";
import { nearestName } from "./nearest_name.ts";
import type { ParameterDescription } from "./parameter_table.ts";

/** What a user's own names come to. */
export interface CanonicalParameters {
  /** Values under the parameters' own names, not yet checked. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Sentences on what was given and has no effect here. */
  readonly notices: readonly string[];
}

/** Groups of CaImAn's parameter files. */
const GROUPS = [
  "data",
  "init",
  "motion",
  "preprocess",
  "spatial",
  "temporal",
  "merging",
  "patch",
  "quality",
  "parameters",
  "params",
];
/** Groups of CaImAn's that belong to steps annulus does not do; they are passed over whole. */
const OTHER_STEPS = ["online", "ring_CNN"];

/** Names of other programs with a setting annulus has only one way of; `accepts` says whether the file asks for that way. */
const FIXED: Record<string, { readonly accepts: (value: unknown) => boolean; readonly instead: string }> = {
  nb: { accepts: atMostZero, instead: "the background is the ring model only: use 0 or -1" },
  gnb: { accepts: atMostZero, instead: "the background is the ring model only: use 0 or -1" },
  method_init: {
    accepts: (value) => value === "corr_pnr" || value === "greedy_pnr",
    instead: 'cells are found by correlation and peak-to-noise ratio only: use "corr_pnr"',
  },
  center_psf: { accepts: (value) => value === true, instead: "movies are one-photon movies here: use true" },
  method_deconvolution: { accepts: (value) => value === "oasis", instead: 'deconvolution is OASIS only: use "oasis"' },
  noise_method: { accepts: (value) => value === "mean", instead: 'the noise band is averaged by its mean: use "mean"' },
  optimize_g: { accepts: (value) => !value, instead: "time constants come from the autocovariance: use false" },
  ssub: {
    accepts: (value) => value === 1,
    instead: "cells are searched for in full resolution: use 1, or shrink the movie first",
  },
  is3D: { accepts: (value) => value === false, instead: "movies are of one plane here: use false" },
};

const NO_PATCHES = "the field of view is never cut into patches";
const NO_THREADS = "work is shared out by the device";
const BY_FLAGS = "files are named on the command line";
const FIXED_POST = "footprints are always filtered and closed with 3×3 pixels and keep 0.9999 of their energy";
/** Names of other programs that have nothing to act on here, and why. */
const WITHOUT_EFFECT: Record<string, string> = {
  ...group(
    ["rf", "stride", "nb_patch", "border_pix", "low_rank_background", "del_duplicates", "only_init"],
    NO_PATCHES,
  ),
  ...group(["p_patch", "skip_refinement", "remove_very_bad_comps", "p_ssub", "p_tsub", "in_memory"], NO_PATCHES),
  ...group(["processing_mode", "patch_size", "patch_overlap"], NO_PATCHES),
  ...group(
    ["n_processes", "num_processes", "memory_fact", "n_pixels_per_process", "number_of_threads", "num_threads"],
    NO_THREADS,
  ),
  ...group(["block_size_spat", "num_blocks_per_run_spat", "block_size_temp", "num_blocks_per_run_temp"], NO_THREADS),
  ...group(["max_num_samples_fft", "block_size", "num_blocks_per_run", "memory_efficient", "verbosity"], NO_THREADS),
  ...group(["fnames", "dims", "var_name_hdf5", "mmap_F", "mmap_C", "input_movie_path", "output_dir_path"], BY_FLAGS),
  ...group(["output_filetype", "output_dir", "input_movie_files", "output_cell_set_files", "verbose"], BY_FLAGS),
  ...group(["caiman_version", "last_commit"], "it only says which program wrote the file"),
  ...group(["closing_kernel_size", "medw", "se", "ss", "thr_method", "maxthr", "nrgthr", "extract_cc"], FIXED_POST),
  ...group(["method_exp", "dist", "expandCore"], "footprints always grow by a 5×5 diamond"),
  ...group(["method_ls", "normalize_yyt_one"], "footprints come from a non-negative sparse regression"),
  ...group(["update_background_components"], "the ring is always refitted"),
  ...group(["init_iter", "num_iterations"], "cells are always searched for twice, the second time in the residual"),
  ...group(["K", "k", "max_num_neurons"], "the number of cells follows from min_corr and min_pnr"),
  ...group(["use_cnn", "cnn_lowest", "min_cnn_thr", "gSig_range"], "cells are judged by measures, not by a network"),
  ...group(["use_ecc", "max_ecc"], "the eccentricity of cells is measured, but decides nothing"),
  ...group(["dxy"], "all lengths are in pixels"),
  ...group(["ITER"], "traces are updated until they settle"),
  ...group(["bas_nonneg"], "the baseline of a trace is free"),
  ...group(["solvers"], "OASIS needs no solver"),
  ...group(["do_merge", "max_merge_area", "merge_parallel"], "merging follows merge_threshold only"),
  ...group(["check_nan", "compute_g", "include_noise", "pixels", "sn"], "noise is always measured from the movie"),
  ...group(
    ["normalize_init", "options_local_NMF", "rolling_length", "rolling_sum", "seed_method"],
    "it belongs to another initialiser",
  ),
  ...group(
    ["alpha_snmf", "kernel", "lambda_gnmf", "maxIter", "max_iter_snmf", "nIter"],
    "it belongs to another initialiser",
  ),
  ...group(
    ["perc_baseline_snmf", "sigma_smooth_snmf", "SC_kernel", "SC_sigma", "SC_thr"],
    "it belongs to another initialiser",
  ),
  ...group(["SC_normalize", "SC_use_NN", "SC_nnn"], "it belongs to another initialiser"),
  ...group(["deconvolve"], "deconvolution follows p"),
  ...group(["num_frames_split", "splits_rig", "splits_els"], "the movie is registered in chunks planned from --memory"),
  ...group(["num_splits_to_process_rig", "num_splits_to_process_els"], "every frame is registered in every round"),
  ...group(["indices", "use_cuda"], NO_THREADS),
  ...group(["min_mov", "nonneg_movie"], "samples keep their values: nothing is added to them"),
  ...group(["shifts_interpolate"], "displacements of patches are always interpolated smoothly"),
};

/** Names of other programs whose value is converted, and how. */
export const CONVERTED_NAMES: readonly {
  readonly names: readonly string[];
  readonly meaning: string;
  /** The step whose parameter they become. */
  readonly step: "motion" | "extraction";
}[] = [
  {
    names: ["average_cell_diameter", "cell_diameter"],
    meaning: "Inscopix's diameter d, which Inscopix doubles before use: gSiz = 2d, and gSig = (2d - 1)/4 rounded down",
    step: "extraction",
  },
  {
    names: ["gaussian_kernel_size"],
    meaning: "Inscopix's width of the Gaussian: gSig, when 2 or more; smaller is automatic",
    step: "extraction",
  },
  {
    names: ["output_units", "trace_output_units", "output_unit_type"],
    meaning: "Inscopix's units: 0 or df is dF, 1 or df_over_noise is dF over noise",
    step: "extraction",
  },
  {
    names: ["shifts_opencv"],
    meaning: "CaImAn's choice of how frames are moved: true is shifts_interpolation bicubic, false is fft",
    step: "motion",
  },
];

/** Every name that may be given to `run`, for flags and suggestions. */
export function acceptedNames(parameters: readonly ParameterDescription[]): string[] {
  return [
    ...parameters.flatMap(({ name, aliases }) => [name, ...aliases]),
    ...CONVERTED_NAMES.flatMap(({ names }) => names),
  ];
}

/**
 * Flattens groups, turns other programs' names into the parameters' own and converts their values.
 *
 * Inscopix CNMF-E doubles `average_cell_diameter` d before use: its search box is ±2d, its ring's radius
 * `ring_size_factor`·2d and its automatic Gaussian kernel ⌊(2d − 1)/4⌋. So gSiz = 2d, and gSig = ⌊(2d − 1)/4⌋ unless
 * `gaussian_kernel_size` is 2 or more (read from the sources of Inscopix CNMF-E 1.0.2).
 *
 * `null` means "the default", as in CaImAn's files. Throws `ParameterError` for names nobody knows, for settings only
 * another program has, and when two names of one parameter disagree.
 */
export function canonicalParameters(
  input: Readonly<Record<string, unknown>>,
  parameters: readonly ParameterDescription[],
): CanonicalParameters {
  const own = new Map<string, string>();
  for (const { name, aliases } of parameters) {
    for (const alias of [name, ...aliases]) own.set(alias, name);
  }
  const values: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  const notices: string[] = [];
  /** Names without effect by why they have none. */
  const useless = new Map<string, string[]>();
  const put = (name: string, value: unknown, source: string) => {
    if (name in values && JSON.stringify(values[name]) !== JSON.stringify(value)) {
      throw new ParameterError(
        sources[name] === source
          ? `${source} is given twice, as ${JSON.stringify(values[name])} and as ${JSON.stringify(value)}: give it once`
          : `${sources[name]} and ${source} both set ${name}, to ${JSON.stringify(values[name])} and to ` +
            `${JSON.stringify(value)}: give only one of them`,
      );
    }
    values[name] = value;
    sources[name] = source;
  };
  const take = (name: string, value: unknown) => {
    if (value === null || value === undefined) return;
    const canonical = own.get(name);
    if (canonical === "border_nan") put(canonical, caimanBorder(value), name);
    else if (canonical !== undefined) put(canonical, oneAxis(canonical, value), name);
    else if (name === "shifts_opencv") {
      if (typeof value !== "boolean") {
        throw new ParameterError(`shifts_opencv is ${JSON.stringify(value)}, but it has to be true or false`);
      }
      put("shifts_interpolation", value ? "bicubic" : "fft", name);
    } else if (name === "average_cell_diameter" || name === "cell_diameter") {
      diameter = { name, value: inscopixDiameter(name, value) };
    } else if (name === "gaussian_kernel_size") kernel = inscopixKernel(value);
    else if (name === "output_units" || name === "trace_output_units" || name === "output_unit_type") {
      put("units", inscopixUnits(name, value), name);
    } else if (name in FIXED) {
      if (!FIXED[name].accepts(value)) {
        throw new ParameterError(`${name} is ${JSON.stringify(value)}, but ${FIXED[name].instead}`);
      }
    } else if (name in WITHOUT_EFFECT) {
      useless.set(WITHOUT_EFFECT[name], [...useless.get(WITHOUT_EFFECT[name]) ?? [], name]);
    } else throw unknownName(name, parameters);
  };
  let diameter: { name: string; value: number } | undefined;
  let kernel: number | undefined;

  for (const [name, value] of Object.entries(input)) {
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isGroup) take(name, value);
    else if (GROUPS.includes(name)) {
      for (const [inner, innerValue] of Object.entries(value)) take(inner, innerValue);
    } else if (OTHER_STEPS.includes(name)) {
      notices.push(`Group ${name} has no effect: run does not do that step`);
    } else if (own.has(name)) take(name, value);
    else {
      throw new ParameterError(
        `Parameter group ${name} is not known; the groups are ${GROUPS.join(", ")} and ${OTHER_STEPS.join(", ")}`,
      );
    }
  }

  // Kernel sizes below 2 mean "automatic" in Inscopix CNMF-E: the diameter decides, or, without one, our default.
  if (kernel !== undefined && kernel >= 2) put("gSig", kernel, "gaussian_kernel_size");
  if (diameter !== undefined) {
    if ("gSiz" in values) {
      throw new ParameterError(
        `gSiz and ${diameter.name} both say how wide a cell is: give only one of them ` +
          `(${diameter.name} ${diameter.value} means gSiz ${2 * diameter.value})`,
      );
    }
    put("gSiz", 2 * diameter.value, diameter.name);
    if (!("gSig" in values)) put("gSig", Math.floor((2 * diameter.value - 1) / 4), diameter.name);
  }
  for (const [why, names] of useless) {
    const all = names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)} have` : `${names[0]} has`;
    notices.push(`${all} no effect: ${why}`);
  }
  return { values, notices };
}

function group(names: readonly string[], why: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, why]));
}

function atMostZero(value: unknown): boolean {
  return typeof value === "number" && value <= 0;
}

/** Lengths that CaImAn gives once per axis, and why both must be equal here. */
const PER_AXIS: Record<string, string> = {
  gSig: "cells are round here",
  gSiz: "cells are round here",
  gSig_filt: "the filter is round here",
  max_shifts: "both axes have the same limit here",
  strides: "patches are square here",
  overlaps: "patches are square here",
};

/** CaImAn gives lengths once per axis. */
function oneAxis(name: string, value: unknown): unknown {
  if (!(name in PER_AXIS) || !Array.isArray(value)) return value;
  if (value.length === 0 || value.some((one) => one !== value[0])) {
    throw new ParameterError(
      `${name} is ${JSON.stringify(value)}, but ${PER_AXIS[name]}: both numbers have to be equal`,
    );
  }
  return value[0];
}

/** CaImAn says true for NaN; its false leaves whatever the interpolation makes there, which is what "copy" is for. */
function caimanBorder(value: unknown): unknown {
  return value === true ? "nan" : value === false ? "copy" : value;
}

function inscopixDiameter(name: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 3 || value > 100) {
    throw new ParameterError(
      `Parameter ${name} is ${JSON.stringify(value)}, but it has to be a whole number of pixels from 3 to 100`,
    );
  }
  return value;
}

function inscopixKernel(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 50) {
    throw new ParameterError(
      `Parameter gaussian_kernel_size is ${
        JSON.stringify(value)
      }, but it has to be a whole number of pixels from 2 to ` +
        `50, or 0 for automatic`,
    );
  }
  return value;
}

function inscopixUnits(name: string, value: unknown): "dF" | "dF over noise" {
  if (value === 0 || value === "df") return "dF";
  if (value === 1 || value === "df_over_noise") return "dF over noise";
  throw new ParameterError(
    `Parameter ${name} is ${
      JSON.stringify(value)
    }, but it has to be 0 or "df" for dF, or 1 or "df_over_noise" for dF over noise`,
  );
}

function unknownName(name: string, parameters: readonly ParameterDescription[]): ParameterError {
  const like = nearestName(name, [...acceptedNames(parameters), ...Object.keys(FIXED), ...Object.keys(WITHOUT_EFFECT)]);
  return new ParameterError(
    `Parameter ${name} is not known${like === undefined ? "" : `; did you mean ${like}?`}` +
      (like === undefined ? "; annulus params lists every parameter" : ""),
  );
}
