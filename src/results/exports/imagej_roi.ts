import type { Loop, OutlinePart } from "./outline.ts";

/** What a region of interest is called and looks like in ImageJ. */
export interface RoiDescription {
  /** Its name in the ROI Manager. */
  readonly name: string;
  /** Colour of its line: red, green, blue. */
  readonly colour: readonly [number, number, number];
  /** Properties, as ImageJ's `Roi.getProperty` gives them; names without spaces and colons. */
  readonly properties: Readonly<Record<string, string | number>>;
}

/** Version of the format: the one that ImageJ 1.52 to 1.54 writes. */
const VERSION = 227;
/** Bytes of each of the two headers. */
const HEADER_BYTES = 64;
/** Kinds of regions: an outline as the wand tool traces it; a frame around a shape of several lines. */
const TRACED = 8, RECTANGLE = 1;
/** Segments of a shape. */
const MOVE = 0, LINE = 1, CLOSE = 4;

/**
 * The bytes of an ImageJ region of interest (`.roi`) with exactly the pixels of the parts inside. A single part without holes is a traced
 * outline, with a corner of pixels per point; anything else is a composite of lines, holes among them. Source: the layout that
 * ij.io.RoiDecoder of ImageJ reads. Throws `RangeError` where it lies beyond the 32767 pixels that the format can address.
 *
 * @param parts At least one.
 */
export function imageJRoi(parts: readonly OutlinePart[], description: RoiDescription): Uint8Array {
  const loops = parts.flatMap(({ edge, holes }) => [edge, ...holes]), box = boxOf(loops);
  if (box.right > 0x7fff || box.bottom > 0x7fff) {
    throw new RangeError(`${description.name} lies beyond pixel 32767, the last one that ImageJ's ROI files can tell`);
  }
  const single = loops.length === 1;
  const shape = single ? [] : segments(loops), points = single ? loops[0].length / 2 : 0;
  const properties = Object.entries(description.properties).map(([name, value]) => `${name}: ${value}\n`).join("");
  const bodyBytes = single ? 4 * points : 4 * shape.length;
  const second = HEADER_BYTES + bodyBytes, names = second + HEADER_BYTES, rest = names + 2 * description.name.length;
  const view = new DataView(new ArrayBuffer(rest + 2 * properties.length));
  putText(view, 0, "Iout");
  view.setInt16(4, VERSION);
  view.setUint8(6, single ? TRACED : RECTANGLE);
  [box.top, box.left, box.bottom, box.right].forEach((value, i) => view.setInt16(8 + 2 * i, value));
  view.setUint16(16, points);
  view.setInt32(36, shape.length);
  const [red, green, blue] = description.colour;
  [0xff, red, green, blue].forEach((value, i) => view.setUint8(40 + i, value));
  view.setInt32(60, second);
  for (let i = 0; i < points; i++) {
    view.setInt16(HEADER_BYTES + 2 * i, loops[0][2 * i] - box.left);
    view.setInt16(HEADER_BYTES + 2 * (points + i), loops[0][2 * i + 1] - box.top);
  }
  shape.forEach((value, i) => view.setFloat32(HEADER_BYTES + 4 * i, value));
  view.setInt32(second + 16, names);
  view.setInt32(second + 20, description.name.length);
  view.setInt32(second + 40, properties === "" ? 0 : rest);
  view.setInt32(second + 44, properties.length);
  putUtf16(view, names, description.name);
  putUtf16(view, rest, properties);
  return new Uint8Array(view.buffer);
}

/** Lines as the segments of a Java path: a move, lines, and a close each, in the field's coordinates. */
function segments(loops: readonly Loop[]): number[] {
  return loops.flatMap((loop) => {
    const points: number[] = [];
    for (let i = 0; i < loop.length; i += 2) points.push(i === 0 ? MOVE : LINE, loop[i], loop[i + 1]);
    return [...points, CLOSE];
  });
}

function boxOf(loops: readonly Loop[]): { left: number; top: number; right: number; bottom: number } {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const loop of loops) {
    for (let i = 0; i < loop.length; i += 2) {
      box.left = Math.min(box.left, loop[i]);
      box.right = Math.max(box.right, loop[i]);
      box.top = Math.min(box.top, loop[i + 1]);
      box.bottom = Math.max(box.bottom, loop[i + 1]);
    }
  }
  return box;
}

function putText(view: DataView, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
}

function putUtf16(view: DataView, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint16(at + 2 * i, text.charCodeAt(i));
}
