/** What results and displacements keep of a movie's header: every field of it, bit for bit. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { MovieHeader, Recording } from "../src/core/movie.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { runJson } from "../src/results/run_json.ts";
import { loadMotion, saveShifts } from "../src/results/shifts.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary, message } from "./results_setting.ts";

const FRAMES = 120;
const RECORDING: Required<Recording> = {
  width: 100,
  height: 90,
  frames: 2 * FRAMES,
  frameRate: 19.98,
  timestamps: Float64Array.from({ length: 2 * FRAMES }, (_, i) => 1e5 + i / 19.98),
  pixelSize: { x: 1.25, y: 1.125 },
  left: 2,
  top: 5,
  binning: 2,
};
/** Every field there is: a new one that is not listed here does not pass the type check. */
const HEADER: Required<MovieHeader> = {
  width: 48,
  height: 40,
  frames: FRAMES,
  sampleType: "int16",
  frameRate: 9.99,
  name: "day 1/µ.isxd and 1 more",
  files: [
    { path: "day 1/µ.isxd", bytes: 2 ** 40 + 1, modified: "2024-01-02T03:04:05.006Z", frames: 100 },
    { path: "day 1/µ-0001.isxd", bytes: 0, frames: 20 },
  ],
  history: ["Opened with channel 2", "Cropped to x 1 to 48, y 0 to 39: 48×40 of 50×40 pixels"],
  format: "Inscopix ISXD",
  timestamps: Float64Array.from({ length: FRAMES }, (_, i) => 1e5 + 0.1 + i / 9.99 + (i > 60 ? Math.PI : 0)),
  startTime: "2024-05-06T07:08:09.250+02:00",
  pixelSize: { x: 2.5, y: 0.1 + 0.2 },
  metadata: {
    gain: 3,
    "exposure/ms": 0.1 + 0.2,
    animal: { id: "µ", tags: ["a", null, true] },
    list: [],
    text: 'a\nb"c',
  },
  notes: ["Timestamps have 1 gap", "Two frames were dropped"],
  recording: RECORDING,
};

/** The header without one of its optional fields at a time, and without all of them. */
function headers(): [string, MovieHeader][] {
  const needed = ["width", "height", "frames", "sampleType", "name", "files"];
  const { width, height, frames, sampleType, name, files } = HEADER;
  const optional = Object.keys(HEADER).filter((key) => !needed.includes(key));
  return [
    ["everything", HEADER],
    ...optional.map((key): [string, MovieHeader] => {
      const { [key as "notes"]: _, ...others } = HEADER;
      return [`without ${key}`, others];
    }),
    ["nothing but what is needed", { width, height, frames, sampleType, name, files }],
  ];
}

Deno.test("results.h5 and shifts.h5 give every field of the movie's header back", () =>
  inTemporary(async (folder) => {
    const results = join(folder, "results.h5"), shifts = join(folder, "shifts.h5");
    for (const [what, movie] of headers()) {
      await saveResults(results, { ...fakeExtraction(), movie });
      assert.deepEqual((await loadResults(results)).movie, movie, what);
      await saveShifts(shifts, { ...fakeMotion(), movie });
      assert.deepEqual((await loadMotion(shifts)).movie, movie, what);
    }
  }));

Deno.test("a recording that cannot be is refused with a sentence that says what would be right", () =>
  inTemporary(async (folder) => {
    const path = join(folder, "results.h5"), { timestamps: _, ...plain } = RECORDING;
    for (
      const [name, value, least] of [
        ["binning", 0, 1],
        ["width", 0, 1],
        ["left", -1, 0],
        ["frames", 2.5, 1],
        ["top", "5", 0],
      ] as const
    ) {
      const recording = { ...plain, [name]: value } as Recording;
      await saveResults(path, { ...fakeExtraction(), movie: { ...HEADER, recording } });
      assert.equal(
        await message(loadResults(path)),
        `Cannot load ${path}: ${name} in /movie/recording is ${value}; a whole number from ${least} is right`,
      );
    }
  }));

Deno.test("run.json tells how regular the timestamps are instead of each", () => {
  const now = new Date("2024-01-01T00:00:00Z"), text = runJson({ ...fakeExtraction(), movie: HEADER }, now);
  const { movie } = JSON.parse(text);
  assert.deepEqual([movie.timestamps.gaps.length, movie.timestamps.gaps[0].frame, movie.timestamps.missing], [
    1,
    60,
    31,
  ]);
  assert.deepEqual([movie.startTime, movie.pixelSize.x, movie.metadata.gain], [HEADER.startTime, 2.5, 3]);
  assert.ok(text.length < 8000, `${text.length} characters`);
  const { timestamps: _, ...without } = HEADER;
  assert.equal(JSON.parse(runJson({ ...fakeExtraction(), movie: without }, now)).movie.timestamps, undefined);
});
