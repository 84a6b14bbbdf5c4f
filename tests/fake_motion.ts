import type { Motion, OutlierFrame } from "../src/core/motion.ts";
import { resolveMotionParameters } from "../src/core/parameters.ts";
import { VERSION } from "../src/core/version.ts";
import { seededRandom } from "./fake_extraction.ts";

/** Size of a fake motion. */
export interface FakeMotionOptions {
  /** Pixels per row. Default 48. */
  readonly width?: number;
  /** Rows. Default 40. */
  readonly height?: number;
  /** Frames. Default 120. */
  readonly frames?: number;
  /** Whether there are local displacements. Default false. */
  readonly local?: boolean;
  /** Frames per second; null when the movie does not say. Default 10. */
  readonly frameRate?: number | null;
  /** Seed of the generator. Default 1. */
  readonly seed?: number;
}

/** A motion that no movie ever had, but of the right shapes and plausible values: a random walk with two outliers. */
export function fakeMotion(options: FakeMotionOptions = {}): Motion {
  const { width = 48, height = 40, frames = 120, local = false, frameRate = 10, seed = 1 } = options;
  const random = seededRandom(seed), around = (size: number) => size * (random() + random() + random() - 1.5);
  const rigid = new Float32Array(2 * frames);
  for (let i = 0; i < rigid.length; i++) rigid[i] = 0.9 * (i > 1 ? rigid[i - 2] : 0) + around(1.5);
  const outliers: OutlierFrame[] = frames < 10 ? [] : [
    { frame: Math.floor(frames / 3), reason: "shift at its limit" },
    { frame: Math.floor(2 * frames / 3), reason: "low correlation" },
  ];
  if (outliers.length > 0) rigid[2 * outliers[0].frame] = 8;
  const bad = new Set(outliers.map(({ frame }) => frame));
  const image = (amplitude: number) =>
    Float32Array.from(
      { length: width * height },
      (_, i) => 900 + amplitude * Math.sin(i % width / 5) * Math.cos(Math.floor(i / width) / 4) + around(5),
    );
  const trace = (level: number, spread: number) =>
    Float32Array.from({ length: frames }, (_, t) => bad.has(t) ? 0.2 : level + around(spread));
  const flowBin = 10;
  const x = Float32Array.of(0.25 * width, 0.5 * width, 0.75 * width), y = Float32Array.of(0.3 * height, 0.7 * height);
  const values = Float32Array.from(
    { length: frames * 12 },
    (_, i) => rigid[2 * Math.floor(i / 12) + i % 2] + around(1),
  );
  return {
    movie: {
      width,
      height,
      frames,
      sampleType: "uint16",
      ...(frameRate === null ? {} : { frameRate }),
      name: "movie.tif",
      files: [{ path: "data/movie.tif", bytes: 123456, modified: "2024-05-06T07:08:09.123Z", frames }],
    },
    shifts: {
      width,
      height,
      frames,
      rigid,
      ...(local ? { local: { x, y, values, patches: { x: x.subarray(0, 2).map((place) => place + 5), y } } } : {}),
    },
    template: image(300),
    quality: {
      correlationBefore: trace(0.6, 0.1),
      correlationAfter: trace(0.9, 0.03),
      crispnessBefore: 1234.5678,
      crispnessAfter: 2345.6789,
      residualFlow: Float32Array.from({ length: Math.ceil(frames / flowBin) }, () => Math.abs(around(0.1))),
      flowBin,
      outliers,
      border: { left: 3, top: 2, right: 5, bottom: 1 },
      meanBefore: image(200),
      meanAfter: image(290),
    },
    parameters: resolveMotionParameters({ pw_rigid: local, max_shifts: 8 }),
    software: { annulus: VERSION, backend: "cpu", device: "a device that is none" },
    timings: [{ stage: "template", seconds: 0.125 }, { stage: "registering", seconds: 3.5 }],
    notes: ["1 frame lies at max_shifts"],
  };
}
