import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";

const data = new URL("../../shared/data/", import.meta.url);

/** Recordings of other programs; the SHA-256 is of the samples as tifffile 2026.3.3 reads them, little endian. */
const RECORDINGS = [
  {
    // Plain frames one after another, written by tifffile.
    file: "sim_small.tif",
    shape: [1000, 128, 128, "uint16"],
    sha256: "912fc1b8056d4192fa4d80af4fe21b598b86c7464e435eb78de2ada76d755cad",
  },
  {
    // Deflate, one strip per page.
    file: "real_1p_605x203x203_u8.tif",
    shape: [605, 203, 203, "uint8"],
    sha256: "3ad3e41e209f77392646eec7004b1c415c78c38ccdc146970900719f36e2a26e",
  },
  {
    // Plain, 123 strips of one row per page, written by Inscopix.
    file: "inscopix_movie_part2_108x123x63.tiff",
    shape: [63, 123, 108, "float32"],
    sha256: "518475e32fa207ef4c37703aad9ba8dc4cc6b690e9c2fa1702d3e805835b5214",
  },
] as const;

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

for (const { file, shape, sha256 } of RECORDINGS) {
  const url = new URL(file, data);
  Deno.test({
    name: `${file} reads as tifffile reads it`,
    ignore: !exists(url),
    async fn() {
      const movie = await openMovie(fileURLToPath(url));
      const { width, height, frames, sampleType } = movie.header;
      assert.deepEqual([frames, height, width, sampleType], shape);
      const size = width * height;
      const samples = sampleArray(sampleType, size * frames);
      // In uneven chunks, two at a time, as the engine reads ahead.
      const chunk = Math.ceil(frames / 7);
      const reads = [];
      for (let start = 0; start < frames; start += chunk) {
        const count = Math.min(chunk, frames - start);
        reads.push(movie.read(start, count, samples.subarray(start * size, (start + count) * size)));
      }
      await Promise.all(reads);
      movie.close();
      const digest = await crypto.subtle.digest("SHA-256", samples.buffer as ArrayBuffer);
      assert.equal(Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""), sha256);
    },
  });
}
