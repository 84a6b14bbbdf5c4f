import { reasonOf } from "../files/reason.ts";
import { ResultsError } from "../core/errors.ts";
import { ZarrWriter } from "./zarr_writer.ts";

/**
 * Writes a Zarr folder that appears under its name only when it is complete; a Zarr folder that is there is replaced.
 * Rejects with a `ResultsError` when it cannot be written; then nothing is left of it.
 *
 * @param path Where to.
 * @param write Puts everything into the folder.
 */
export async function writeZarr(path: string, write: (writer: ZarrWriter) => void | Promise<void>): Promise<void> {
  const writer = ZarrWriter.create(path);
  try {
    await write(writer);
    writer.close();
  } catch (error) {
    writer.abandon();
    throw error instanceof ResultsError ? error : new ResultsError(`Cannot write ${path}: ${reasonOf(error)}`);
  }
}
