import assert from "node:assert/strict";
import { join } from "node:path";
import { ResultsError } from "../src/core/errors.ts";
import { UsageError } from "../src/cli/exit.ts";
import { motionFacts, motionWarnings } from "../src/cli/motion_report.ts";
import { prepareMovieOutput } from "../src/cli/movie_output.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary } from "./results_setting.ts";

Deno.test("the facts of a registration: largest displacement, share that moved, means, outliers", () => {
  const motion = fakeMotion({ frames: 100 });
  // Usually at (2, -1); every tenth frame 3 pixels away, every fifth 0.4 pixels, which is no motion.
  for (let t = 0; t < 100; t++) motion.shifts.rigid.set([t % 10 === 0 ? 5 : t % 5 === 0 ? 2.4 : 2, -1], 2 * t);
  motion.quality.correlationBefore.fill(0.5);
  motion.quality.correlationAfter.fill(0.75);
  const facts = motionFacts(motion);
  assert.deepEqual(facts, {
    frames: 100,
    largest: Math.hypot(5, -1),
    moved: 0.1,
    correlation: { before: 0.5, after: 0.75 },
    crispness: { before: 1234.5678, after: 2345.6789 },
    atLimit: 1,
    unlike: 1,
  });
  const local = fakeMotion({ frames: 100, local: true });
  local.shifts.local!.values.set([-30, 40], 12 * 57 + 4);
  assert.equal(motionFacts(local).largest, 50, "nodes may move further than the frame");
});

Deno.test("a user is warned when the correction made things worse, and only then", () => {
  const good = motionFacts(fakeMotion());
  assert.deepEqual(motionWarnings(good), []);
  const still = { ...good, correlation: { before: 0.9, after: 0.89999 }, crispness: { before: 100, after: 99.95 } };
  assert.deepEqual(motionWarnings(still), [], "rounding makes nothing worse");
  const blurred = motionWarnings({ ...good, crispness: { before: 100, after: 99 } });
  assert.equal(blurred.length, 1);
  assert.match(blurred[0], /^The correction made things worse \(their mean is less crisp\): /);
  const both = { ...good, crispness: { before: 100, after: 99 }, correlation: { before: 0.9, after: 0.8 } };
  assert.match(
    motionWarnings(both)[0],
    /worse \(frames are less like the template, their mean is less crisp\)/,
  );
});

Deno.test("a place for a movie is refused before the work when nothing can or should be written there", () =>
  inTemporary(async (folder) => {
    const movie = join(folder, "movie.tif"), old = join(folder, "old.h5"), link = join(folder, "link.tif");
    for (const path of [movie, old]) Deno.writeTextFileSync(path, "samples");
    Deno.symlinkSync(movie, link);
    Deno.mkdirSync(join(folder, "folder.tif"));
    const source = { ...fakeMotion().movie, files: [{ path: movie, bytes: 7, frames: 1 }] };
    const attempt = (path: string, force = false) =>
      prepareMovieOutput(path, { force, source, folder: join(folder, "motion") });
    await attempt(join(folder, "new.tif"));
    await attempt(join(folder, "new.HDF5"));
    await attempt(join(folder, "motion", "new.tiff"));
    await attempt(old, true);
    const cases: [string, boolean, typeof UsageError | typeof ResultsError, RegExp][] = [
      [join(folder, "new.avi"), false, UsageError, /has to end in \.tif, \.h5, \.nwb or \.zarr/],
      [folder, false, UsageError, /has to end in/],
      [movie, true, UsageError, /is the movie that is read/],
      [link, true, UsageError, /is the movie that is read/],
      [old, false, ResultsError, /is there already/],
      [join(folder, "folder.tif"), true, ResultsError, /is a folder/],
      [join(folder, "none", "new.tif"), true, ResultsError, /its folder does not exist/],
    ];
    for (const [path, force, kind, pattern] of cases) {
      await assert.rejects(attempt(path, force), (error) => error instanceof kind && pattern.test(error.message), path);
    }
  }));
