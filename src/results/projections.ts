import { join } from "node:path";
import type { SummaryImages } from "../core/extraction.ts";
import { type ProjectionName, PROJECTIONS, type Projections } from "../summary/projections.ts";
import type { Colour } from "./colours.ts";
import { type CsvCell, writeCsv } from "./csv_file.ts";
import { fieldPicture } from "./field_picture.ts";
import { writeHdf5File } from "../hdf5/hdf5_file.ts";
import { writeMovieHeader } from "./hdf5_records.ts";
import { writeImageTiff } from "./image_tiff.ts";
import { secondsText } from "./number_text.ts";
import { encodePng } from "./png.ts";
import { timePicture } from "./time_panels.ts";
import { prepareDirectory, refuseRecording, writeTogether } from "./write_together.ts";

/** What the `format` attribute of `projections.h5` says, and the version of its layout. */
const FORMAT = "annulus projections", FORMAT_VERSION = 1;

/** The images that can be written, in order, with the titles of their pictures. */
const TITLES: Readonly<Record<ImageName, string>> = {
  mean: "mean",
  median: "median",
  max: "maximum",
  min: "minimum",
  standard_deviation: "standard deviation",
  range: "range",
  correlation: "local correlation",
  max_correlation: "largest local correlation",
  filtered_correlation: "filtered correlation",
  pnr: "peak-to-noise ratio",
};

/** Projections, and the initialiser's own images: the correlation of the filtered movie and the peak-to-noise ratio. */
type ImageName = ProjectionName | "filtered_correlation" | "pnr";

const IMAGE_NAMES: readonly ImageName[] = [...PROJECTIONS, "filtered_correlation", "pnr"];

/** Every file that `writeProjections` may write. `projections.h5` comes last: where it is, the others are. */
export const PROJECTION_FILES: readonly string[] = [
  ...IMAGE_NAMES.flatMap((name) => [`${name}.tif`, `${name}.png`]),
  "mean_trace.csv",
  "mean_trace.png",
  "projections.h5",
];

/** How `writeProjections` writes. */
export interface WriteProjectionsOptions {
  /** Replace files that are already in the directory; other files there are left alone. Default false. */
  readonly force?: boolean;
  /** The initialiser's images, where they are wanted, too; written as `filtered_correlation` and `pnr`. */
  readonly summary?: Pick<SummaryImages, "correlation" | "pnr">;
}

/**
 * Checks that `writeProjections` will be able to write into a directory. Rejects with a `ResultsError` that says what is in the way.
 *
 * @param recording Paths of the movie's files, which are never replaced. Default none.
 */
export async function prepareProjections(
  directory: string,
  { force = false, recording = [] }: { force?: boolean; recording?: readonly string[] } = {},
): Promise<void> {
  await refuseRecording(directory, PROJECTION_FILES, recording);
  await prepareDirectory(directory, PROJECTION_FILES, force);
}

/**
 * Writes projections into a directory, which is created when it does not exist: every image as a float32 TIFF to measure on and as a picture
 * with stretched contrast to look at (`mean.tif`, `mean.png`, …); the mean trace as `mean_trace.csv` (frame, seconds since the first one, mean;
 * no seconds when the movie does not say its frame rate) and `mean_trace.png`; and everything in `projections.h5`. All files appear together
 * or not at all; images of earlier projections that are not among these ones go.
 *
 * Layout of `projections.h5` (T frames, height×width pixels, images row-major):
 *
 * | object | content |
 * |---|---|
 * | `/` | attributes `format`, `format_version`, `neighbours` (of the correlations), `bin_size` (frames per bin of `max_correlation`) |
 * | `images/…` | height×width float32, one per image |
 * | `mean_trace` | T float32 |
 * | `movie` | attributes `name`, `width`, `height`, `frames`, `sample_type`, `frame_rate` (where the movie has one); `files` |
 *
 * @returns The paths of the files.
 * @throws {ResultsError} When there are such files already (without `force`), or when something cannot be written.
 */
export async function writeProjections(
  directory: string,
  projections: Projections,
  { force = false, summary }: WriteProjectionsOptions = {},
): Promise<string[]> {
  await prepareProjections(directory, { force, recording: projections.movie.files.map(({ path }) => path) });
  const all: Partial<Record<ImageName, Float32Array>> = {
    ...projections.images,
    ...(summary ? { filtered_correlation: summary.correlation, pnr: summary.pnr } : {}),
  };
  const images = IMAGE_NAMES.flatMap((name) => all[name] === undefined ? [] : [{ name, image: all[name] }]);
  const { width, height } = projections.movie;
  return await writeTogether(directory, PROJECTION_FILES, async (staging) => {
    for (const { name, image } of images) {
      await writeImageTiff(join(staging, `${name}.tif`), image, width, height);
      const picture = fieldPicture(image, width, height, TITLES[name]);
      await Deno.writeFile(join(staging, `${name}.png`), encodePng(picture));
    }
    await writeMeanTrace(staging, projections);
    await saveProjections(join(staging, "projections.h5"), projections, images);
  });
}

const LINE: Colour = [20, 92, 168];

async function writeMeanTrace(
  directory: string,
  { movie: { frames, frameRate }, meanTrace }: Projections,
): Promise<void> {
  function* rows(): Generator<readonly CsvCell[]> {
    for (let t = 0; t < frames; t++) {
      yield [String(t), frameRate === undefined ? undefined : secondsText(t / frameRate), meanTrace[t]];
    }
  }
  await writeCsv(join(directory, "mean_trace.csv"), ["frame", "time_s", "mean"], rows());
  const picture = timePicture({
    frames,
    ...(frameRate === undefined ? {} : { frameRate }),
    panels: [{ label: "mean of each frame", height: 300, curves: [{ values: meanTrace, colour: LINE }] }],
  });
  await Deno.writeFile(join(directory, "mean_trace.png"), encodePng(picture));
}

async function saveProjections(
  path: string,
  { movie, meanTrace, neighbours, binSize }: Projections,
  images: readonly { readonly name: ImageName; readonly image: Float32Array }[],
): Promise<void> {
  await writeHdf5File(path, (writer) => {
    writer.attribute("/", "format", FORMAT);
    writer.attribute("/", "format_version", FORMAT_VERSION);
    writer.attribute("/", "neighbours", neighbours);
    writer.attribute("/", "bin_size", binSize);
    writer.group("/images");
    for (const { name, image } of images) writer.numbers(`/images/${name}`, [movie.height, movie.width], image);
    writer.numbers("/mean_trace", [movie.frames], meanTrace);
    writeMovieHeader(writer, movie);
  });
}
