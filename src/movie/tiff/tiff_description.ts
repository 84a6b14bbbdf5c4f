/** What the description of a file's first page says of the movie. */
export interface TiffDescription {
  /** Frames stored one after another behind a single directory, where the description says so. */
  readonly stackFrames?: number;
  /** Frames per second. */
  readonly frameRate?: number;
  /** Channels of each frame, when more than one. */
  readonly channels?: number;
  /** Planes in depth of each frame, when more than one beside several frames in time. */
  readonly depth?: number;
}

/** Reads the descriptions that ImageJ (`key=value` lines after `ImageJ=`) and tifffile (a JSON shape) write. */
export function parseTiffDescription(text: string, width: number, height: number): TiffDescription {
  if (text.startsWith("ImageJ=")) return parseImageJ(text);
  if (text.startsWith("{")) return parseShape(text, width, height);
  return {};
}

function parseImageJ(text: string): TiffDescription {
  const values = new Map<string, string>();
  for (const line of text.split(/[\r\n\0]+/)) {
    const equals = line.indexOf("=");
    if (equals > 0) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const number = (key: string) => Number(values.get(key) ?? NaN);
  const count = (key: string) => Number.isInteger(number(key)) && number(key) > 1 ? number(key) : 1;
  // The interval is what was measured; fps is what ImageJ plays the stack at, and second best.
  const interval = number("finterval") * secondsPer(values.get("tunit") ?? "");
  const played = number("fps");
  // Where both say the same, fps is the rounder number: 30 rather than 1 / 0.0333333.
  const rate = interval > 0 && !(Math.abs(interval * played - 1) < 1e-5) ? 1 / interval : played;
  return {
    ...(count("images") > 1 ? { stackFrames: count("images") } : {}),
    ...(rate > 0 && Number.isFinite(rate) ? { frameRate: rate } : {}),
    ...(count("channels") > 1 ? { channels: count("channels") } : {}),
    // A movie opened as a plain stack counts its frames as slices: only both at once is a volume over time.
    ...(count("slices") > 1 && count("frames") > 1 ? { depth: count("slices") } : {}),
  };
}

function secondsPer(unit: string): number {
  if (/^(ms|msec|millisec)/i.test(unit)) return 1e-3;
  if (/^(us|usec|µs|\\u00b5s|microsec)/i.test(unit)) return 1e-6;
  if (/^min/i.test(unit)) return 60;
  if (/^h/i.test(unit)) return 3600;
  return 1;
}

function parseShape(text: string, width: number, height: number): TiffDescription {
  try {
    const { shape, truncated } = JSON.parse(text.replace(/\0.*$/s, ""));
    if (truncated !== true || !Array.isArray(shape)) return {};
    const frames = shape.reduce((product, length) => product * length, 1) / (width * height);
    return Number.isInteger(frames) && frames > 1 ? { stackFrames: frames } : {};
  } catch {
    // Some other program's description: it says nothing to us.
    return {};
  }
}
