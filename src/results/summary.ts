import { join } from "node:path";
import type { Seed, SummaryImages } from "../core/extraction.ts";
import { BLACK } from "./colours.ts";
import { enlargement, FIELD_MARGIN, fieldPicture } from "./field_picture.ts";
import { writeImageTiff } from "./image_tiff.ts";
import { correlationPng, pnrPng } from "./pictures.ts";
import { encodePng } from "./png.ts";
import { prepareDirectory, refuseRecording, writeTogether } from "./write_together.ts";

/** Every file that `writeSummary` writes. */
export const SUMMARY_FILES: readonly string[] = [
  "correlation.png",
  "pnr.png",
  "seeds.png",
  "seeds.csv",
  "mean.tif",
  "max.tif",
  "noise.tif",
  "correlation.tif",
  "pnr.tif",
];

/**
 * Checks that `writeSummary` will be able to write into a directory. Rejects with a `ResultsError` that says what is in the way.
 *
 * @param recording Paths of the movie's files, which are never replaced. Default none.
 */
export async function prepareSummary(
  directory: string,
  { force = false, recording = [] }: { force?: boolean; recording?: readonly string[] } = {},
): Promise<void> {
  await refuseRecording(directory, SUMMARY_FILES, recording);
  await prepareDirectory(directory, SUMMARY_FILES, force);
}

/**
 * Writes the summary images into a directory: as float32 TIFFs to measure on (`mean`, `max`, `noise`, `correlation`, `pnr`), as pictures to
 * look at, and the candidate seeds as `seeds.csv` (x, y, correlation, pnr; strongest first) and as circles over the correlation image
 * (`seeds.png`). All files appear together or not at all; ones that are there are replaced, which `prepareSummary` guards against.
 *
 * @param summary Images, row-major height×width, and seeds.
 * @param size The images' size.
 * @returns The paths of the files.
 */
export async function writeSummary(
  directory: string,
  summary: SummaryImages & { readonly seeds: readonly Seed[] },
  { width, height }: { readonly width: number; readonly height: number },
): Promise<string[]> {
  return await writeTogether(directory, SUMMARY_FILES, async (staging) => {
    await Deno.writeFile(join(staging, "correlation.png"), correlationPng(summary.correlation, width, height));
    await Deno.writeFile(join(staging, "pnr.png"), pnrPng(summary.pnr, width, height));
    await Deno.writeFile(join(staging, "seeds.png"), seedsPng(summary.correlation, width, height, summary.seeds));
    await Deno.writeTextFile(join(staging, "seeds.csv"), seedsCsv(summary.seeds));
    for (const name of ["mean", "max", "noise", "correlation", "pnr"] as const) {
      await writeImageTiff(join(staging, `${name}.tif`), summary[name], width, height);
    }
  });
}

function seedsCsv(seeds: readonly Seed[]): string {
  const rows = seeds.map(({ x, y, correlation, pnr }) => [x, y, correlation, pnr].join(","));
  return ["x,y,correlation,pnr", ...rows].join("\n") + "\n";
}

/** Circles, because a cross would hide what it marks. */
function seedsPng(image: Float32Array, width: number, height: number, seeds: readonly Seed[]): Uint8Array {
  const title = seeds.length === 1 ? "1 candidate seed" : `${seeds.length} candidate seeds`;
  const canvas = fieldPicture(image, width, height, title);
  const scale = enlargement(width, height), radius = Math.max(3, 1.5 * scale);
  for (const { x, y } of seeds) {
    const column = FIELD_MARGIN.left + (x + 0.5) * scale - 0.5, row = FIELD_MARGIN.top + (y + 0.5) * scale - 0.5;
    canvas.circle(column, row, radius, BLACK, 3.5);
    canvas.circle(column, row, radius, [90, 230, 255], 1.6);
  }
  return encodePng(canvas);
}
