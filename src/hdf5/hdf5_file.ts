import { ResultsError } from "../core/errors.ts";
import { Hdf5Writer } from "./hdf5_writer.ts";
import { reasonOf } from "../files/reason.ts";

/**
 * Writes an HDF5 file that appears under its name only when it is complete; one that is there is replaced.
 * Rejects with a `ResultsError` when it cannot be written; then nothing is left of it.
 *
 * @param path Where to.
 * @param write Puts everything into the file.
 */
export async function writeHdf5File(path: string, write: (writer: Hdf5Writer) => void): Promise<void> {
  const partial = `${path}.partial-${Deno.pid}`;
  let writer: Hdf5Writer | undefined;
  try {
    writer = await Hdf5Writer.create(partial);
    write(writer);
    writer.close();
    await Deno.rename(partial, path);
  } catch (error) {
    writer?.abandon();
    await Deno.remove(partial).catch(() => {});
    const reason = reasonOf(error).replaceAll(partial, path);
    throw new ResultsError(reason.startsWith("Cannot write") ? reason : `Cannot write ${path}: ${reason}`);
  }
}
