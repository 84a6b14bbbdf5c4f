import assert from "node:assert/strict";
import { readArguments } from "../src/cli/arguments.ts";
import type { Command } from "../src/cli/command.ts";
import { exitCodeOf, explain, Interrupted, UsageError } from "../src/cli/exit.ts";
import { parseMemory, showMemory } from "../src/cli/memory.ts";
import { duration } from "../src/cli/progress.ts";
import { ComputeError, MovieError, ParameterError, ResultsError } from "../src/core/errors.ts";

const command: Command = {
  name: "run",
  usage: "run",
  summary: "Run",
  flags: [{ name: "out", value: "FOLDER", help: "" }, { name: "force", help: "" }],
  takesParameters: ["extraction"],
  run: () => Promise.resolve(),
};

function refusal(...args: string[]): string {
  try {
    readArguments(command, args);
  } catch (error) {
    assert(error instanceof UsageError, `Expected a UsageError, got ${error}`);
    return error.message;
  }
  assert.fail(`Accepted ${args.join(" ")}`);
}

Deno.test("flags, parameters and operands may stand in any order and spelling", () => {
  const read = readArguments(command, [
    "a.tif",
    "--min-corr",
    "0.8",
    "--out=results",
    "b.tif",
    "--force",
    "--min_pnr=8",
    "--gSig",
    "3,3",
    "--noise-range",
    "[0.25, 0.5]",
    "--s_min",
    "-1",
    "--units",
    "dF over noise",
    "--average-cell-diameter=7",
    "--",
    "--c.tif",
  ]);
  assert.deepEqual(read.operands, ["a.tif", "b.tif", "--c.tif"]);
  assert.deepEqual(read.values, { out: "results" });
  assert.deepEqual([...read.switches], ["force"]);
  assert.deepEqual(read.parameters, {
    min_corr: 0.8,
    min_pnr: 8,
    gSig: [3, 3],
    noise_range: [0.25, 0.5],
    s_min: -1,
    units: "dF over noise",
    average_cell_diameter: 7,
  });
});

Deno.test("a wrong command line is answered with one sentence", () => {
  assert.match(refusal("--min_cor", "0.8"), /has no flag --min_cor; did you mean --min_corr\?/);
  assert.match(refusal("--zzz"), /has no flag --zzz; annulus help run lists them/);
  assert.match(refusal("-x"), /has no flag -x/);
  assert.match(refusal("-o", "results"), /has no flag -o; did you mean --out\?/);
  assert.match(refusal("--out"), /--out needs a value: --out FOLDER/);
  assert.match(refusal("--out", "--force"), /--out needs a value/);
  assert.match(refusal("--force=yes"), /--force takes no value, but yes was given/);
  assert.match(refusal("--out", "a", "--out", "b"), /--out is given twice/);
  assert.match(refusal("--gSig", "3", "--gSig", "4"), /--gSig is given twice/);
});

Deno.test("errors have their exit codes and their sentences", () => {
  assert.deepEqual(
    [
      new UsageError("a"),
      new ParameterError("a"),
      new MovieError("a"),
      new ComputeError("a"),
      new ResultsError("a"),
      new Interrupted("a"),
      AbortSignal.abort().reason,
      new Error("a"),
    ].map(exitCodeOf),
    [2, 2, 3, 4, 5, 130, 130, 1],
  );
  assert.equal(explain(new MovieError("The movie a.tif is empty"), false), "The movie a.tif is empty.");
  assert.match(explain(new MovieError("The movie a.tif is empty"), true), /empty\.\nMovieError: .*\n +at /);
  assert.match(
    explain(new TypeError("x is\nnot a function"), false),
    /^This is an error in annulus \(x is not a .*--verbose\.$/,
  );
});

Deno.test("sizes and times are read and shown for people", () => {
  assert.deepEqual(["1GB", "512 MiB", "2e9", "1.5gb"].map(parseMemory), [1e9, 512 * 2 ** 20, 2e9, 1.5e9]);
  for (const wrong of ["much", "-1GB", "1 parsec", "1MB", ""]) assert.throws(() => parseMemory(wrong), UsageError);
  assert.deepEqual([64e6, 1.34e9].map(showMemory), ["64 MB", "1.3 GB"]);
  assert.deepEqual([0.42, 12.2, 185, 7620].map(duration), ["0.4 s", "12 s", "3 min 05 s", "2 h 07 min"]);
});
