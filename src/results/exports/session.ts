import * as yaml from "npm:yaml@2.9.1";
import { ParameterError } from "../../core/errors.ts";
import { reasonOf } from "../../files/reason.ts";
import { checkSession, type Session } from "../../nwb/session.ts";

export type { Session } from "../../nwb/session.ts";

/** A description of a session is short; what is longer than this is something else. */
const MOST_BYTES = 1 << 20;

/**
 * Reads what a user says of a session from a file of JSON or YAML (of which JSON is a part, so that the name does not matter), and checks it.
 *
 * @throws {ParameterError} One sentence: the file cannot be read, is not such a file, or holds an unknown or wrong entry.
 */
export async function readSession(path: string): Promise<Session> {
  return checkSession(parseSession(await readText(path), path), path);
}

async function readText(path: string): Promise<string> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new ParameterError(`${path} is not a file: a session is described in a file of JSON or YAML`);
    if (size > MOST_BYTES) {
      throw new ParameterError(
        `${path} has ${size} bytes: a session's description in JSON or YAML has at most ${MOST_BYTES}`,
      );
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof ParameterError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw new ParameterError(`There is no file ${path} with a session's description`);
    }
    if (error instanceof TypeError) {
      throw new ParameterError(`${path} is not a text in UTF-8: a session is described in JSON or YAML`);
    }
    throw new ParameterError(`Cannot read ${path}: ${reasonOf(error)}`);
  }
}

function parseSession(text: string, path: string): unknown {
  const document = yaml.parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: true });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw new ParameterError(`${path} is neither JSON nor YAML: line ${line}: ${error.message}`);
  }
  try {
    // Aliases can make a small file a huge one.
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (failure) {
    throw new ParameterError(`${path} cannot be read as YAML: ${reasonOf(failure)}`);
  }
}
