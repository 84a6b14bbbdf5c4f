import { MovieError, ParameterError } from "../core/errors.ts";
import { meanDisplacement } from "../core/mean_displacement.ts";
import type { Motion, MotionQuality } from "../core/motion.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { MovieHeader, MovieSource } from "../core/movie.ts";
import type { Shifts } from "../core/shifts.ts";
import { VERSION } from "../core/version.ts";
import type { Compute } from "../gpu/compute.ts";
import { pad, unpad } from "../kernels/stack.ts";
import { ChunkStream } from "../stream/chunks.ts";
import { CoarseFrames } from "./coarse_frames.ts";
import { FIRST_ROUNDS, firstFrames, firstTemplate } from "./first_template.ts";
import { type LocalGrid, localGrid } from "./local_grid.ts";
import { localPass } from "./local_pass.ts";
import { planMotion } from "./plan.ts";
import { motionQuality } from "./quality.ts";
import { rigidPass } from "./rigid_pass.ts";
import { registrationScale, type Scale } from "./scale.ts";

/** How far a registration is. */
export interface MotionProgress {
  /** Name of the stage. */
  readonly stage: string;
  /** Share of the whole registration that is done, 0–1. */
  readonly fraction: number;
  /** Something to tell. */
  readonly message?: string;
}

/** What a registration runs with, apart from its parameters. */
export interface RegisterOptions {
  /** The device. */
  readonly compute: Compute;
  /** Ceiling for the arrays of the registration, bytes. */
  readonly memoryBytes: number;
  /** Image to register to, row-major height×width, counts. Default: made of the movie itself. */
  readonly template?: Float32Array;
  /** Told of every step. */
  readonly progress?: (event: MotionProgress) => void;
  /** Stops the registration between chunks. */
  readonly signal?: AbortSignal;
}

/** Fewer frames make no template. */
const FEWEST_FRAMES = 5;
/**
 * Share by which moved frames must make their mean crisper: what is measured on tissue that lies still is noise, and
 * noise brings a little, too. At least so much where nothing moves by more than FAR pixels (rare jumps bring less), and
 * so much per square pixel that is usual, where large displacements count as one pixel: real motion brings several
 * times as much.
 */
const SMALL_GAIN = 0.0005, FAR = 1, GAIN_PER_SQUARE = 0.01;
/** Rough cost of a frame in a rigid and a piecewise round and in the measurement of the quality, for the progress. */
const SHARES = { rigid: 1, local: 6, quality: 1.5 };

/**
 * Finds where the tissue lies in every frame (NoRMCorre: Pnevmatikakis & Giovannucci 2017, J. Neurosci. Methods
 * 291:83). The movie is streamed, a few times. Frames are compared through a high-pass filter on a grid as coarse as
 * that filter allows. The template is made of frames spread over the movie, and again after each round. Every frame is
 * registered as a whole by cross-correlation; with `pw_rigid` then piecewise.
 *
 * Two runs on one device give the same numbers to the last bit. Other chunks (another memory ceiling) and the other
 * backend give displacements within 1e-3 pixels: rounding of 32-bit sums.
 * @throws MovieError for a movie that can not be registered: too few frames, no contrast, samples that are not finite
 * @throws ParameterError when `max_shifts` or patches do not fit in the frame, a given template is of another size, or
 * the memory ceiling is too low
 * @throws ComputeError when the device fails
 */
export async function registerMovie(
  source: MovieSource,
  parameters: MotionParameters,
  options: RegisterOptions,
): Promise<Motion> {
  const { header } = source, { compute, memoryBytes } = options;
  checkRegistration(header, parameters, options.template);
  const scale = registrationScale(header, parameters), grid = localGrid(header, parameters);
  const plan = planMotion(header, scale, grid.nodes, memoryBytes);
  const run = new Registration(source, parameters, scale, grid, plan.chunkFrames, options);
  const { shifts, quality } = await run.complete();
  return {
    movie: header,
    shifts,
    template: options.template ?? quality.meanAfter,
    ...(options.template ? { givenTemplate: true } : {}),
    quality,
    parameters,
    software: { annulus: VERSION, backend: compute.backend, device: compute.description },
    timings: run.timings,
    notes: [...run.notes, ...notesOn(quality, header.frames, parameters)],
  };
}

/** Refuses what can be seen to be wrong before anything is read. */
export function checkRegistration(header: MovieHeader, parameters: MotionParameters, template?: Float32Array): void {
  const { width, height, frames, name } = header, { strides, overlaps, pw_rigid, shifts_interpolation } = parameters;
  if (frames < FEWEST_FRAMES) {
    throw new MovieError(
      `"${name}" has ${frames} frame${
        frames === 1 ? "" : "s"
      }; a template to register to takes at least ${FEWEST_FRAMES}`,
    );
  }
  registrationScale(header, parameters);
  if (pw_rigid && strides + overlaps > Math.min(width, height)) {
    throw new ParameterError(
      `strides ${strides} + overlaps ${overlaps} make patches of ${
        strides + overlaps
      } pixels, larger than the frames of "${name}" ` +
        `(${width}×${height}): make them smaller, or register frames as wholes (pw_rigid false)`,
    );
  }
  if (pw_rigid && shifts_interpolation === "fft") {
    throw new ParameterError("shifts_interpolation fft moves whole frames only: use bicubic with pw_rigid");
  }
  if (template && template.length !== width * height) {
    throw new ParameterError(
      `The template has ${template.length} pixels, but frames of "${name}" have ${width}×${height}: give an image of that size`,
    );
  }
  if (template?.some((value) => !Number.isFinite(value))) {
    throw new ParameterError("The template holds values that are not finite numbers: give an image without NaN");
  }
}

/** The schedule, step by step. */
class Registration {
  readonly timings: { stage: string; seconds: number }[] = [];
  readonly notes: string[] = [];
  readonly #total: number;
  #done = 0;

  constructor(
    private readonly source: MovieSource,
    private readonly parameters: MotionParameters,
    private readonly scale: Scale,
    private readonly grid: LocalGrid,
    private readonly chunkFrames: number,
    private readonly options: RegisterOptions,
  ) {
    const { niter_rig, niter_els, pw_rigid } = parameters, { frames } = source.header;
    const first = options.template ? 0 : FIRST_ROUNDS * firstFrames(frames) * SHARES.rigid;
    this.#total = first +
      frames * (niter_rig * SHARES.rigid + (pw_rigid ? niter_els * SHARES.local : 0) + SHARES.quality);
  }

  async complete(): Promise<{ shifts: Shifts; quality: MotionQuality }> {
    const { compute, signal } = this.options, { source, parameters, scale, grid } = this;
    const { width, height, frames } = source.header;
    const stream = await ChunkStream.open(compute, source, this.chunkFrames, signal, true);
    try {
      const given = this.options.template && await this.#coarse(this.options.template);
      let template = given ?? await this.#timed(
        "first template",
        FIRST_ROUNDS * firstFrames(frames) * SHARES.rigid,
        async (report) => (await firstTemplate(source, scale, this.chunkFrames, this.options, report)).template,
      );
      if (template.every((value) => value === template[0])) throw constant(source.header);
      let rigid = new Float32Array(2 * frames), noise = 0;
      for (let round = 1; round <= parameters.niter_rig; round++) {
        const pass = await this.#timed(
          roundName("rigid registration", round, parameters.niter_rig),
          frames * SHARES.rigid,
          (report) => rigidPass(stream, scale, template, [0, 0], report),
        );
        rigid = Float32Array.from(pass.rigid);
        noise = pass.noise;
        template = given ?? pass.template;
      }
      let shifts: Shifts = { width, height, frames, rigid };
      if (parameters.pw_rigid) {
        let values: Float32Array | undefined;
        for (let round = 1; round <= parameters.niter_els; round++) {
          const pass = await this.#timed(
            roundName("piecewise registration", round, parameters.niter_els),
            frames * SHARES.local,
            (report) => localPass(stream, scale, grid, parameters, template, noise, rigid, values, report),
          );
          values = pass.values;
          template = given ?? pass.template;
        }
        const local = {
          ...shifts,
          local: { x: grid.x.nodes, y: grid.y.nodes, values: values!, patches: patchCentres(grid) },
        };
        shifts = { ...local, rigid: meanDisplacement(local) };
      }
      const measure = (of: Shifts) =>
        this.#timed(
          "registration quality",
          frames * SHARES.quality,
          (report) => motionQuality(stream, scale, grid, parameters, template, noise, of, report),
        );
      const quality = await measure(shifts);
      // What is measured on tissue that lies still is noise. A given template may lie elsewhere: then moving the frames
      // is the point.
      const gain = Math.max(largestOf(shifts) > FAR ? 0 : SMALL_GAIN, GAIN_PER_SQUARE * usualSquare(shifts));
      if (given || quality.crispnessAfter > quality.crispnessBefore * (1 + gain)) return { shifts, quality };
      this.notes.push(
        `Moving the frames (by ${
          largestOf(shifts).toFixed(2)
        } pixels at most) did not make their mean clearly crisper: the movie counts as ` +
          `still, and nothing is moved`,
      );
      shifts = { width, height, frames, rigid: new Float32Array(2 * frames) };
      return { shifts, quality: await measure(shifts) };
    } finally {
      stream.release();
    }
  }

  /** An image as frames are compared. */
  async #coarse(image: Float32Array): Promise<Float32Array> {
    const { compute } = this.options, { scale } = this, { width, height } = this.source.header;
    const mean = image.reduce((sum, value) => sum + value / image.length, 0);
    const stack = compute.upload("given template", pad(image.map((value) => value - mean), width, height));
    const coarse = new CoarseFrames(compute, scale, 1);
    try {
      const [data] = await compute.read(coarse.make(stack, { frames: 1, width, height }));
      return unpad(new Float32Array(data), scale.width, scale.height);
    } finally {
      stack.release();
      coarse.release();
    }
  }

  async #timed<R>(stage: string, share: number, work: (report: (fraction: number) => void) => Promise<R>): Promise<R> {
    const start = performance.now(), before = this.#done;
    const tell = (done: number) => this.options.progress?.({ stage, fraction: Math.min(1, done / this.#total) });
    tell(before);
    const result = await work((fraction) => tell(before + share * fraction));
    this.#done = before + share;
    this.timings.push({ stage, seconds: (performance.now() - start) / 1000 });
    return result;
  }
}

function roundName(what: string, round: number, rounds: number): string {
  return rounds === 1 ? what : `${what}, round ${round} of ${rounds}`;
}

/** Largest displacement along an axis, pixels. */
function largestOf({ rigid, local }: Shifts): number {
  return (local?.values ?? rigid).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Mean square of the displacements, square pixels, where none counts as more than one pixel. */
function usualSquare({ rigid, local }: Shifts): number {
  const values = local?.values ?? rigid;
  let sum = 0;
  for (let i = 0; i < values.length; i += 2) sum += Math.min(1, values[i] ** 2 + values[i + 1] ** 2);
  return 2 * sum / values.length;
}

function constant({ name }: MovieHeader): MovieError {
  return new MovieError(`"${name}" has nothing to register by: its frames show no structure that they share`);
}

function patchCentres({ patchX, patchY, patchWidth, patchHeight }: LocalGrid) {
  return {
    x: Float32Array.from(patchX, (start) => start + (patchWidth - 1) / 2),
    y: Float32Array.from(patchY, (start) => start + (patchHeight - 1) / 2),
  };
}

/** What a user should know of a registration. */
function notesOn(quality: MotionQuality, frames: number, parameters: MotionParameters): string[] {
  const notes: string[] = [];
  const atLimit = quality.outliers.filter(({ reason }) => reason === "shift at its limit").length;
  const low = quality.outliers.length - atLimit;
  if (atLimit > 0) {
    notes.push(
      `${atLimit} of ${frames} frames lie at max_shifts (${parameters.max_shifts} pixels)${
        atLimit > frames / 100 ? ": raise it if the tissue moves further" : ""
      }`,
    );
  }
  if (low > 0) notes.push(`${low} of ${frames} frames are much less like the template than the others`);
  return notes;
}
