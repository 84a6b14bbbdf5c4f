import { MovieError, ParameterError } from "../core/errors.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { MovieSource } from "../core/movie.ts";
import { firstTemplate, medianDisplacement } from "./first_template.ts";
import { planMotion } from "./plan.ts";
import { checkRegistration, type RegisterOptions } from "./register.ts";
import { registrationScale, type Scale } from "./scale.ts";

/** Displacements over which the movie counts as moving, pixels: of one frame in ten, or of any. */
const USUAL = 0.3, ANY = 1.5;

/**
 * How much crisper the template has to be for it: what is measured on tissue that lies still is noise, and sharpens
 * nothing.
 */
const CRISPER = 1.01;

/** Whether a movie moves, as far as some of its frames tell. */
export interface Moving {
  /** Whether its motion should be corrected. */
  readonly moves: boolean;
  /** Largest displacement from the middle of all, pixels. */
  readonly largest: number;
  /** Frames that were looked at. */
  readonly frames: number;
}

/**
 * Looks at up to 200 frames spread over a movie and tells whether it moves. Undefined for a movie that can not be
 * registered: too small, too short, without contrast.
 */
export async function movieMoves(
  source: MovieSource,
  parameters: MotionParameters,
  options: RegisterOptions,
): Promise<Moving | undefined> {
  const { header } = source;
  let scale: Scale, chunkFrames: number;
  const rigidOnly = { ...parameters, pw_rigid: false };
  try {
    checkRegistration(header, rigidOnly);
    scale = registrationScale(header, rigidOnly);
    chunkFrames = planMotion(header, scale, 0, options.memoryBytes).chunkFrames;
  } catch (error) {
    if (error instanceof ParameterError || error instanceof MovieError) return undefined;
    throw error;
  }
  const { rigid, template, unmoved } = await firstTemplate(
    source,
    scale,
    chunkFrames,
    options,
    (fraction) => options.progress?.({ stage: "does the movie move?", fraction }),
  );
  const middle = medianDisplacement(rigid);
  const distances = Float32Array.from(
    { length: rigid.length / 2 },
    (_, f) => Math.hypot(rigid[2 * f] - middle[0], rigid[2 * f + 1] - middle[1]),
  ).sort();
  const largest = distances[distances.length - 1], usual = distances[Math.floor(0.9 * distances.length)];
  const gain = slopes(template, scale.width) / slopes(unmoved, scale.width);
  return { moves: largest > ANY || (usual > USUAL && gain > CRISPER), largest, frames: distances.length };
}

/** Norm of an image's gradient. */
function slopes(image: Float32Array, width: number): number {
  let sum = 0;
  for (let i = width; i < image.length; i++) {
    if (i % width > 0) sum += (image[i] - image[i - 1]) ** 2 + (image[i] - image[i - width]) ** 2;
  }
  return Math.sqrt(sum);
}
