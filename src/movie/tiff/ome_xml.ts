import { parseXml, type XmlDocument, XmlElement } from "npm:@rgrove/parse-xml@5.0.0";
import { MovieError } from "../../core/errors.ts";
import type { PixelSize } from "../../core/movie.ts";
import type { ImageAxis } from "./frame_order.ts";
import { micrometres, seconds } from "./units.ts";

/** A place among the planes of an image, from 0. */
export type PlanePlace = Readonly<Record<ImageAxis["name"], number>>;

/** Where planes are: OME's TiffData. */
export interface OmePlanes {
  /** The first of them. */
  readonly first: PlanePlace;
  /** Page of the first of them, from 0. */
  readonly page: number;
  /** How many; undefined for all that the file has from there. */
  readonly count?: number;
  /** File they are in, where it is named: by its name and by the identity it states of itself. */
  readonly fileName?: string;
  readonly uuid?: string;
}

/** An image of OME-XML: a movie, usually. */
export interface OmeImage {
  /** What planes stand for, the slowest first. */
  readonly axes: readonly ImageAxis[];
  readonly width: number;
  readonly height: number;
  readonly planes: readonly OmePlanes[];
  /** Seconds of planes since the recording began, those that are stated. */
  readonly times: readonly (PlanePlace & { readonly seconds: number })[];
  readonly pixelSize?: PixelSize;
  readonly frameRate?: number;
  readonly startTime?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What OME-XML says of a set of files. */
export interface Ome {
  /** Identity of the file it is in. */
  readonly uuid?: string;
  /** File that holds the description of the set, when this one only refers to it. */
  readonly metadataFile?: string;
  /** The first image, and how many there are. */
  readonly image?: OmeImage;
  readonly images: number;
}

/** Whether a TIFF description is OME-XML. */
export function isOmeXml(text: string): boolean {
  return text.startsWith("<") && /<(?:\w+:)?OME[\s>]/.test(text.slice(0, 4096));
}

/** Reads OME-XML (OME data model 2003 to 2016). Throws `MovieError` when it is damaged; `path` is the file it is in. */
export function parseOme(text: string, path: string): Ome {
  let document: XmlDocument;
  try {
    document = parseXml(text);
  } catch (error) {
    // Elements in elements without end fill the stack.
    const why = error instanceof RangeError
      ? "its elements are nested too deeply"
      : error instanceof Error
      ? error.message.split("\n")[0].replace(/\.$/, "")
      : String(error);
    throw new MovieError(`The OME-XML in "${path}" is damaged: ${why}`);
  }
  const root = document.root!, images = childrenOf(root, "Image");
  const uuid = root.attributes.UUID, metadataFile = childrenOf(root, "BinaryOnly")[0]?.attributes.MetadataFile;
  return {
    images: images.length,
    ...(uuid ? { uuid } : {}),
    ...(metadataFile ? { metadataFile } : {}),
    ...(images.length > 0 ? { image: imageIn(images[0], path) } : {}),
  };
}

function imageIn(image: XmlElement, path: string): OmeImage {
  const [pixels] = childrenOf(image, "Pixels");
  const order = pixels?.attributes.DimensionOrder ?? "XYCZT";
  if (!pixels || !/^XY(?:CZT|CTZ|ZCT|ZTC|TCZ|TZC)$/.test(order)) {
    throw new MovieError(
      `The OME-XML in "${path}" is damaged: its first image has no Pixels with a known DimensionOrder`,
    );
  }
  const size = (name: string) => wholeNumber(pixels, `Size${name}`, 1, path) ?? 1;
  const channels = childrenOf(pixels, "Channel");
  // Samples of a colour pixel count as channels, but share a plane.
  const samples = (channels[0] && wholeNumber(channels[0], "SamplesPerPixel", 1, path)) ?? 1;
  const axes = [...order.slice(2)].reverse().map((name) => ({
    name: name as ImageAxis["name"],
    length: name === "C" ? Math.max(1, Math.floor(size(name) / samples)) : size(name),
  }));
  const began = (childrenOf(image, "AcquisitionDate")[0] ?? childrenOf(image, "CreationDate")[0])?.text.trim();
  const increment = measureOf(pixels, "TimeIncrement", "s", seconds) ?? 0;
  const x = measureOf(pixels, "PhysicalSizeX", "µm", micrometres),
    y = measureOf(pixels, "PhysicalSizeY", "µm", micrometres);
  const names = channels.map(({ attributes }) => attributes.Name ?? attributes.ID ?? "");
  return {
    axes,
    width: size("X"),
    height: size("Y"),
    planes: childrenOf(pixels, "TiffData").map((data) => planesIn(data, path)),
    times: childrenOf(pixels, "Plane").flatMap((plane) => {
      const time = measureOf(plane, "DeltaT", "s", seconds);
      return time === undefined ? [] : [{ ...placeIn(plane, "The", path), seconds: time }];
    }),
    ...(x && y && x > 0 && y > 0 ? { pixelSize: { x, y } } : {}),
    ...(increment > 0 ? { frameRate: Number((1 / increment).toPrecision(9)) } : {}),
    ...(began ? { startTime: began } : {}),
    metadata: {
      ...(image.attributes.Name ? { ImageName: image.attributes.Name } : {}),
      ...(names.some((name) => name !== "") ? { Channels: names } : {}),
    },
  };
}

function planesIn(data: XmlElement, path: string): OmePlanes {
  const [uuid] = childrenOf(data, "UUID");
  const page = wholeNumber(data, "IFD", 0, path);
  // Without a count, a page stands for itself, and a file for all of its pages.
  const count = wholeNumber(data, "PlaneCount", 0, path) ?? wholeNumber(data, "NumPlanes", 0, path) ??
    (page === undefined ? undefined : 1);
  const text = uuid?.text.trim(), fileName = uuid?.attributes.FileName;
  return {
    first: placeIn(data, "First", path),
    page: page ?? 0,
    ...(count === undefined ? {} : { count }),
    ...(text ? { uuid: text } : {}),
    ...(fileName ? { fileName } : {}),
  };
}

function placeIn(element: XmlElement, prefix: string, path: string): PlanePlace {
  const at = (axis: string) => wholeNumber(element, prefix + axis, 0, path) ?? 0;
  return { T: at("T"), Z: at("Z"), C: at("C") };
}

function wholeNumber(element: XmlElement, name: string, least: number, path: string): number | undefined {
  const text = element.attributes[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== "") return value;
  throw new MovieError(
    `The OME-XML in "${path}" is damaged: ${name} of ${localName(element)} is "${text.slice(0, 40)}", ` +
      `and a whole number of at least ${least} is needed`,
  );
}

/** A number with a unit; undefined when it is not stated, or in a unit that is none. */
function measureOf(
  element: XmlElement,
  name: string,
  unit: string,
  factorOf: (unit: string) => number | undefined,
): number | undefined {
  const text = element.attributes[name];
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number((Number(text) * (factorOf(element.attributes[`${name}Unit`] ?? unit) ?? NaN)).toPrecision(15));
  return Number.isFinite(value) ? value : undefined;
}

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child): child is XmlElement =>
    child instanceof XmlElement && localName(child) === name
  );
}

/** The name without the prefix of its namespace. */
function localName({ name }: XmlElement): string {
  return name.slice(name.indexOf(":") + 1);
}
