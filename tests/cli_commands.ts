/** Runs commands without a process of their own, and keeps what they say. */
import assert from "node:assert/strict";
import { readArguments } from "../src/cli/arguments.ts";
import type { Command } from "../src/cli/command.ts";
import { exitCodeOf } from "../src/cli/exit.ts";
import { Output } from "../src/cli/output.ts";
import type { MovieHeader, MovieSource } from "../src/core/movie.ts";
import { movieWriter } from "../src/movie/writer.ts";
import type { Session } from "../src/nwb/session.ts";
import { samplesOf } from "./preprocess_movies.ts";

/** What a command said. */
export interface Said {
  /** Its result for machines. */
  // deno-lint-ignore no-explicit-any
  readonly record: Readonly<Record<string, any>>;
  /** Its result for people. */
  readonly text: string;
  /** What it told besides, one line each. */
  readonly notices: readonly string[];
}

/** Keeps what a command says instead of printing it. */
class Kept extends Output {
  readonly results: { readonly record: Readonly<Record<string, unknown>>; readonly text: string }[] = [];
  readonly notices: string[] = [];
  override result(record: Readonly<Record<string, unknown>>, text: string): void {
    this.results.push({ record, text });
  }
  override notice(message: string): void {
    this.notices.push(message);
  }
  override line(): void {}
  override redraw(): void {}
}

/** Runs a command and resolves to what it said; it has to have one result. */
export async function ran(command: Command, ...args: string[]): Promise<Said> {
  const output = new Kept({ json: false, verbose: args.includes("--verbose") });
  await command.run(readArguments(command, args), output);
  assert.equal(output.results.length, 1);
  return { ...output.results[0], notices: output.notices };
}

/** Checks that a command line ends with an exit code and one sentence. */
export async function refused(code: number, message: RegExp, command: Command, ...args: string[]): Promise<void> {
  await assert.rejects(ran(command, ...args), (error) => {
    assert(error instanceof Error);
    assert.match(error.message, message);
    assert.equal(exitCodeOf(error), code, error.message);
    assert(!/\n|undefined|\[object|\.$/.test(error.message), error.message);
    return true;
  });
}

/** A movie that says more of itself than its samples. */
export function withFacts(movie: MovieSource, facts: Partial<MovieHeader>): MovieSource {
  return { ...movie, header: { ...movie.header, ...facts } };
}

/** Writes a movie in the format its name ends in. */
export async function writeMovieFile(path: string, movie: MovieSource, session?: Session): Promise<string> {
  const writer = await movieWriter(path, { ...movie.header, ...(session ? { session } : {}) });
  await writer.write(await samplesOf(movie));
  await writer.close();
  return path;
}

/** Names of what lies in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
