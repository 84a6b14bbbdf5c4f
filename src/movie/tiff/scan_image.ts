import { MovieError } from "../../core/errors.ts";
import type { TiffFacts } from "./tiff_facts.ts";
import type { TiffPages } from "./tiff_pages.ts";
import { TAG } from "./tiff_tags.ts";

/** What is read of a page's description: the times are at its beginning. */
const DESCRIPTION_BYTES = 1024;
/** Settings that are kept in the movie's metadata. */
const KEPT = [
  "VERSION_MAJOR",
  "hRoiManager.scanFrameRate",
  "hRoiManager.scanZoomFactor",
  "hChannels.channelSave",
  "hScan2D.logAverageFactor",
  "hPmts.gains",
  "hBeams.powers",
  "objectiveResolution",
];

/** What ScanImage says of its movies. */
export interface ScanImage {
  readonly facts: TiffFacts;
  /** Channels, whose pages alternate. */
  readonly channels: number;
}

/**
 * Reads the settings ScanImage writes as lines `SI.name = value`: since 2016 into the software tag, before into every page's description
 * (`scanimage.SI5.name`, `state.acq.name`). Undefined for other programs' files. Throws `MovieError` for volumes.
 */
export function parseScanImage(software: string, description: string, path: string): ScanImage | undefined {
  const text = software.startsWith("SI.")
    ? software
    : description.startsWith("state.") || /^scanimage\.SI/m.test(description)
    ? description
    : undefined;
  if (text === undefined) return undefined;
  const settings = new Map<string, string>();
  for (const line of text.split(/[\r\n]+/)) {
    const setting = /^(?:scanimage\.)?(?:SI\d*|state\.acq)\.(\S+?)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting) settings.set(setting[1], setting[2]);
  }
  const numbers = (...keys: string[]) => numbersIn(keys.map((key) => settings.get(key)).find((value) => value) ?? "");
  const isOn = (...keys: string[]) => keys.some((key) => /^(true|1)$/.test(settings.get(key) ?? ""));

  const [slices = 1] = numbers(
    "hStackManager.actualNumSlices",
    "hStackManager.numSlices",
    "stackNumSlices",
    "numberOfZSlices",
  );
  const stacks = isOn("hFastZ.enable", "hStackManager.enable", "fastZEnable") || settings.has("numberOfZSlices");
  if (stacks && slices > 1) {
    throw new MovieError(
      `Movie "${path}" is a ScanImage recording of ${slices} planes in depth: save one plane as a movie of its own`,
    );
  }
  const [counted] = numbers("numberOfChannelsSave");
  const channels = Math.max(1, counted ?? numbers("hChannels.channelSave", "channelsSave").length);
  const [period] = numbers("scanFramePeriod"), [averaged = 1] = numbers("hScan2D.logAverageFactor");
  const [rate = 1 / period] = numbers("hRoiManager.scanFrameRate", "scanFrameRate", "frameRate");
  const frameRate = rate / Math.max(1, averaged);
  const began = epochIn(description);
  const kept = KEPT.filter((key) => settings.has(key)).map((
    key,
  ) => [key, settings.get(key)!.replace(/^'(.*)'$/, "$1").slice(0, 200)]);
  return {
    channels,
    facts: {
      ...(frameRate > 0 && Number.isFinite(frameRate) ? { frameRate } : {}),
      ...(began ? { startTime: began } : {}),
      metadata: { Software: "ScanImage", ScanImage: Object.fromEntries(kept) },
    },
  };
}

/** Seconds of each frame since the recording began, by the descriptions of the pages; undefined when one has none. */
export function scanImageTimestamps(
  pages: TiffPages,
  frames: number,
  pageOf: (frame: number) => number,
): Float64Array | undefined {
  const timestamps = new Float64Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    const index = pageOf(frame);
    const values = pages.directory(index).entries.get(TAG.description);
    if (!values) return undefined;
    const text = pages.directories.text(values, DESCRIPTION_BYTES, `the description of page ${index + 1}`);
    const stated = /^(?:frameTimestamps_sec|Frame Timestamp\(s\))\s*=\s*([-+.\deE]+)/m.exec(text);
    timestamps[frame] = Number(stated?.[1] ?? NaN);
    if (!Number.isFinite(timestamps[frame])) return undefined;
  }
  return timestamps;
}

/** The numbers of a MATLAB value such as `[1;2]` or `30.05`. */
function numbersIn(value: string): number[] {
  return (value.match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/g) ?? []).map(Number);
}

/** When a recording began, by the clock of its computer: `epoch = [year month day hour minute second]`. */
function epochIn(description: string): string | undefined {
  const stated = /^epoch\s*=\s*\[([^\]]*)\]/m.exec(description);
  const [year, month, day, hour, minute, second] = numbersIn(stated?.[1] ?? "");
  if (!(year > 0 && second >= 0)) return undefined;
  const two = (value: number) => String(value).padStart(2, "0");
  const [whole, fraction = "000"] = second.toFixed(3).split(".");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${whole.padStart(2, "0")}.${fraction}`;
}
