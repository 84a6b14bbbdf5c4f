/** Writes an uncompressed grey AVI (Y800), as small a one as is complete: headers, frames as chunks, and an index at the end. */

const text = (letters: string) => new TextEncoder().encode(letters);

/** Numbers of 32 bits, little-endian. */
function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function chunk(name: string, ...content: Uint8Array[]): Uint8Array {
  const body = joined(...content);
  return joined(text(name), words(body.length), body);
}

/**
 * Writes a movie of `frames` frames, below 2 GB in all.
 * @param pictures the frames, each of width times height bytes, an even number
 */
export async function writeRawAvi(
  path: string,
  width: number,
  height: number,
  frames: number,
  pictures: Iterable<Uint8Array>,
): Promise<void> {
  const size = width * height, movi = 4 + frames * (8 + size), indexBytes = 16 * frames;
  const rect = width | height << 16;
  const header = chunk(
    "LIST",
    text("hdrl"),
    chunk("avih", words(50000, 0, 0, 0x10, frames, 0, 1, size, width, height, 0, 0, 0, 0)),
    chunk(
      "LIST",
      text("strl"),
      chunk("strh", text("vidsY800"), words(0, 0, 0, 1, 20, 0, frames, size, 0xffffffff, 0, 0, rect)),
      chunk("strf", words(40, width, height, 1 | 8 << 16), text("Y800"), words(size, 0, 0, 0, 0)),
    ),
  );
  const start = joined(
    text("RIFF"),
    words(4 + header.length + 8 + movi + 8 + indexBytes),
    text("AVI "),
    header,
    text("LIST"),
    words(movi),
    text("movi"),
  );
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const put = async (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  };
  await put(start);
  for (const picture of pictures) await put(chunk("00db", picture));
  const index = Array.from({ length: frames }, (_, i) => joined(text("00db"), words(0x10, 4 + i * (8 + size), size)));
  await put(chunk("idx1", ...index));
}
