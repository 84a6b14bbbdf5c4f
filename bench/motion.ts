/**
 * How well and at what cost movies are registered: `deno run -A bench/motion.ts [--folder /tmp/annulus-bench]
 * [--backend webgpu|cpu|auto] [--no-run]`. Shift errors are against the simulator's truth; CPU seconds and resident
 * memory are those of whole `annulus motion` processes, the corrected movie written included where the table says so.
 * Then the cells: `annulus run` on moving movies against the same tissue at rest.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { loadMotion, loadResults, loadTruth, score, scoreShifts } from "../mod.ts";
import type { Shifts } from "../src/core/shifts.ts";
import { SIMULATION_PRESETS } from "../src/simulation/presets.ts";
import type { SimulationOptions } from "../src/simulation/simulate.ts";
import { simulatedMovie } from "./accuracy_movies.ts";
import { measureCommand } from "./cost.ts";

const { moving, warping } = SIMULATION_PRESETS;
/** Scene beyond the field, so that movies with and without motion show the same tissue. */
const MARGIN = 24;
const AT_REST = { motion_rigid: 0, motion_local: 0, motion_jumps: 0, margin: MARGIN };

const MOVIES: Readonly<Record<string, SimulationOptions>> = {
  moving: { ...moving, margin: MARGIN },
  "moving at rest": { ...moving, ...AT_REST },
  "moving with jumps": { ...moving, frames: 1000, motion_jumps: 10, motion_jump: 19, margin: MARGIN },
  "moving with drift": { ...moving, frames: 1000, motion_drift: 20, margin: MARGIN },
  warping: { ...warping, margin: MARGIN },
  "warping at rest": { ...warping, ...AT_REST },
};
const PIECEWISE = ["--pw_rigid", "true"];
const SHARED = new URL("../../shared/data/", import.meta.url).pathname;

/** What is registered, and how. */
const REGISTRATIONS: readonly {
  readonly movie: string;
  readonly flags: readonly string[];
  readonly isWritten?: true;
}[] = [
  { movie: "moving", flags: [] },
  { movie: "moving", flags: [], isWritten: true },
  { movie: "moving at rest", flags: [] },
  { movie: "moving with jumps", flags: [] },
  { movie: "moving with drift", flags: [] },
  { movie: "moving", flags: PIECEWISE },
  { movie: "moving", flags: PIECEWISE, isWritten: true },
  { movie: "warping", flags: [] },
  { movie: "warping", flags: PIECEWISE },
  { movie: "warping at rest", flags: PIECEWISE },
  { movie: `${SHARED}real_1p_605x203x203_u8.tif`, flags: [] },
  { movie: `${SHARED}inscopix_movie_part2_108x123x63.tiff`, flags: [] },
  { movie: `${SHARED}real_1p_605x203x203_u8.tif`, flags: PIECEWISE },
];

/** Movies whose cells are extracted after correction, and the same tissue at rest. */
const PAIRS: readonly (readonly [string, string, readonly string[]])[] = [
  ["moving", "moving at rest", []],
  ["warping", "warping at rest", PIECEWISE],
];

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

async function fileOf(name: string, folder: string): Promise<{ path: string; truth?: string } | undefined> {
  if (name.startsWith("/")) return await Deno.stat(name).then(() => ({ path: name }), () => undefined);
  return await simulatedMovie(`motion-${name.replaceAll(" ", "-")}`, MOVIES[name], folder);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      folder: { type: "string", default: "/tmp/annulus-bench" },
      backend: { type: "string", default: "auto" },
      "no-run": { type: "boolean", default: false },
    },
  });
  const out = `${values.folder}/motion-results-${process.pid}`, common = ["--force", "--backend", values.backend];
  console.log(
    "| movie | way | RMSE | 99 % | largest | at patches | if rigid | correlation | crispness | CPU-s | wall s | peak MB |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const { movie, flags, isWritten } of REGISTRATIONS) {
    const file = await fileOf(movie, values.folder);
    if (!file) continue;
    const written = isWritten ? ["--corrected", `${out}/corrected.tif`] : [];
    const cost = await measureCommand(["motion", file.path, "--out", out, ...flags, ...written, ...common]);
    const { shifts, quality } = await loadMotion(`${out}/shifts.h5`);
    const errors = file.truth === undefined ? undefined : scoreShifts(shifts, await truthOf(file.truth));
    const numbers = [
      errors?.rigid.rmse,
      errors?.rigid.percentile99,
      errors?.rigid.largest,
      errors?.local?.errors.rmse,
      errors?.local?.rigidOnly.rmse,
    ].map((value) => value === undefined ? "" : value.toFixed(3));
    const cells = [
      movie.replace(SHARED, ""),
      (flags.length > 0 ? "piecewise" : "rigid") + (isWritten ? ", written" : ""),
      ...numbers,
      `${mean(quality.correlationBefore).toFixed(3)} → ${mean(quality.correlationAfter).toFixed(3)}`,
      `${quality.crispnessBefore.toFixed(1)} → ${quality.crispnessAfter.toFixed(1)}`,
      cost.cpuSeconds.toFixed(1),
      cost.seconds.toFixed(1),
      (cost.peakBytes / 1e6).toFixed(0),
    ];
    console.log(`| ${cells.join(" | ")} |`);
    await Deno.remove(out, { recursive: true });
  }
  if (!values["no-run"]) {
    console.log("\n| movie | true | found | F1 | cosine | raw | denoised | CPU-s | wall s | peak MB |");
    console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (const [moves, rests, flags] of PAIRS) {
      for (const [name, extra] of [[rests, []], [moves, flags]] as const) {
        const file = (await fileOf(name, values.folder))!;
        const cost = await measureCommand(["run", file.path, "--out", out, ...extra, ...common]);
        const { thresholds: [, at70], ...found } = score(
          await loadResults(`${out}/results.h5`),
          await loadTruth(file.truth!),
        );
        const numbers = [at70.f1, at70.cosine.mean, at70.raw.mean, at70.denoised.mean].map((value) => value.toFixed(4));
        console.log(
          `| ${name} | ${found.cells} | ${found.components} | ${numbers.join(" | ")} | ${
            cost.cpuSeconds.toFixed(1)
          } | ${cost.seconds.toFixed(1)} | ${(cost.peakBytes / 1e6).toFixed(0)} |`,
        );
        await Deno.remove(out, { recursive: true });
      }
    }
  }
}

/** The true displacements; a movie without any lies at rest. */
async function truthOf(path: string): Promise<Shifts> {
  const { width, height, frames, motion } = await loadTruth(path);
  return motion ?? { width, height, frames, rigid: new Float32Array(2 * frames) };
}
