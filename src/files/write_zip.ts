import { type ZipOptions, ZipWriter } from "./zip_writer.ts";

/** Creates a zip file and closes it, whatever happens: `write` adds its members. See `ZipWriter`. */
export async function writeZip(
  path: string,
  write: (zip: ZipWriter) => Promise<void>,
  options: ZipOptions = {},
): Promise<void> {
  const zip = await ZipWriter.create(path, options);
  try {
    await write(zip);
  } catch (error) {
    zip.abandon();
    throw error;
  }
  await zip.close();
}
