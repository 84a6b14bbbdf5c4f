import assert from "node:assert/strict";
import { isxdBytes } from "./movie_isxd_bytes.ts";
import { damageMovies } from "./movie_damage.ts";
import { fillSamples, withFolder } from "./movie_tiff_bytes.ts";

Deno.test("damaged Inscopix files are read or refused: no crash, no hang, no memory beyond their means", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.isxd`, samples = fillSamples(new Uint16Array(35 * 4), 1);
    const timing = { numTimes: 8, dropped: [2], cropped: ["0 - 1", "7"] };
    const extraProperties = { producer: { version: "1.2.0" } };
    const victims = [
      isxdBytes({ width: 7, height: 5, samples }),
      isxdBytes({ width: 7, height: 5, samples, timing }),
      isxdBytes({ width: 5, height: 7, samples: fillSamples(new Float32Array(35 * 4), 2), timing }),
      isxdBytes({ width: 7, height: 5, samples, clock: [1e6, 1.05e6, 1.1e6, 1.15e6], changes: { extraProperties } }),
    ].map((bytes) => ({ path, bytes }));
    const { read, refused } = await damageMovies(path, victims, 3000, 20260101, [0.2, 1]);
    assert.ok(read > 100 && refused > 100, `${refused} refused, ${read} read`);
  });
});
