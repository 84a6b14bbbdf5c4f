/** A viewer on results or on a movie, for tests: served, asked, and closed again. */
import { join } from "node:path";
import { MovieError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { saveResults } from "../src/results/hdf5.ts";
import type { ServedViewer } from "../src/viewer/serve.ts";
import { serveMovie, serveResults } from "../src/viewer/viewer.ts";
import { inTemporary } from "./results_setting.ts";

/** A viewer that can be asked. */
export interface AskedViewer {
  readonly served: ServedViewer;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The results file; of a movie there is none. */
  readonly file: string;
  /** Sends a request with the token. A body is sent as JSON. */
  ask(path: string, body?: unknown): Promise<Response>;
  /** The answer of a request, which has to be good. */
  // deno-lint-ignore no-explicit-any
  get(path: string, body?: unknown): Promise<any>;
  /** Status and sentence of a refusal. */
  refusal(path: string, body?: unknown): Promise<{ status: number; error: string }>;
}

/** Memory for tests to plan with. */
export const MEMORY = 300e6;

/** Serves results, and the movie they came from when it is given. */
export async function withResultsViewer(
  extraction: Extraction,
  work: (viewer: AskedViewer) => Promise<void>,
  source?: MovieSource | MovieError,
  /** The device; it is left open. Default: a CPU of its own. */
  device?: Compute,
): Promise<void> {
  await inTemporary(async (folder) => {
    const file = join(folder, "results.h5"), compute = device ?? new CpuCompute();
    await saveResults(file, extraction);
    const openMovie = () =>
      source === undefined || source instanceof MovieError
        ? Promise.reject(source ?? new MovieError("The movie of these results is not there"))
        : Promise.resolve(source);
    try {
      const served = await serveResults({ file, extraction, openMovie, compute, memoryBytes: MEMORY });
      await working(served, file, work);
    } finally {
      if (!device) compute.destroy();
    }
  });
}

/** Serves a movie before any run. */
export async function withMovieViewer(
  source: MovieSource,
  given: Readonly<Record<string, unknown>>,
  work: (viewer: AskedViewer) => Promise<void>,
): Promise<void> {
  const compute = new CpuCompute(), parameters = resolveParameters(given, source.header);
  try {
    await working(await serveMovie({ source, parameters, compute, memoryBytes: MEMORY }), "", work);
  } finally {
    compute.destroy();
  }
}

async function working(
  served: ServedViewer,
  file: string,
  work: (viewer: AskedViewer) => Promise<void>,
): Promise<void> {
  const origin = `http://127.0.0.1:${served.port}`, Authorization = `Bearer ${served.token}`;
  const ask = (path: string, body?: unknown) =>
    fetch(`${origin}${path}`, {
      headers: { Authorization, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
  try {
    await work({
      served,
      origin,
      file,
      ask,
      async get(path, body) {
        const answer = await ask(path, body), message = await answer.json();
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${message.error}`);
        return message;
      },
      async refusal(path, body) {
        const answer = await ask(path, body), { error } = await answer.json();
        return { status: answer.status, error };
      },
    });
  } finally {
    await served.close();
  }
}

/** The float32 numbers of an answer. */
export async function floatsOf(answer: Response): Promise<Float32Array> {
  const bytes = await answer.arrayBuffer();
  if (!answer.ok) throw new Error(new TextDecoder().decode(bytes));
  return new Float32Array(bytes);
}

/** Every line of the inspector's answer. */
// deno-lint-ignore no-explicit-any
export async function linesOf(answer: Response): Promise<any[]> {
  return (await answer.text()).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
