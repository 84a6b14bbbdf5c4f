/** Damaged MP4, MKV and MPEG-4 AVI files: read or refused, whatever ffmpeg makes of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { damageMovies } from "./movie_damage.ts";
import { inTemporary } from "./results_setting.ts";

/** A round takes several processes of ffmpeg, so that there are few; without ffmpeg all are refused by name. */
const ROUNDS = 16;

for (const name of ["h264.mp4", "h264.mkv", "mpeg4.avi"]) {
  Deno.test(`damaged ${name} is read or refused with one sentence, in bounded time`, () =>
    inTemporary(async (folder) => {
      const path = join(folder, name);
      const bytes = await Deno.readFile(new URL(`fixtures/avi/${name}`, import.meta.url));
      const { read, refused } = await damageMovies(path, [{ path, bytes }], ROUNDS, 20 + name.length);
      assert(refused > 0, `${read} read, none refused`);
    }));
}
