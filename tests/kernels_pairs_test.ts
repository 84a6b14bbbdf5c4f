/** Every kernel against its twin, on ordinary, odd, one-pixel and one-frame sizes. */
import { kernelCases } from "../src/kernels/cases/all.ts";
import { backendTest, compareBackends, TRIAL_SHAPES } from "./backends.ts";

const SHAPES = [...TRIAL_SHAPES, { frames: 40, width: 70, height: 150 }];

for (const { kernel, tolerance, calls } of kernelCases) {
  backendTest(`${kernel}: kernel and twin agree`, async () => {
    for (const [seed, shape] of SHAPES.entries()) {
      const { frames, width, height } = shape;
      await compareBackends(`${kernel}, ${frames} frames of ${width}x${height}`, tolerance, (compute) => {
        return calls(compute, shape, seed);
      });
    }
  });
}
