import { ResultsError } from "../../core/errors.ts";
import { type SampleArray, sampleArray } from "../../core/movie.ts";
import type { Hdf5Writer } from "../../hdf5/hdf5_writer.ts";
import { writeRecordingFacts } from "../../nwb/facts.ts";
import { writeFileHead, writeGroups } from "../../nwb/file_head.ts";
import { ContentDigest } from "../../nwb/identifiers.ts";
import { knownSession } from "../../nwb/known_session.ts";
import { NwbWriter } from "../../nwb/nwb_writer.ts";
import { writeOptics } from "../../nwb/optics.ts";
import { timingOf } from "../../nwb/timing.ts";
import { framesFile } from "../hdf5/frames_file.ts";
import type { MovieWriter, MovieWriterOptions } from "../movie_writer.ts";

/** Where the movie is in the file. */
const SERIES = "/acquisition/OnePhotonSeries";
/** Side of the squares a frame is turned by: few enough rows to stay in the processor's cache. */
const TILE = 32;

/**
 * Writes a movie as NWB 2: `acquisition/OnePhotonSeries` with its frames as NWB has them, [frame][x][y] (columns before rows), in chunks of one
 * frame, not compressed; its times, as a rate where they are even; pixel size, start of the recording and what its files say of themselves. Two
 * runs write the same bytes. Rejects with `ResultsError` when the file cannot be written, and when the movie has neither a frame rate nor
 * timestamps, which NWB does not allow.
 * What `options.session` says of the session goes before what the NWB file says that the movie came from, if it came from one.
 */
export async function nwbMovieWriter(
  path: string,
  options: MovieWriterOptions,
): Promise<MovieWriter> {
  const {
    width,
    height,
    frames,
    sampleType,
    frameRate,
    timestamps,
    startTime,
    pixelSize,
    metadata,
    history = [],
    session: given,
  } = options;
  const timing = timingOf(timestamps, frameRate), session = knownSession(given, metadata);
  if (timing === undefined) {
    throw new ResultsError(
      `Cannot write ${path}: NWB has to say when frames were taken, but the movie states no frame rate: state it (--frame_rate)`,
    );
  }
  const size = width * height, facts = { width, height, frames, sampleType, frameRate, startTime, pixelSize, metadata };
  const digest = new ContentDigest().add(JSON.stringify({ ...facts, history }));
  if (timestamps) digest.add(timestamps);
  let turned = sampleArray(sampleType, 0);

  const end = (file: Hdf5Writer) => {
    const nwb = new NwbWriter(file, session.identifier ?? digest.identifier());
    writeFileHead(nwb, session, {
      ...(startTime === undefined ? {} : { startTime }),
      ...(timestamps === undefined ? {} : { firstReading: timestamps[0] }),
      collection: ["The movie was written by annulus.", ...history.map((step) => `Before that: ${step}.`)],
    });
    // Beside timestamps the stated rate, which need not be theirs, has its place as the rate of the imaging plane.
    const rate = frameRate ?? ("rate" in timing ? timing.rate : undefined);
    const { plane } = writeOptics(nwb, session, {
      width,
      height,
      ...(rate === undefined ? {} : { rate }),
      ...(pixelSize === undefined ? {} : { pixelSize }),
    });
    nwb.describeSeries(SERIES, "OnePhotonSeries", {
      description: "One-photon calcium movie, indexed [frame][x][y], x to the right and y down",
      comments: history.join("; "),
      timing,
    });
    nwb.describeData(SERIES, "n.a.");
    file.numbers(`${SERIES}/dimension`, [2], Int32Array.of(width, height));
    nwb.text(`${SERIES}/format`, "raw");
    file.softLink(`${SERIES}/imaging_plane`, plane);
    writeRecordingFacts(nwb, metadata);
  };
  return await framesFile(path, options, {
    begin(file) {
      writeGroups(file);
      file.group(SERIES);
      file.frames(`${SERIES}/data`, [frames, width, height], turned);
    },
    put(file, start, samples) {
      if (turned.length < samples.length) turned = sampleArray(sampleType, samples.length);
      for (let at = 0; at < samples.length; at += size) turnFrame(samples, turned, at, width, height);
      file.writeFrames(`${SERIES}/data`, start, [width, height], turned.subarray(0, samples.length));
      digest.add(samples);
    },
    end,
  });
}

/** Turns the frame of rows × columns that begins at sample `at` into one of columns × rows. */
function turnFrame(from: SampleArray, to: SampleArray, at: number, width: number, height: number): void {
  for (let top = 0; top < height; top += TILE) {
    const bottom = Math.min(height, top + TILE);
    for (let left = 0; left < width; left += TILE) {
      const right = Math.min(width, left + TILE);
      for (let x = left; x < right; x++) {
        const column = at + x * height;
        for (let y = top; y < bottom; y++) to[column + y] = from[at + y * width + x];
      }
    }
  }
}
