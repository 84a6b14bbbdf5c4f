import { getDecoder } from "npm:geotiff@3.0.5";

/**
 * Decodes one greyscale 8-bit JPEG strip or tile of a TIFF page. `tables` are the page's shared tables (tag JPEGTables), if any.
 * Throws when the data is no such picture of exactly `width` columns and at most `height` rows. The only file that knows geotiff;
 * it is loaded when the first JPEG page is read.
 */
export async function decodeJpegBlock(
  stored: Uint8Array,
  tables: Uint8Array | undefined,
  width: number,
  height: number,
): Promise<Uint8Array> {
  checkFrames(stored, width, height);
  if (tables) checkFrames(tables, width, height);
  // A decoder for every block: geotiff's keeps what it has seen, and a block must not depend on which one was read before.
  const decoder = await getDecoder(7, {
    tileWidth: width,
    tileHeight: height,
    predictor: 1,
    bitsPerSample: 8,
    planarConfiguration: 1,
    ...(tables ? { JPEGTables: tables } : {}),
  });
  try {
    return new Uint8Array(await decoder.decodeBlock(stored.slice().buffer));
  } catch (error) {
    // geotiff notices much damage by stumbling over what is missing; say so in words.
    throw error instanceof TypeError ? new RangeError("its parts do not fit together") : error;
  }
}

/** Refuses every picture header that is not of the expected size, before the decoder reserves memory for it. */
function checkFrames(stored: Uint8Array, width: number, height: number): void {
  for (let i = 0; i + 9 < stored.length; i++) {
    if (stored[i] !== 0xff || stored[i + 1] < 0xc0 || stored[i + 1] > 0xc2) continue;
    const rows = stored[i + 5] << 8 | stored[i + 6], columns = stored[i + 7] << 8 | stored[i + 8];
    if (rows > height || columns !== width) {
      throw new RangeError(`The JPEG is ${columns}×${rows} pixels where ${width}×${height} belong`);
    }
    if (stored[i + 4] !== 8 || stored[i + 9] !== 1) {
      throw new RangeError(`The JPEG has ${stored[i + 9]} channels of ${stored[i + 4]} bits where one of 8 belongs`);
    }
  }
}
