import assert from "node:assert/strict";
import { aviBytes, testPictures } from "./movie_avi_bytes.ts";
import { damageMovies } from "./movie_damage.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const pictures = testPictures(8, 4, 7);
const first = aviBytes({ width: 8, height: 4, codec: "GREY", pictures: pictures.slice(0, 4) });
const second = aviBytes({ width: 8, height: 4, codec: "GREY", pictures: pictures.slice(4) });

/** Recordings, with the files that say something about the movie. */
const RECORDINGS: Readonly<Record<string, Readonly<Record<string, Uint8Array | string>>>> = {
  v4: {
    "metaData.json": JSON.stringify(
      {
        recordingStartTime: {
          year: 2023,
          month: 3,
          day: 7,
          hour: 9,
          minute: 5,
          second: 2,
          msec: 7,
          msecSinceEpoch: 1.7e12,
        },
        animalName: "m7",
        miniscopes: ["Scope"],
        cameras: ["Eye"],
      },
      null,
      4,
    ),
    "Scope/metaData.json": JSON.stringify({ deviceName: "Scope", deviceType: "Miniscope_V4", frameRate: "20FPS" }),
    "Scope/timeStamps.csv": "Frame Number,Time Stamp (ms),Buffer Index\n" +
      pictures.map((_, i) => `${i},${50 * i},0\n`).join(""),
    "Scope/0.avi": first,
    "Scope/1.avi": second,
  },
  v3: {
    "settings_and_notes.dat": "animal\texcitation\tmsCamExposure\nm7\t20\t255\n\nelapsedTime\tNote\n12\tbegun\n",
    "timestamp.dat": "camNum\tframeNum\tsysClock\tbuffer\n" +
      pictures.map((_, i) => `1\t${i + 1}\t${50 * i}\t1\n0\t${i + 1}\t${50 * i + 7}\t1\n`).join(""),
    "msCam1.avi": first,
    "msCam2.avi": second,
    "behavCam1.avi": first,
  },
};

for (const [name, files] of Object.entries(RECORDINGS)) {
  Deno.test(`damaged Miniscope recordings (${name}) are read or refused: no crash, no hang, no memory beyond their means`, async () => {
    await withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/${name}/Scope`, { recursive: true });
      const victims = await Promise.all(
        Object.entries(files).map(async ([file, content]) => {
          const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
          await Deno.writeFile(`${folder}/${name}/${file}`, bytes);
          return { path: `${folder}/${name}/${file}`, bytes };
        }),
      );
      const { read, refused } = await damageMovies(`${folder}/${name}`, victims, 600, 20230307);
      assert.ok(read > 100 && refused > 100, `${refused} refused, ${read} read`);
    });
  });
}
