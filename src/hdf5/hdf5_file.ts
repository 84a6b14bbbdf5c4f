import { ResultsError } from "../core/errors.ts";
import { Hdf5Writer } from "./hdf5_writer.ts";
import { withPartial } from "../files/partial_path.ts";
import { reasonOf } from "../files/reason.ts";

/**
 * Writes an HDF5 file that appears under its name only when it is complete; one that is there is replaced.
 * Rejects with a `ResultsError` when it cannot be written; then nothing is left of it.
 *
 * @param path Where to.
 * @param write Puts everything into the file.
 * @param ready Is called when the file is complete and about to take its name; where it throws, it does not.
 */
export async function writeHdf5File(
  path: string,
  write: (writer: Hdf5Writer) => void,
  ready?: () => void,
): Promise<void> {
  await withPartial(path, async (partial) => {
    let writer: Hdf5Writer | undefined;
    try {
      writer = await Hdf5Writer.create(partial);
      write(writer);
      writer.close();
      // One right after the other: nobody else has time between them.
      ready?.();
      Deno.renameSync(partial, path);
    } catch (error) {
      writer?.abandon();
      await Deno.remove(partial).catch(() => {});
      const reason = reasonOf(error).replaceAll(partial, path);
      throw new ResultsError(reason.startsWith("Cannot write") ? reason : `Cannot write ${path}: ${reason}`);
    }
  });
}
