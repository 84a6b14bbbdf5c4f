import assert from "node:assert/strict";
import { binnedShape, binSpace } from "../src/kernels/bin_space.ts";
import { stackBytes } from "../src/kernels/stack.ts";
import { backendTest, compareBackends, randomStack, TRIAL_SHAPES } from "./backends.ts";

backendTest("binSpace: kernel and twin agree", async () => {
  for (const [i, shape] of TRIAL_SHAPES.entries()) {
    for (const factor of [1, 2, 3]) {
      // A mean of at most nine float32 values: a few rounding errors.
      await compareBackends(`binSpace ${shape.width}x${shape.height} by ${factor}`, 1e-6, (compute) => {
        const stack = compute.upload("stack", randomStack(i, shape));
        const binned = compute.allocate("binned", stackBytes(binnedShape(shape, factor)));
        binSpace(compute, stack, binned, shape, factor);
        stack.release();
        return [binned];
      });
    }
  }
});

backendTest("binSpace: edge blocks average what they hold", async () => {
  const shape = { frames: 1, width: 3, height: 2 };
  const [binned] = await compareBackends("binSpace", 1e-6, (compute) => {
    const stack = compute.upload("stack", new Float32Array([1, 2, 5, 0, 3, 6, 7, 0]));
    const out = compute.allocate("binned", 16);
    binSpace(compute, stack, out, shape, 2);
    return [out];
  });
  assert.deepEqual([...binned], [3, 6, 0, 0]);
});
