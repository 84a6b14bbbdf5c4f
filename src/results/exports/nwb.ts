import type { Extraction } from "../../core/extraction.ts";
import { isWholeField, movieFacts, recordingOf } from "../../core/movie.ts";
import { writeHdf5File } from "../../hdf5/hdf5_file.ts";
import { writeFileHead, writeGroups } from "../../nwb/file_head.ts";
import { ContentDigest } from "../../nwb/identifiers.ts";
import { knownSession } from "../../nwb/known_session.ts";
import { NwbWriter } from "../../nwb/nwb_writer.ts";
import { writeAnalysedPart, writeOptics } from "../../nwb/optics.ts";
import { sessionAdvice } from "../../nwb/session_advice.ts";
import { exactJson } from "../exact_json.ts";
import type { ExportFormat, ExportOptions } from "./export_format.ts";
import { writeSegmentation } from "./nwb_cells.ts";
import { writeSummaryImages } from "./nwb_images.ts";
import { writeMotion } from "./nwb_motion.ts";
import { dataCollection, writeParameters } from "./nwb_parameters.ts";
import { framesTiming, recordingRate, writeRecording } from "./nwb_recording.ts";
import { writeTraces } from "./nwb_traces.ts";

/** Where what was computed goes, by NWB's own name for the kind of data. */
const MODULE = "/processing/ophys";

/**
 * NWB 2 (Neurodata Without Borders; schema 2.11). What goes where, T frames of W×H pixels, K cells:
 *
 * | object | content |
 * |---|---|
 * | `acquisition/OnePhotonSeries` | the recording's files, as external files with paths relative to the NWB file, and their timing; a recording in an NWB file is linked itself |
 * | `acquisition/recording_metadata` | table of what the files say of themselves |
 * | `general/…` | device, optical channel, imaging plane (pixel size in m), subject, experimenters, …: `options.session`, see `Session`; beside the plane of the recording one of the part that was analysed, where that was cropped or its pixels averaged |
 * | `processing/ophys/ImageSegmentation/PlaneSegmentation` | `image_mask` K×W×H float32 (x before y, as NWB has it); `cell_name`, `centre_x`, `centre_y`, `noise`, …; `accepted`, `rejected`, `snr`, `r_value` where they are known |
 * | `processing/ophys/Fluorescence/{RoiResponseSeries,Denoised,Deconvolved}` | T×K float32 in the results' unit, dF or dF over noise (which is not dF/F, so nothing is called that) |
 * | `processing/ophys/SummaryImages` | mean, max, noise, correlation, pnr, b0 as W×H images |
 * | `processing/ophys/xy_translation` | T×2: what each frame was moved by, with `options.motion`; `local_translation` for motion that is not the same everywhere |
 * | `processing/ophys/analysis_parameters` | table of all parameters, versions and notes |
 *
 * Times are seconds on the recording's clock, as a rate where they are even. W of the ring background has no place in NWB.
 */
export const nwb: ExportFormat = {
  name: "nwb",
  title: "NWB 2 (pynwb, MatNWB, DANDI)",
  output: "results.nwb",
  isFolder: false,
  advice: ({ movie: { metadata, startTime } }, { session }) =>
    sessionAdvice(knownSession(session, metadata), startTime),
  write: writeNwb,
};

async function writeNwb(path: string, extraction: Extraction, options: ExportOptions): Promise<void> {
  const { movie } = extraction, whole = recordingOf(movie), session = knownSession(options.session, movie.metadata);
  const target = options.target ?? path, recording = "/acquisition/OnePhotonSeries";
  await writeHdf5File(path, (file) => {
    const nwb = new NwbWriter(file, session.identifier ?? identifierOf(extraction));
    const modified = movie.files.flatMap((one) => one.modified === undefined ? [] : [one.modified]).sort().at(-1);
    writeGroups(file);
    writeFileHead(nwb, session, {
      ...(movie.startTime === undefined ? {} : { startTime: movie.startTime }),
      ...(whole.timestamps === undefined ? {} : { firstReading: whole.timestamps[0] }),
      ...(modified === undefined ? {} : { modified }),
      collection: dataCollection(extraction),
    });
    const { width, height, pixelSize } = whole, rate = recordingRate(extraction);
    const field = { width, height, rate, ...(pixelSize === undefined ? {} : { pixelSize }) };
    const optics = writeOptics(nwb, session, field), { plane } = optics;
    const analysed = isWholeField(movie)
      ? plane
      : writeAnalysedPart(nwb, session, field, optics, { ...whole, width: movie.width, height: movie.height });
    const own = framesTiming(extraction);
    const isShared = writeRecording(nwb, recording, extraction, { plane, target, timing: own });
    const timing = isShared && "timestamps" in own ? { like: recording } : own;
    nwb.object(MODULE, "ProcessingModule", { description: "Cells of a one-photon calcium movie, by CNMF-E" });
    const table = writeSegmentation(nwb, MODULE, extraction, analysed);
    writeTraces(nwb, MODULE, extraction, table, timing);
    writeSummaryImages(nwb, MODULE, extraction);
    if (options.motion !== undefined) writeMotion(nwb, MODULE, options.motion, extraction, timing);
    writeParameters(nwb, MODULE, extraction);
  });
}

/** An identifier that other results do not have. */
function identifierOf({ movie, footprints, traces, parameters, frameRate, units }: Extraction): string {
  const { files, ...header } = movieFacts(movie);
  // Where the files lie does not matter, but which they are.
  const facts = { header, files: files.map(({ path: _, ...file }) => file), parameters, frameRate, units };
  const digest = new ContentDigest().add(exactJson(facts)).add(footprints.starts).add(footprints.pixels);
  return digest.add(footprints.values).add(traces.raw).add(traces.denoised).add(traces.spikes).identifier();
}
