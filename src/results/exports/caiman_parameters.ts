import type { Extraction } from "../../core/extraction.ts";
import type { Hdf5Writer } from "../../hdf5/hdf5_writer.ts";
import type { ExportOptions } from "./export_format.ts";

/** Groups of CaImAn's parameters. All are there, even without content: `load_CNMF` then takes CaImAn's defaults. */
const GROUPS = [
  "data",
  "init",
  "merging",
  "motion",
  "online",
  "patch",
  "preprocess",
  "quality",
  "ring_CNN",
  "spatial",
  "temporal",
];

/**
 * Writes the parameters under CaImAn's names, as far as CaImAn has them: in its newer versions a name it does not know is an error. Paths of
 * movies are left out, since CaImAn would open them.
 */
export function writeCaimanParameters(writer: Hdf5Writer, extraction: Extraction, options: ExportOptions): void {
  writer.group("/params");
  for (const group of GROUPS) writer.group(`/params/${group}`);
  const { parameters } = extraction, put = putter(writer);
  writeData(put, extraction);
  put("init", "gSig", pair(parameters.gSig));
  put("init", "gSiz", pair(parameters.gSiz));
  for (const name of ["min_corr", "min_pnr", "ring_size_factor", "tsub"]) put("init", name, parameters[name]);
  put("init", "ssub", 1);
  put("init", "ssub_B", extraction.ring.factor);
  put("init", "nb", 0);
  put("init", "method_init", "corr_pnr");
  put("init", "center_psf", true);
  put("init", "normalize_init", false);
  put("patch", "nb_patch", 0);
  put("merging", "merge_thr", parameters.merge_threshold);
  for (const group of ["preprocess", "temporal"]) {
    put(group, "p", extraction.arOrder);
    put(group, "lags", parameters.lags);
    put(group, "noise_range", parameters.noise_range);
    put(group, "noise_method", "mean");
  }
  put("temporal", "fudge_factor", parameters.fudge_factor);
  put("temporal", "method_deconvolution", "oasis");
  put("temporal", "s_min", parameters.s_min);
  const { motion = extraction.preparation?.motion } = options;
  if (motion) writeMotion(put, { ...motion.parameters });
}

/** Writes one parameter; what cannot be one of CaImAn's is left out. */
type Put = (group: string, name: string, value: unknown) => void;

function putter(writer: Hdf5Writer): Put {
  return (group, name, value) => {
    const path = `/params/${group}/${name}`;
    const numbers = typeof value === "number" ? [value] : Array.isArray(value) ? value : [];
    if (typeof value === "string") writer.text(path, value);
    else if (typeof value === "boolean") writer.truths(path, [], Uint8Array.of(Number(value)));
    else if (numbers.length > 0 && numbers.every((one) => typeof one === "number")) {
      const isWhole = numbers.every((one) => Object.is(one, one | 0));
      const data = isWhole ? BigInt64Array.from(numbers, BigInt) : Float64Array.from(numbers);
      writer.numbers(path, Array.isArray(value) ? [numbers.length] : [], data);
    }
  };
}

function writeData(put: Put, { footprints, frameRate, movie: { pixelSize } }: Extraction): void {
  put("data", "dims", [footprints.height, footprints.width]);
  put("data", "fr", frameRate);
  // CaImAn counts pixels per µm, rows first.
  if (pixelSize && pixelSize.x > 0 && pixelSize.y > 0) put("data", "dxy", [1 / pixelSize.y, 1 / pixelSize.x]);
}

function writeMotion(put: Put, motion: Readonly<Record<string, unknown>>): void {
  for (const name of ["pw_rigid", "niter_rig", "max_deviation_rigid", "upsample_factor_grid"]) {
    put("motion", name, motion[name]);
  }
  for (const name of ["max_shifts", "strides", "overlaps", "gSig_filt"]) put("motion", name, pair(motion[name]));
  const borders: Readonly<Record<string, unknown>> = { nan: true, copy: "copy" };
  put("motion", "border_nan", borders[String(motion.border_nan)]);
}

/** A length that CaImAn wants once per axis. */
function pair(value: unknown): unknown {
  return typeof value === "number" ? [value, value] : value;
}
