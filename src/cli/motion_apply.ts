import { MovieError } from "../core/errors.ts";
import { resolveMotionParameters } from "../core/parameters.ts";
import { openCompute } from "../gpu/open.ts";
import { correctedMovie } from "../motion/corrected.ts";
import { sameMovie } from "../results/motion_reuse.ts";
import { loadMotion } from "../results/shifts.ts";
import type { Invocation } from "./command.ts";
import { deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { showMemory } from "./memory.ts";
import { givenRate, openGivenMovie } from "./movie_flags.ts";
import { prepareMovieOutput } from "./movie_output.ts";
import type { Output } from "./output.ts";
import { givenParameters } from "./parameter_input.ts";
import { resultsFile } from "./results_path.ts";
import { writeMovie } from "./write_movie.ts";

/** Parameters that act when displacements are applied. */
const APPLYING = ["border_nan", "shifts_interpolation", "shifts_opencv"];

/** `annulus motion apply`: the displacements of one movie, applied to another. */
export async function applyMotion(invocation: Invocation, output: Output): Promise<void> {
  const { operands: [shiftsPath, ...movie], values, switches, parameters: flags } = invocation;
  const example = "annulus motion apply shifts.h5 movie.tif --out corrected.tif";
  if (shiftsPath === undefined || movie.length === 0) {
    throw new UsageError(`annulus motion apply needs a shifts.h5 and a movie: ${example}`);
  }
  const path = values.out;
  if (path === undefined) throw new UsageError(`annulus motion apply needs --out MOVIE: ${example}`);
  const useless = [
    ...["corrected", "template"].filter((name) => name in values),
    ...Object.keys(flags).filter((name) => !APPLYING.includes(name)),
  ];
  if (useless.length > 0) throw new UsageError(`--${useless[0]} has no effect with motion apply: leave it out`);
  const given = await givenParameters(invocation, output);
  resolveMotionParameters(given);
  const { backend, memoryBytes } = deviceChoice(invocation);
  const file = await resultsFile(shiftsPath, "shifts.h5");
  const { shifts, parameters: saved, movie: registered, quality } = await loadMotion(file);
  const source = await openGivenMovie(movie, invocation, output, givenRate(values.frame_rate, given));
  try {
    const { name, width, height, frames } = source.header;
    if (width !== shifts.width || height !== shifts.height || frames !== shifts.frames) {
      throw new MovieError(
        `"${name}" has ${frames} frames of ${width}×${height} pixels, but the displacements in ${file} are of ` +
          `${shifts.frames} frames of ${shifts.width}×${shifts.height}: both have to agree`,
      );
    }
    const applying = Object.fromEntries(Object.entries(given).filter(([name]) => APPLYING.includes(name)));
    const parameters = resolveMotionParameters({ ...saved, ...applying }, source.header);
    await prepareMovieOutput(path, { force: switches.has("force"), source: source.header });
    const compute = await openCompute(backend, { memoryBytes });
    try {
      output.detail(`Device: ${compute.description}, at most ${showMemory(memoryBytes)}`);
      const corrected = correctedMovie(source, shifts, parameters, {
        compute,
        memoryBytes,
        // Another movie has another brightness: its edges hold the nearest samples as they are.
        ...(sameMovie(source.header, registered) ? { mean: quality.meanAfter } : {}),
      });
      await interruptible((signal) => writeMovie(path, corrected, output, { signal }));
      output.result(
        { corrected: path, shifts: file, width, height, frames },
        `${path}: ${frames} frames of ${width}×${height} pixels, corrected by the displacements in ${file}`,
      );
    } finally {
      compute.destroy();
    }
  } finally {
    source.close();
  }
}
