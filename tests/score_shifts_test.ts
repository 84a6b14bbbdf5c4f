import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { Shifts } from "../src/core/shifts.ts";
import { saveShifts } from "../src/results/shifts.ts";
import { saveTruth } from "../src/results/truth.ts";
import { scoreShifts } from "../src/score/shifts.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { fakeMotion } from "./fake_motion.ts";

const close = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-6, `${found}, ${expected} expected`);

function rigidShifts(rigid: number[], width = 40, height = 30): Shifts {
  return { width, height, frames: rigid.length / 2, rigid: Float32Array.from(rigid) };
}

Deno.test("shifts are compared up to a constant, and errors are what they are by hand", () => {
  const truth = rigidShifts([0, 0, 1, 2, -3, 1, 0.5, 0.25, 2, -2]);
  const same = scoreShifts({ ...truth, rigid: truth.rigid.map((value, i) => value + (i % 2 ? -7 : 3)) }, truth);
  assert.deepEqual(
    [same.frames, same.rigid.rmse, same.rigid.percentile99, same.rigid.largest, same.wrongFrames],
    [5, 0, 0, 0, []],
  );
  assert.deepEqual(same.rigid.offset, [3, -7]);
  assert.equal(same.local, undefined);
  // Frame 2 is off by (3, 4), frame 3 by (0, 1): only the first by more than a pixel. The medians are 0.
  const found = { ...truth, rigid: truth.rigid.slice() };
  found.rigid[4] += 3;
  found.rigid[5] += 4;
  found.rigid[7] += 1;
  const { rigid, wrongFrames } = scoreShifts(found, truth);
  close(rigid.rmse, Math.sqrt(26 / 10));
  close(rigid.percentile99, 5);
  close(rigid.largest, 5);
  assert.deepEqual(wrongFrames, [2]);
});

Deno.test("the 99th percentile leaves out the worst hundredth", () => {
  const truth = rigidShifts(new Array(800).fill(0));
  const found = rigidShifts(new Array(800).fill(0));
  for (let i = 0; i < 8; i++) found.rigid[2 * i * 11] = i + 1;
  const { rigid } = scoreShifts(found, truth);
  // 8 of 400 frames are off by 1 to 8: the best 396 include those off by 1 to 4.
  assert.deepEqual([rigid.percentile99, rigid.largest], [4, 8]);
});

Deno.test("local shifts are compared where they were estimated, rigid ones with the mean over the field", () => {
  // Nodes at both ends of 41 columns: between two nodes the displacement is linear, so that its mean is that of the nodes.
  const truth: Shifts = {
    width: 41,
    height: 31,
    frames: 3,
    rigid: new Float32Array(6).fill(100),
    local: {
      x: Float32Array.of(0, 40),
      y: Float32Array.of(0, 30),
      values: Float32Array.of(
        ...[0, 0, 4, 0, 0, 0, 4, 0],
        ...[1, 1, 1, 1, 1, 1, 1, 1],
        ...[-2, 0, 2, 0, -2, 6, 2, 6],
      ),
    },
  };
  const mean = [2, 0, 1, 1, 0, 3];
  assert.equal(scoreShifts({ ...rigidShifts(mean, 41, 31) }, truth).rigid.largest < 1e-5, true);

  const found: Shifts = {
    ...rigidShifts(mean, 41, 31),
    // One row of nodes at y = 15, at a quarter and three quarters of the width.
    local: {
      x: Float32Array.of(10, 30),
      y: Float32Array.of(15),
      values: Float32Array.of(1, 0, 3, 0, 1, 1, 1, 1, -1, 3, 1, 3.6),
    },
  };
  const { local } = scoreShifts(found, truth);
  assert.equal(local!.places, 2);
  close(local!.errors.rmse, Math.sqrt(0.36 / 12));
  close(local!.errors.largest, 0.6);
  // A rigid estimate is off by 1 along x at both nodes of the first and last frame.
  close(local!.rigidOnly.rmse, Math.sqrt(4 / 12));
  close(local!.rigidOnly.largest, 1);

  const still = scoreShifts(
    { ...found, local: { ...found.local!, values: new Float32Array(12) } },
    rigidShifts(mean, 41, 31),
  );
  close(still.local!.rigidOnly.rmse, 0);
});

Deno.test("shifts of another movie, and shifts that are no numbers, are refused", () => {
  const truth = rigidShifts([0, 0, 1, 1]);
  assert.throws(
    () => scoreShifts(rigidShifts([0, 0, 1, 1], 41), truth),
    (error) => error instanceof ParameterError && /of 41×30 pixels, the truth of 40×30/.test(error.message),
  );
  assert.throws(() => scoreShifts(rigidShifts([0, 0]), truth), /of a movie of 1 frames, the truth of 2/);
  assert.throws(() => scoreShifts(rigidShifts([0, 0, NaN, 1]), truth), /shifts of frame 1 hold NaN/);
  const local = { x: Float32Array.of(2), y: Float32Array.of(3, 9), values: new Float32Array(8) };
  local.values[5] = Infinity;
  assert.throws(() => scoreShifts({ ...truth, local }, truth), /shifts of frame 1 hold Infinity/);
});

Deno.test("annulus score tells the errors of saved shifts, and takes a truth without motion for tissue at rest", async () => {
  const folder = await Deno.makeTempDir();
  const annulus = async (...args: string[]) => {
    const program = new URL("../cli.ts", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", program, ...args] })
      .output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  };
  try {
    const options = { width: 64, height: 48, frames: 30, cells: 3 }, motion = fakeMotion(options);
    const { truth } = simulate({ ...options, motion_rigid: 2, motion_local: 1 });
    const { local, rigid } = truth.motion!;
    const values = local!.values.map((value, i) => value + (i % 2 ? 1 : -2));
    const shifts: Shifts = { ...motion.shifts, rigid, local: { ...local!, values } };
    await saveShifts(`${folder}/shifts.h5`, { ...motion, shifts });
    await saveTruth(`${folder}/moving.h5`, truth);
    await saveTruth(`${folder}/still.h5`, simulate(options).truth);
    const { code, stdout } = await annulus("score", folder, "--truth", `${folder}/moving.h5`, "--json");
    assert.equal(code, 0);
    const { local: atNodes, rigid: whole, wrongFrames } = JSON.parse(stdout).shifts;
    assert.ok(whole.rmse < 1e-6 && atNodes.errors.rmse < 1e-5 && atNodes.rigidOnly.rmse > 0.05);
    assert.deepEqual(wrongFrames, []);
    const still = await annulus("score", `${folder}/shifts.h5`, "--truth", `${folder}/still.h5`);
    const spread = Number(/^frames as a whole +([\d.]+)/m.exec(still.stdout)?.[1]);
    assert.ok(spread > 1 && spread < 4, "against tissue at rest the errors are the displacements");
    assert.match(still.stdout, /^\d+ of 30 frames are off by more than 1 pixel$/m);
    const wrong = await annulus("score", "a.h5", "b.h5", "--truth", `${folder}/still.h5`);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /annulus score needs results and a truth, .+, but got a\.h5 b\.h5 --truth/);
    const onto = await annulus("simulate", "--onto", "a.tif", "--out", `${folder}/b.tif`, "--motion_rigid", "1");
    assert.equal(onto.code, 2);
    assert.match(onto.stderr, /--motion_rigid has no effect with --onto: leave it out/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
