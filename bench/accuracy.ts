/**
 * How well the cells of movies with known cells are found, with the default thresholds:
 * `deno run -A bench/accuracy.ts [--backend webgpu|cpu|auto] [--memory BYTES] [--folder /tmp/annulus-bench] [--json] [--list] [movie …]`.
 * Without names all movies are run; `--list` also prints each missed cell and false component. Where known cells were added to a
 * recording, the recording is run alone, too, and its own cells count neither as false nor as duplicates; the last column of
 * duplicates counts them all the same.
 */
import { parseArgs } from "node:util";
import process from "node:process";
import type { Extraction } from "../src/core/extraction.ts";
import type { Score, ThresholdScore } from "../src/score/score.ts";
import { ACCURACY_MOVIES, type AccuracyMovie, accuracyMovie } from "./accuracy_movies.ts";

/** One row of the table. */
export interface AccuracyRow {
  /** The movie. */
  readonly name: string;
  /** Its score. */
  readonly score: Score;
  /** Wall seconds of the extraction. */
  readonly seconds: number;
  /** CPU seconds of the extraction. */
  readonly cpuSeconds: number;
}

/** How to run the extractions. */
export interface AccuracyOptions {
  /** Device. */
  readonly backend: "webgpu" | "cpu" | "auto";
  /** Ceiling for the arrays of an extraction, bytes. */
  readonly memoryBytes: number;
}

/** Results of recordings without added cells, by path: each is extracted once. */
const alone = new Map<string, Promise<Extraction>>();

/** Extracts a movie's cells and scores them. */
export async function measureAccuracy(movie: AccuracyMovie, options: AccuracyOptions): Promise<AccuracyRow> {
  // Imported here, so that the movies can be made and listed without the engine.
  const { loadTruth, score } = await import("../mod.ts");
  const truth = await loadTruth(movie.truth);
  const { recording, parameters } = movie;
  if (recording !== undefined && !alone.has(recording)) alone.set(recording, extracted(recording, parameters, options));
  const own = recording === undefined ? undefined : await alone.get(recording);
  const wall = performance.now(), cpu = cpuSeconds();
  const extraction = await extracted(movie.path, parameters, options);
  return {
    name: movie.name,
    score: score(extraction, truth, { own }),
    seconds: (performance.now() - wall) / 1000,
    cpuSeconds: cpuSeconds() - cpu,
  };
}

async function extracted(
  path: string,
  given: AccuracyMovie["parameters"],
  { backend, memoryBytes }: AccuracyOptions,
): Promise<Extraction> {
  const { extract, openCompute, openMovie, resolveParameters } = await import("../mod.ts");
  const source = await openMovie(path);
  const compute = await openCompute(backend);
  try {
    return await extract(source, resolveParameters(given, source.header), { compute, memoryBytes });
  } finally {
    compute.destroy();
    source.close();
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const COLUMNS: readonly [string, (row: AccuracyRow, half: ThresholdScore, most: ThresholdScore) => string][] = [
  ["movie", ({ name }) => name],
  ["true", ({ score }) => `${score.cells}`],
  ["found", ({ score }) => `${score.components}`],
  ["F1@0.5", (_, half) => half.f1.toFixed(3)],
  ["F1@0.7", (_, _half, most) => most.f1.toFixed(3)],
  ["precision", (_, _half, most) => most.precision.toFixed(3)],
  ["recall", (_, _half, most) => most.recall.toFixed(3)],
  ["cosine", (_, _half, most) => most.cosine.mean.toFixed(4)],
  ["raw", (_, _half, most) => most.raw.mean.toFixed(4)],
  ["denoised", (_, _half, most) => most.denoised.mean.toFixed(4)],
  ["spikes", (_, _half, most) => most.spikes.mean.toFixed(4)],
  ["own", (_, _half, most) => `${most.own.length}`],
  ["duplicates", ({ score }) => `${score.duplicates.length}`],
  ["with own", ({ score }) => `${score.duplicates.length + score.ownDuplicates.length}`],
  ["wall s", ({ seconds }) => seconds.toFixed(1)],
  ["CPU s", ({ cpuSeconds }) => cpuSeconds.toFixed(1)],
];

/** One line of the table; the heading for no row. Means are over the cells found at cosine 0.7. */
export function accuracyLine(row?: AccuracyRow): string {
  return COLUMNS.map(([title, value], i) => {
    const text = row === undefined ? title : value(row, row.score.thresholds[0], row.score.thresholds[1]);
    return i === 0 ? text.padEnd(10) : text.padStart(Math.max(title.length, 6));
  }).join("  ");
}

/** The cells missed and the components that are none, at cosine 0.7. */
function listing({ score }: AccuracyRow): string {
  const [, most] = score.thresholds;
  const place = ({ x, y, cosine }: { x: number; y: number; cosine: number }) =>
    `at (${x.toFixed(1)}, ${y.toFixed(1)}), best cosine ${cosine.toFixed(2)}`;
  return [
    ...most.missed.map((cell) => `  missed cell ${cell.cell} of SNR ${cell.snr.toFixed(1)} ${place(cell)}`),
    ...most.falseComponents.map((component) => `  false component ${component.component} ${place(component)}`),
    ...score.ownDuplicates.map(({ component, cell, cosine }) =>
      `  component ${component} is the recording's own, where cell ${cell} was added (cosine ${cosine.toFixed(2)})`
    ),
    ...score.duplicates.map(({ component, cell, cosine }) =>
      `  component ${component} repeats cell ${cell} (cosine ${cosine.toFixed(2)})`
    ),
  ].join("\n");
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      backend: { type: "string", default: "auto" },
      memory: { type: "string", default: "1e9" },
      folder: { type: "string", default: "/tmp/annulus-bench" },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const { backend } = values;
  if (backend !== "webgpu" && backend !== "cpu" && backend !== "auto") {
    throw new RangeError(`--backend is ${backend}; it has to be webgpu, cpu or auto`);
  }
  if (!values.json) console.log(accuracyLine());
  for (const name of positionals.length > 0 ? positionals : ACCURACY_MOVIES) {
    const movie = await accuracyMovie(name, values.folder);
    if (movie === undefined) {
      console.error(`${name}: left out, ../shared is not there`);
      continue;
    }
    const row = await measureAccuracy(movie, { backend, memoryBytes: Number(values.memory) });
    console.log(values.json ? JSON.stringify(row) : accuracyLine(row));
    if (values.list && !values.json && listing(row) !== "") console.log(listing(row));
  }
}
