import { Hdf5Reader } from "../hdf5/hdf5_reader.ts";

/**
 * What an HDF5 file of annulus says it is: its attribute `format`, such as "annulus results"; undefined when it says nothing.
 * Rejects with a `ResultsError` when it is missing, no HDF5 file, or damaged.
 */
export async function fileFormat(path: string): Promise<string | undefined> {
  const reader = await Hdf5Reader.open(path);
  try {
    return reader.hasAttribute("/", "format") ? reader.textAttribute("/", "format") : undefined;
  } finally {
    reader.close();
  }
}
