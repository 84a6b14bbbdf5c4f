/** `annulus motion` and `motion apply` end to end, as processes, on small simulated movies; and every bad input with its sentence. */
import assert from "node:assert/strict";
import { type SampleArray, sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { loadMotion, saveShifts } from "../src/results/shifts.ts";
import { fakeMotion } from "./fake_motion.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const CLI = new URL("../cli.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function annulus(folder: string, ...args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** The sentence a command failed with; checks that it is the last line, and no stack. */
function sentence({ err }: Ended): string {
  const last = err.trimEnd().split("\n").at(-1)!;
  assert.match(last, /^annulus: .+[.?!]$/, err);
  return last;
}

/** All samples of a movie file. */
async function samplesOf(path: string): Promise<SampleArray> {
  const movie = await openMovie(path);
  const { width, height, frames, sampleType } = movie.header;
  const samples = sampleArray(sampleType, width * height * frames);
  await movie.read(0, frames, samples);
  movie.close();
  return samples;
}

async function writeImage(path: string, width: number, height: number, samples: SampleArray): Promise<void> {
  const writer = await tiffWriter(path, { width, height, sampleType: "float32" });
  await writer.write(samples);
  await writer.close();
}

const SIMULATED = [
  ...["--width", "72", "--height", "64", "--frames", "150", "--cells", "6", "--seed", "3"],
  ...["--motion_rigid", "1.5", "--vessels", "4"],
];

Deno.test("motion: registers, corrects, uses displacements again, and never overwrites by accident", async () => {
  await withFolder(async (folder) => {
    const made = await annulus(folder, "simulate", "--out", "movie.tif", ...SIMULATED);
    assert.equal(made.code, 0, made.err);
    const motion = ["motion", "movie.tif", "--out", "motion", "--backend", "cpu", "--max-shifts=8"];
    const first = await annulus(folder, ...motion, "--corrected", "motion/corrected.tif");
    assert.equal(first.code, 0, first.err);
    assert.match(
      first.out,
      /^150 frames, displaced by up to \d\.\d\d pixels; \d+ % of them by more than half a pixel$/m,
    );
    assert.match(first.out, /^Correlation with the template 0\.\d{4} before, 0\.\d{4} after$/m);
    assert.match(first.out, /^Border to exclude: /m);
    assert.match(first.out, /^The corrected movie is motion\/corrected\.tif$/m);
    assert.match(first.err, /^ +\d+ % +\S+/m, "Piped, progress is plain lines");
    const names = [...Deno.readDirSync(`${folder}/motion`)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      "corrected.tif",
      "registration.png",
      "shifts.csv",
      "shifts.h5",
      "shifts.png",
      "template.png",
    ]);
    const saved = await loadMotion(`${folder}/motion/shifts.h5`);
    assert.equal(saved.parameters.max_shifts, 8);
    assert.ok(saved.quality.crispnessAfter > saved.quality.crispnessBefore);
    const corrected = await openMovie(`${folder}/motion/corrected.tif`);
    assert.deepEqual([corrected.header.frames, corrected.header.sampleType], [150, "float32"]);
    assert.equal(corrected.header.frameRate, saved.movie.frameRate);
    corrected.close();

    const before = Deno.readFileSync(`${folder}/motion/shifts.h5`);
    const again = await annulus(folder, ...motion, "--json");
    assert.equal(again.code, 0, again.err);
    const events = again.out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.match(events[0].message, /^The displacements in motion\/shifts\.h5 are used again/);
    assert.deepEqual([events.length, events[1].event, events[1].reused], [2, "result", true]);
    assert.deepEqual(events[1].border, saved.quality.border);
    assert.deepEqual(Deno.readFileSync(`${folder}/motion/shifts.h5`), before);
    const refused = await annulus(folder, ...motion, "--corrected", "motion/corrected.tif");
    assert.equal(refused.code, 5);
    assert.match(sentence(refused), /corrected\.tif is there already/);
    const wider = await annulus(folder, ...motion.slice(0, -1), "--max_shifts", "6");
    assert.equal(wider.code, 5);
    assert.match(wider.err, /cannot be used again: it was made with max_shifts 8, and max_shifts is 6 now$/m);
    assert.match(sentence(wider), /already results in motion/);

    const applied = await annulus(
      folder,
      ...["motion", "apply", "motion", "movie.tif", "--out", "applied.tif", "--backend", "cpu"],
    );
    assert.equal(applied.code, 0, applied.err);
    assert.match(applied.out, /^applied\.tif: 150 frames of 72×64 pixels, corrected by the displacements in motion/);
    assert.deepEqual(await samplesOf(`${folder}/applied.tif`), await samplesOf(`${folder}/motion/corrected.tif`));
    const outside = await annulus(
      folder,
      ...["motion", "apply", "motion/shifts.h5", "movie.tif", "--out", "nan.tif", "--border_nan", "nan"],
      ...["--backend", "cpu"],
    );
    assert.equal(outside.code, 0, outside.err);
    const copied = await samplesOf(`${folder}/applied.tif`), empty = await samplesOf(`${folder}/nan.tif`);
    const missing = empty.filter(Number.isNaN).length;
    assert.ok(missing > 0 && missing < 0.3 * empty.length);
    assert.ok(empty.every((value, i) => Number.isNaN(value) || value === copied[i]));

    const template = ["--template", "template.tif", "--out", "given"];
    await writeImage(`${folder}/template.tif`, 72, 64, saved.template);
    const given = ["motion", "movie.tif", "--backend", "cpu", "--max-shifts=8", ...template];
    assert.equal((await annulus(folder, ...given)).code, 0);
    const toTemplate = await loadMotion(`${folder}/given/shifts.h5`);
    assert.equal(toTemplate.givenTemplate, true);
    toTemplate.shifts.rigid.forEach((value, i) =>
      assert.ok(Math.abs(value - saved.shifts.rigid[i]) < 0.3, `${i}: ${value}, ${saved.shifts.rigid[i]}`)
    );
  });
});

Deno.test("motion: wrong command lines and inputs end with one sentence, before any work", async () => {
  await withFolder(async (folder) => {
    const noise = Float32Array.from({ length: 40 * 36 * 30 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 16) % 64);
    await writeImage(`${folder}/good.tif`, 40, 36, noise);
    await writeImage(`${folder}/small.tif`, 20, 36, noise.subarray(0, 720));
    const holed = noise.slice(0, 40 * 36);
    holed[7] = NaN;
    await writeImage(`${folder}/holed.tif`, 40, 36, holed);
    await Deno.writeTextFile(`${folder}/shifts.h5`, "no displacements");
    const cases: [string[], number, RegExp][] = [
      [["motion"], 2, /needs a movie/],
      [["motion", "good.tif"], 2, /needs --out/],
      [["motion", "none.tif", "--out", "m"], 3, /none\.tif/],
      [["motion", "good.tif", "--out", "m", "--max_shifts", "0"], 2, /max_shifts is 0/],
      [["motion", "good.tif", "--out", "m", "--border_nan", "mirror"], 2, /border_nan is "mirror"/],
      [["motion", "good.tif", "--out", "m", "--backend", "cuda"], 2, /--backend is cuda/],
      [["motion", "good.tif", "--out", "m", "--corrected", "m.avi"], 2, /has to end in \.tif, \.h5, \.nwb or \.zarr/],
      [["motion", "good.tif", "--out", "m", "--corrected", "good.tif", "--force"], 2, /is the movie that is read/],
      [["motion", "good.tif", "--out", "m", "--corrected", "none/m.tif"], 5, /its folder does not exist/],
      [["motion", "good.tif", "--out", "m", "--template", "good.tif"], 3, /has 30 frames of 40×36 pixels/],
      [
        ["motion", "good.tif", "--out", "m", "--template", "small.tif"],
        3,
        /1 frame of 20×36 pixels: one frame of 40×36/,
      ],
      [["motion", "good.tif", "--out", "m", "--template", "holed.tif"], 3, /not finite numbers/],
      [["motion", "good.tif", "--out", "good.tif"], 5, /good\.tif is a file, not a directory/],
      [["motion", "apply"], 2, /needs a shifts\.h5 and a movie/],
      [["motion", "apply", "shifts.h5"], 2, /needs a shifts\.h5 and a movie/],
      [["motion", "apply", "shifts.h5", "good.tif"], 2, /needs --out MOVIE/],
      [["motion", "apply", "shifts.h5", "good.tif", "--out", "m.tif"], 5, /shifts\.h5: it is not an HDF5 file/],
      [["motion", "apply", "none.h5", "good.tif", "--out", "m.tif"], 5, /none\.h5: there is no such file/],
      [["motion", "apply", "shifts.h5", "good.tif", "--out", "m.tif", "--strides", "9"], 2, /--strides has no effect/],
      [
        ["motion", "apply", "shifts.h5", "good.tif", "--out", "m.tif", "--template", "x"],
        2,
        /--template has no effect/,
      ],
    ];
    // A few at a time: each is a process.
    const next = cases.values();
    await Promise.all([1, 2].map(async () => {
      for (const [args, code, pattern] of next) {
        const ended = await annulus(folder, ...args);
        assert.equal(ended.code, code, `${args.join(" ")}: ${ended.err}`);
        assert.match(sentence(ended), pattern);
        assert.equal(ended.out, "");
      }
    }));
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["good.tif", "holed.tif", "shifts.h5", "small.tif"], "nothing was written");
  });
});

Deno.test("motion apply: a movie of another size or length is refused", async () => {
  await withFolder(async (folder) => {
    await saveShifts(`${folder}/shifts.h5`, fakeMotion());
    await writeImage(`${folder}/other.tif`, 48, 40, new Float32Array(48 * 40 * 20));
    const ended = await annulus(folder, "motion", "apply", "shifts.h5", "other.tif", "--out", "m.tif");
    assert.equal(ended.code, 3, ended.err);
    assert.match(
      sentence(ended),
      /"other\.tif" has 20 frames of 48×40 pixels, but the displacements in shifts\.h5 are of 120 frames of 48×40: both/,
    );
  });
});
