import type { Motion } from "../core/motion.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { MovieHeader } from "../core/movie.ts";
import { VERSION } from "../core/version.ts";
import { reasonOf } from "../files/reason.ts";
import { loadMotion } from "./shifts.ts";

/** Parameters that act when displacements are applied, not when they are found. */
const APPLYING: readonly (keyof MotionParameters)[] = ["shifts_interpolation", "border_nan"];

/** Parameters that act only when patches move on their own. */
const PIECEWISE: readonly (keyof MotionParameters)[] = [
  "niter_els",
  "strides",
  "overlaps",
  "max_deviation_rigid",
  "upsample_factor_grid",
];

/**
 * Whether two headers are of the same movie: same size, frames and sample type, the same files, by their names without folders, sizes and
 * times of modification, and the same done to their samples. Movies without files, such as those in memory, and files whose modification is not known are never the same.
 */
export function sameMovie(a: MovieHeader, b: MovieHeader): boolean {
  return a.width === b.width && a.height === b.height && a.frames === b.frames && a.sampleType === b.sampleType &&
    sameTexts(a.history ?? [], b.history ?? []) &&
    a.files.length > 0 && a.files.length === b.files.length &&
    a.files.every((file, i) => {
      const other = b.files[i];
      return baseName(file.path) === baseName(other.path) && file.bytes === other.bytes &&
        file.frames === other.frames && file.modified !== undefined && file.modified === other.modified;
    });
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

/** What else decides whether saved displacements can be used again. */
export interface ReuseOptions {
  /** A template that was given, row-major, counts. Default: the template is made from the movie. */
  readonly template?: Float32Array;
  /** Takes a sentence: why a file that is there cannot be used, or what to know when it is. */
  readonly notice?: (sentence: string) => void;
}

/**
 * The motion correction in a file of `saveShifts`, when it is what would be computed again: for the same movie, with the same parameters,
 * template and version of annulus. How displacements are applied (`border_nan`, `shifts_interpolation`) does not matter to finding them; the
 * quality stays that of the way it was measured in. Parameters of patches do not matter to a frame that moves as a whole.
 *
 * Undefined otherwise: also when there is no such file, and when it is damaged. Never rejects.
 *
 * @param path Usually `shifts.h5` in a directory of results; need not exist.
 * @param header The movie to register.
 * @param parameters Parameters to register it with.
 */
export async function reusableMotion(
  path: string,
  header: MovieHeader,
  parameters: MotionParameters,
  { template, notice = () => {} }: ReuseOptions = {},
): Promise<Motion | undefined> {
  if (!(await Deno.stat(path).then(({ isFile }) => isFile, () => false))) return undefined;
  let motion: Motion;
  let obstacle: string | undefined;
  try {
    motion = await loadMotion(path);
    obstacle = obstacleTo(motion, header, parameters, template);
  } catch (error) {
    notice(`${path} cannot be used again: ${reasonOf(error).replace(`Cannot load ${path}: `, "")}`);
    return undefined;
  }
  if (obstacle !== undefined) {
    notice(`${path} cannot be used again: ${obstacle}`);
    return undefined;
  }
  const others = APPLYING.filter((name) => motion.parameters[name] !== parameters[name]);
  if (others.length > 0) {
    const saved = others.map((name) => `${name} ${motion.parameters[name]}`).join(" and ");
    notice(`The quality of the registration in ${path} was measured with ${saved}; the displacements are the same`);
  }
  return motion;
}

/** Why saved displacements are not what would be computed; undefined when they are. */
function obstacleTo(
  motion: Motion,
  header: MovieHeader,
  parameters: MotionParameters,
  template: Float32Array | undefined,
): string | undefined {
  if (!sameMovie(motion.movie, header)) return differenceOf(motion.movie, header);
  const { annulus } = motion.software;
  if (annulus !== VERSION) return `annulus ${annulus} made it, and this is annulus ${VERSION}`;
  const passedOver = [...APPLYING, ...(parameters.pw_rigid ? [] : PIECEWISE)];
  const names = (Object.keys(parameters) as (keyof MotionParameters)[]).filter((name) => !passedOver.includes(name));
  const other = names.find((name) => motion.parameters[name] !== parameters[name]);
  if (other !== undefined) {
    return `it was made with ${other} ${motion.parameters[other]}, and ${other} is ${parameters[other]} now`;
  }
  if (template === undefined) return motion.givenTemplate ? "its template was given, and now none is" : undefined;
  const same = motion.givenTemplate && motion.template.length === template.length &&
    template.every((value, i) => Object.is(value, motion.template[i]));
  return same ? undefined : "it was made with another template";
}

/** What makes two movies different, in words. */
function differenceOf(saved: MovieHeader, now: MovieHeader): string {
  const sameFiles = saved.files.length > 0 && saved.files.length === now.files.length &&
    saved.files.every(({ path }, i) => baseName(path) === baseName(now.files[i].path));
  if (!sameFiles) return `it belongs to another movie ("${saved.name}")`;
  if (!sameTexts(saved.history ?? [], now.history ?? [])) return "the movie was preprocessed in another way for it";
  const changed = saved.files.find(({ bytes, modified }, i) =>
    bytes !== now.files[i].bytes || modified !== now.files[i].modified
  );
  return changed ? `${baseName(changed.path)} has changed since` : `it belongs to another movie ("${saved.name}")`;
}

/** A path's last part, whichever way its folders are separated. */
function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
