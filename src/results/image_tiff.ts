import { tiffWriter } from "../movie/tiff/tiff_writer.ts";

/** Writes one image (row-major height×width) as a float32 TIFF. Rejects with a `ResultsError` when it cannot be written. */
export async function writeImageTiff(path: string, image: Float32Array, width: number, height: number): Promise<void> {
  const writer = await tiffWriter(path, { width, height, sampleType: "float32", frames: 1 });
  try {
    await writer.write(image);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
