import { movieFacts, recordingOf } from "../core/movie.ts";
import { timestampHealth, timestampNotes } from "../core/timestamps.ts";
import { baseName, type ReportContext, type Section } from "./context.ts";
import { factsList, sentences } from "./lists.ts";
import { type Insert, markup } from "./markup.ts";
import { bytesShown, counted, lasting, shown } from "./numbers.ts";
import { curvePath, plotted, spanOf } from "./plot.ts";

/** Entries of a file's own metadata that are shown, and characters of each. */
const METADATA = 40, CHARACTERS = 160;

/** What was recorded, how regular its times are, and what was done to it before cells were searched for. */
export function recordingSection({ extraction }: ReportContext): Section {
  const { movie, frameRate, preparation } = extraction, recording = recordingOf(movie), { pixelSize } = recording;
  const isPart = movie.recording !== undefined;
  // The movie's own history tells of the motion correction, too, but not how it went.
  const history = (movie.history ?? []).filter((step) => !preparation?.motion || !step.startsWith("Motion corrected"));
  const done = [...new Set([...history, ...(preparation?.done ?? [])])];
  return {
    id: "recording",
    title: "Recording",
    content: markup`${
      factsList([
        ["Movie", movie.name],
        ["Format", movie.format],
        ["Frames", `${counted(movie.frames, "frame")} of ${movie.width} × ${movie.height} pixels, ${movie.sampleType}`],
        [
          "Frame rate",
          `${shown(frameRate, 6)} Hz${
            movie.frameRate === undefined && movie.timestamps === undefined ? " (assumed)" : ""
          }, ${lasting(movie.frames / frameRate)}`,
        ],
        [
          "Part of",
          isPart && `${counted(recording.frames, "frame")} of ${recording.width} × ${recording.height} pixels`,
        ],
        ["Began", movie.startTime],
        ["Pixel", pixelSize && `${shown(pixelSize.x)} × ${shown(pixelSize.y)} µm`],
        ["Timestamps", timestampWords(movie.timestamps)],
      ])
    }
${movie.timestamps && movie.timestamps.length > 2 && intervals(movie.timestamps)}
${movie.files.length > 0 && files(movie.files)}
${done.length > 0 && markup`<h3>What was done to it</h3>${sentences(done)}`}
${(preparation?.found.length ?? 0) > 0 && markup`<h3>What came to light</h3>${sentences(preparation!.found)}`}
${(movie.notes?.length ?? 0) > 0 && markup`<h3>Notes of the file</h3>${sentences(movie.notes!)}`}
${metadata(movieFacts(movie).metadata)}`,
  };
}

function timestampWords(timestamps: Float64Array | undefined): string | undefined {
  if (!timestamps) return "none: times follow from the frame rate";
  const notes = timestampNotes(timestamps), { interval } = timestampHealth(timestamps);
  return notes.length > 0 ? notes.join("; ") : `regular, every ${shown(1000 * interval, 4)} ms`;
}

/** Time between frames over the recording. */
function intervals(timestamps: Float64Array): Insert {
  const between = Float32Array.from({ length: timestamps.length - 1 }, (_, i) => {
    return 1000 * (timestamps[i + 1] - timestamps[i]);
  });
  const { low, high } = spanOf(between, 0);
  return markup`<figure><div class="wide">${
    plotted({
      width: 1000,
      height: 170,
      alt: "Time between frames over the recording",
      x: { label: "frame", low: 0, high: between.length, ticks: 10 },
      y: { label: "interval, ms", low: Math.min(0, low), high: high * 1.05, ticks: 4 },
      draw: ({ x, y }) => markup`<path class="curve kept" d="${curvePath(between, x, y)}"/>`,
    })
  }</div><figcaption><span>Time from each frame to the next. Peaks are dropped frames.</span></figcaption></figure>`;
}

function files(all: ReportContext["extraction"]["movie"]["files"]): Insert {
  return markup`<h3>${all.length === 1 ? "File" : "Files"}</h3><div class="table-frame"><table>
<thead><tr><th scope="col" class="text">file</th><th scope="col">frames</th><th scope="col">size</th><th scope="col">modified</th></tr></thead>
<tbody>${
    all.map(({ path, frames, bytes, modified }) =>
      markup`<tr><th scope="row" class="text" title="${path}"><bdi>${baseName(path)}</bdi></th><td>${frames}</td><td>${
        bytesShown(bytes)
      }</td><td>${modified?.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</td></tr>`
    )
  }</tbody></table></div>`;
}

function metadata(all: Readonly<Record<string, unknown>> | undefined): Insert {
  const entries = Object.entries(all ?? {});
  if (entries.length === 0) return undefined;
  const text = (value: unknown) => {
    const whole = typeof value === "string" ? value : JSON.stringify(value) ?? "";
    return whole.length > CHARACTERS ? `${whole.slice(0, CHARACTERS)}…` : whole;
  };
  return markup`<h3>What the file says of itself</h3>${
    factsList(entries.slice(0, METADATA).map(([name, value]) => [name, text(value)]))
  }${entries.length > METADATA && markup`<p class="note">and ${entries.length - METADATA} more entries</p>`}`;
}
