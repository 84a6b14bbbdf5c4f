import { MovieError } from "../../core/errors.ts";
import { type ImageAxis, pagesOf } from "./frame_order.ts";
import type { TiffFacts } from "./tiff_facts.ts";
import { seconds } from "./units.ts";

/** Longest description of an unknown program that goes into a movie's metadata. */
const LONGEST_KEPT = 2000;

/** What is known of the page a description belongs to. */
interface Page {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Reads the descriptions that ImageJ (`key=value` lines after `ImageJ=`) and tifffile (a JSON shape) write; others are kept as text. */
export function parseTiffDescription(text: string, page: Page): TiffFacts {
  if (text.startsWith("ImageJ=")) return parseImageJ(text, page.path);
  const shaped = text.startsWith("{") ? parseShape(text, page) : undefined;
  return shaped ?? (text ? { metadata: { ImageDescription: text.slice(0, LONGEST_KEPT) } } : {});
}

function parseImageJ(text: string, path: string): TiffFacts {
  const values = new Map<string, string>();
  for (const line of text.split(/[\r\n\0]+/)) {
    const equals = line.indexOf("=");
    if (equals > 0) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const number = (key: string) => Number(values.get(key) ?? NaN);
  const count = (key: string) => Number.isInteger(number(key)) && number(key) > 1 ? number(key) : 1;
  // The interval is what was measured; fps is what ImageJ plays the stack at, and second best.
  const interval = number("finterval") * (seconds(values.get("tunit") ?? "") ?? 1);
  const played = number("fps");
  // Where both say the same, fps is the rounder number: 30 rather than 1 / 0.0333333.
  const rate = interval > 0 && !(Math.abs(interval * played - 1) < 1e-5) ? 1 / interval : played;
  const axes = imageJAxes(count("images"), count("slices"), count("frames"), count("channels"), values, path);
  const unit = values.get("unit"), startTime = values.get("startTime");
  return {
    ...(pagesOf(axes) > 1 ? { axes, stackFrames: pagesOf(axes) } : {}),
    ...(rate > 0 && Number.isFinite(rate) ? { frameRate: rate } : {}),
    ...(unit ? { lengthUnit: unit } : {}),
    ...(startTime ? { startTime } : {}),
  };
}

/** Consecutive pages of an ImageJ stack are channels, then slices, then frames, unless it says otherwise. */
function imageJAxes(
  images: number,
  slices: number,
  frames: number,
  channels: number,
  values: ReadonlyMap<string, string>,
  path: string,
): ImageAxis[] {
  const lengths = { T: frames, Z: slices, C: channels };
  const stated = frames * slices * channels;
  if (images > 1 && stated !== images) {
    if (channels > 1 || (slices > 1 && frames > 1)) {
      throw new MovieError(
        `Movie "${path}" contradicts itself: its description says ${images} images, but ${channels} channels, ` +
          `${slices} slices and ${frames} frames`,
      );
    }
    return [{ name: "T", length: images }];
  }
  const order = (values.get("order") ?? "").toUpperCase();
  const fastestFirst = /^(?:CZT|CTZ|ZCT|ZTC|TCZ|TZC)$/.test(order) ? order : "CZT";
  return [...fastestFirst].reverse().map((name) => ({
    name: name as ImageAxis["name"],
    length: lengths[name as ImageAxis["name"]],
  }));
}

/** The shape tifffile writes: of the array as a whole, the last two axes being a page's. */
function parseShape(text: string, { path, width, height, channels }: Page): TiffFacts | undefined {
  let said: { shape?: unknown; axes?: unknown; truncated?: unknown };
  try {
    said = JSON.parse(text);
  } catch {
    // Some other program's description.
    return undefined;
  }
  const { shape, axes, truncated } = said;
  const whole = (length: unknown) => typeof length === "number" && Number.isInteger(length) && length >= 1;
  if (!Array.isArray(shape) || shape.length < 2 || !shape.every(whole)) return undefined;
  const pages = shape.reduce((product, length) => product * length, 1) / (width * height * channels);
  if (!Number.isInteger(pages) || pages < 2) return {};
  const letters = typeof axes === "string" && axes.length === shape.length ? axes.toUpperCase() : "";
  const named = [...letters.slice(0, -2)].map((name, i) => ({ name, length: shape[i] as number }))
    .filter(({ length }) => length > 1);
  const known = letters.endsWith("YX") && shape.at(-1) === width && shape.at(-2) === height;
  const counts = truncated === true ? { stackFrames: pages } : {};
  if (known && named.every(({ name }) => "TZC".includes(name))) return { axes: named as ImageAxis[], ...counts };
  if (known && named.length === 1) return { axes: [{ name: "T", length: pages }], ...counts };
  if (channels > 1) return counts;
  const outer = shape.slice(0, -2).filter((length) => length > 1);
  const notes = [
    `"${path}" holds an array of ${shape.join("×")}${letters ? ` (${letters})` : ""}: ` +
    `its ${pages} images are read as frames, in the order they are stored`,
  ];
  return { ...counts, axes: [{ name: "T", length: pages }], ...(outer.length > 1 ? { notes } : {}) };
}
