import assert from "node:assert/strict";
import { ResultsError } from "../src/core/errors.ts";

/** Runs work in a new directory that is removed afterwards. */
export async function inTemporary(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "annulus-results-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The sentence of the `ResultsError` a promise has to reject with. */
export async function message(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ResultsError, `${error} is not a ResultsError`);
    return error.message;
  }
  assert.fail("it did not reject");
}
