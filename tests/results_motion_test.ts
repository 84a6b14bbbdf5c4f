import assert from "node:assert/strict";
import { basename, join } from "node:path";
import type { Motion } from "../src/core/motion.ts";
import { prepareOutput, RESULT_FILES, writeResults } from "../src/results/directory.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { MOTION_FILES, prepareMotion, writeMotion } from "../src/results/motion.ts";
import {
  MOTION_PICTURES,
  registrationPicture,
  shiftsPicture,
  templatePicture,
} from "../src/results/motion_pictures.ts";
import { reusableMotion, sameMovie } from "../src/results/motion_reuse.ts";
import { loadMotion, saveShifts } from "../src/results/shifts.ts";
import { ticksBetween } from "../src/results/ticks.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary, message } from "./results_setting.ts";

/** Names of everything in a directory, sorted. */
function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

function bytes(directory: string): Record<string, Uint8Array> {
  return Object.fromEntries(names(directory).map((name) => [name, Deno.readFileSync(join(directory, name))]));
}

const RIGID_FILES = MOTION_FILES.filter((name) => name !== "shifts_local.csv");

/** A motion that fails while it is written, after several files are complete: JSON cannot hold its note. */
function failing(): Motion {
  return { ...fakeMotion(), notes: [1n as unknown as string] };
}

Deno.test("writeMotion writes its files and creates the directory; two runs write the same bytes", () =>
  inTemporary(async (parent) => {
    for (const [local, files] of [[false, RIGID_FILES], [true, MOTION_FILES]] as const) {
      const one = join(parent, `one-${local}`, "motion"), two = join(parent, `two-${local}`);
      await prepareMotion(one);
      const paths = await writeMotion(one, fakeMotion({ local }));
      assert.deepEqual(paths.map((path) => basename(path)), files);
      assert.deepEqual(names(one), [...files].sort());
      assert.deepEqual(await loadMotion(join(one, "shifts.h5")), fakeMotion({ local }));
      await writeMotion(two, fakeMotion({ local }));
      assert.deepEqual(bytes(one), bytes(two));
    }
  }));

Deno.test("motion files that are there are refused without force and replaced with it, none of them stays behind", () =>
  inTemporary(async (directory) => {
    Deno.writeTextFileSync(join(directory, "notes.txt"), "mine");
    await writeMotion(directory, fakeMotion({ local: true }));
    const before = bytes(directory);
    const refused = /already results in .* \(shifts\.csv, shifts_local\.csv, shifts\.png, …\): choose another/;
    assert.match(await message(prepareMotion(directory)), refused);
    assert.match(await message(writeMotion(directory, fakeMotion())), refused);
    assert.deepEqual(bytes(directory), before);
    assert.match(await message(writeMotion(directory, failing(), { force: true })), /^Cannot write .*shifts\.h5: /);
    assert.deepEqual(bytes(directory), before, "a failure leaves what was there");
    await writeMotion(directory, fakeMotion({ seed: 2 }), { force: true });
    assert.deepEqual(names(directory), ["notes.txt", ...RIGID_FILES].sort(), "the old local table is gone");
    assert.deepEqual(await loadMotion(join(directory, "shifts.h5")), fakeMotion({ seed: 2 }));
  }));

Deno.test("a failure leaves no new directory", () =>
  inTemporary(async (parent) => {
    await message(writeMotion(join(parent, "motion"), failing()));
    assert.deepEqual(names(parent), []);
  }));

Deno.test("results can be written together with the motion, or beside one that is kept", () =>
  inTemporary(async (parent) => {
    const both = join(parent, "both"), kept = join(parent, "kept");
    const paths = await writeResults(both, fakeExtraction(), { motion: fakeMotion() });
    assert.deepEqual(paths.map((path) => basename(path)), [...RIGID_FILES, ...RESULT_FILES]);
    assert.deepEqual(names(both), [...RIGID_FILES, ...RESULT_FILES].sort());

    await writeMotion(kept, fakeMotion({ local: true }));
    const before = bytes(kept);
    assert.match(await message(prepareOutput(kept)), /already results in .* \(shifts\.csv, /);
    await prepareOutput(kept, false, true);
    await writeResults(kept, fakeExtraction(), { keepMotion: true });
    for (const [name, content] of Object.entries(before)) {
      assert.deepEqual(Deno.readFileSync(join(kept, name)), content, name);
    }
    assert.deepEqual(names(kept), [...MOTION_FILES, ...RESULT_FILES].sort());
    assert.match(await message(prepareOutput(kept, false, true)), /already results in .* \(footprints\.tif, /);

    await writeResults(kept, fakeExtraction({ seed: 2 }), { force: true });
    assert.deepEqual(names(kept), [...RESULT_FILES].sort(), "Results of a movie as it is lie beside no displacements");
    assert.deepEqual(await loadResults(join(kept, "results.h5")), fakeExtraction({ seed: 2 }));
  }));

Deno.test("movies are the same by size, type, history and files, wherever these lie", () => {
  const { movie } = fakeMotion(), [file] = movie.files;
  assert.ok(sameMovie(movie, { ...movie, name: "other", frameRate: 7 }));
  assert.ok(sameMovie(movie, { ...movie, files: [{ ...file, path: "C:\\elsewhere\\movie.tif" }] }));
  const others = [
    { ...movie, width: 49 },
    { ...movie, height: 41 },
    { ...movie, frames: 121 },
    { ...movie, sampleType: "float32" as const },
    { ...movie, history: ["Cropped"] },
    { ...movie, files: [file, file] },
    { ...movie, files: [{ ...file, path: "movie2.tif" }] },
    { ...movie, files: [{ ...file, bytes: file.bytes + 1 }] },
    { ...movie, files: [{ ...file, modified: "2024-05-06T07:08:09.124Z" }] },
  ];
  others.forEach((other, i) => assert.ok(!sameMovie(movie, other), `case ${i}`));
  const inMemory = { ...movie, files: [] };
  assert.ok(!sameMovie(inMemory, inMemory));
  const { modified: _, ...undated } = file;
  assert.ok(!sameMovie({ ...movie, files: [undated] }, { ...movie, files: [undated] }));
  const cropped = { ...movie, history: ["Cropped", "Binned"] };
  assert.ok(sameMovie(cropped, { ...cropped, history: ["Cropped", "Binned"] }));
  assert.ok(!sameMovie(cropped, { ...cropped, history: ["Binned", "Cropped"] }));
});

Deno.test("saved displacements are used again only when they are what would be computed", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "shifts.h5");
    let told: string[] = [];
    const notice = (sentence: string) => told.push(sentence);
    const rigid = fakeMotion();
    const attempt = async (changes: object, header = rigid.movie, template?: Float32Array) => {
      told = [];
      return await reusableMotion(path, header, { ...rigid.parameters, ...changes }, { notice, template });
    };
    assert.equal(await attempt({}), undefined);
    assert.deepEqual(told, [], "No file is nothing to tell of");

    await saveShifts(path, rigid);
    assert.deepEqual(await attempt({}), rigid);
    assert.deepEqual(told, []);
    assert.deepEqual(await attempt({ strides: 96, overlaps: 32, niter_els: 7 }), rigid, "Patches do not matter here");
    assert.deepEqual(await attempt({ border_nan: "nan", shifts_interpolation: "fft" }), rigid);
    assert.deepEqual(told, [
      `The quality of the registration in ${path} was measured with shifts_interpolation bicubic and border_nan level; ` +
      "the displacements are the same",
    ]);
    const refuse = async (found: Promise<Motion | undefined>, why: RegExp) => {
      assert.equal(await found, undefined);
      assert.equal(told.length, 1);
      assert.match(told[0], why);
    };
    await refuse(attempt({ max_shifts: 9 }), /again: it was made with max_shifts 8, and max_shifts is 9 now$/);
    await refuse(attempt({ gSig_filt: 0 }), /gSig_filt 3, and gSig_filt is 0 now$/);
    await refuse(attempt({ pw_rigid: true }), /pw_rigid false, and pw_rigid is true now$/);
    await refuse(attempt({}, { ...rigid.movie, frames: 121 }), /it belongs to another movie \("movie\.tif"\)$/);
    await refuse(attempt({}, rigid.movie, rigid.template), /another template$/);

    const given = { ...rigid, givenTemplate: true as const };
    await saveShifts(path, given);
    assert.deepEqual(await attempt({}, rigid.movie, rigid.template.slice()), given);
    await refuse(attempt({}), /its template was given, and now none is$/);
    await refuse(attempt({}, rigid.movie, rigid.template.map((value) => value + 1)), /another template$/);

    const piecewise = fakeMotion({ local: true });
    await saveShifts(path, piecewise);
    assert.deepEqual(await attempt({ pw_rigid: true }), piecewise);
    await refuse(attempt({ pw_rigid: true, strides: 96 }), /strides 48, and strides is 96 now$/);
    await saveShifts(path, { ...rigid, software: { ...rigid.software, annulus: "0.0.1" } });
    await refuse(attempt({}), /annulus 0\.0\.1 made it, and this is annulus \d/);
    await saveShifts(path, rigid);
    Deno.truncateSync(path, 5000);
    await refuse(attempt({}), new RegExp(`^${path} cannot be used again: (?!Cannot load)`));
    Deno.writeTextFileSync(path, "no HDF5");
    await refuse(attempt({}), /it is not an HDF5 file$/);
  }));

Deno.test("a damaged file is never a crash, wherever the damage is", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "shifts.h5"), motion = fakeMotion({ local: true });
    await saveShifts(path, motion);
    const good = Deno.readFileSync(path);
    let used = 0;
    for (let at = 0; at < good.length; at += 211) {
      const damaged = good.slice();
      damaged.fill(0xff, at, at + 16);
      Deno.writeFileSync(path, damaged);
      const found = await reusableMotion(path, motion.movie, motion.parameters);
      if (found === undefined) continue;
      used++;
      assert.equal(found.shifts.rigid.length, 2 * 120);
    }
    assert.ok(used > 0, "damage to samples cannot be seen");
  }));

const SIZES = {
  "one frame": { frames: 1, width: 1, height: 1, local: true, frameRate: null },
  "ten frames": { frames: 10 },
  "500 frames": { frames: 500, local: true },
  "50,000 frames": { frames: 50000, local: true, width: 300, height: 20 },
};
for (const [name, options] of Object.entries(SIZES)) {
  Deno.test(`pictures of the registration can be drawn: ${name}`, () => {
    for (const draw of Object.values(MOTION_PICTURES)) {
      assert.deepEqual(draw(fakeMotion(options)), draw(fakeMotion(options)));
    }
    for (const draw of [shiftsPicture, registrationPicture]) {
      const { width, height } = draw(fakeMotion(options));
      assert.ok(width === 1500 && height < 700);
    }
  });
}

Deno.test("pictures of constant and of broken values can be drawn", () => {
  for (const frames of [30, 5000]) {
    for (const value of [0, 5, NaN, Infinity, -Infinity]) {
      const { shifts, template, quality, ...rest } = fakeMotion({ frames, local: true });
      const { correlationBefore, correlationAfter, residualFlow, meanBefore, meanAfter } = quality;
      for (const one of [shifts.rigid, shifts.local!.values, template, meanBefore, meanAfter]) one.fill(value);
      for (const one of [correlationBefore, correlationAfter, residualFlow]) one.fill(value);
      correlationBefore[3] = 0.5;
      shifts.rigid[8] = 2;
      for (const draw of Object.values(MOTION_PICTURES)) {
        assert.ok(draw({ ...rest, shifts, template, quality }).length > 100);
      }
    }
  }
});

Deno.test("a single jump among 50,000 frames can be seen, at its place", () => {
  const motion = fakeMotion({ frames: 50000 });
  motion.shifts.rigid.fill(0);
  const still = shiftsPicture(motion);
  motion.shifts.rigid[2 * 25000] = 6;
  const jumped = shiftsPicture(motion);
  const left = 86, columns = 1500 - 86 - 24;
  const blue = (canvas: typeof still, x: number) =>
    Array.from({ length: 220 }, (_, y) => 3 * ((36 + y) * canvas.width + x)).filter((at) =>
      canvas.data[at + 2] > canvas.data[at] + 60
    ).length;
  const at = left + Math.floor(columns / 2);
  assert.ok(blue(jumped, at) > 150, `${blue(jumped, at)} rows`);
  assert.ok(blue(jumped, at + 5) < 10 && blue(still, at) < 10);
});

Deno.test("means and template are shown at one contrast, and the border is drawn where it is", () => {
  const { quality, ...motion } = fakeMotion({ width: 480, height: 100 });
  quality.meanBefore.fill(0);
  quality.meanAfter.fill(50);
  motion.template.fill(100);
  const canvas = templatePicture({ ...motion, quality });
  const pixel = (i: number, x: number, y: number) => {
    const at = 3 * ((56 + y) * canvas.width + 16 + i * (480 + 16) + x);
    return [...canvas.data.subarray(at, at + 3)];
  };
  assert.deepEqual([0, 1, 2].map((i) => pixel(i, 240, 50)[0]), [0, 128, 255]);
  for (const i of [0, 1, 2]) {
    // The border is 3 at the left, 2 above, 5 at the right and 1 below: the first pixel inside is on the line.
    for (const [x, y] of [[3, 50], [240, 2], [474, 50], [240, 98]]) {
      assert.deepEqual(pixel(i, x, y), [90, 230, 255], `${i}: ${x}, ${y}`);
    }
    assert.equal(new Set(pixel(i, 2, 50)).size, 1);
    assert.equal(new Set(pixel(i, 475, 50)).size, 1);
  }
});

Deno.test("ticks between two values are round, and 0 is among them when it lies between", () => {
  assert.deepEqual(ticksBetween(-7.2, 11, 4), [-5, 0, 5, 10]);
  assert.deepEqual(ticksBetween(0.21, 0.95, 4), [0.4, 0.6, 0.8]);
  assert.deepEqual(ticksBetween(3, 3, 4), [3]);
  assert.ok(Object.is(ticksBetween(-1, 1, 2)[1], 0));
});
