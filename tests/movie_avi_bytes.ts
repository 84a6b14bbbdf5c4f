/** AVI files made for tests. */

/** How a test's AVI file is made. */
export interface TestAvi {
  readonly width: number;
  readonly height: number;
  /** Negative: rows from the top, as the header says it. Default: as `height`. */
  readonly signedHeight?: number;
  /** Default: four NULs. */
  readonly codec?: string;
  /** Default: 8. */
  readonly bits?: number;
  /** Colours, blue green red 0. Default: none. */
  readonly palette?: Uint8Array;
  /** The pictures as they are stored; empty ones are empty slots. */
  readonly pictures: readonly Uint8Array[];
  /** Slots per second. Default: 20. */
  readonly rate?: number;
  /** Slots that the header promises. Default: as many as there are. */
  readonly promised?: number;
  /** Default: "plain" (offsets from the word "movi"). */
  readonly index?: "plain" | "absolute" | "opendml" | "field" | "none";
  /** Pictures per RIFF segment (OpenDML). Default: all in one. */
  readonly perSegment?: number;
  /** Whether an audio stream comes first, with a chunk beside every picture. Default: no. */
  readonly audio?: boolean;
  /** Whether pictures lie in "rec " lists with JUNK between. Default: no. */
  readonly records?: boolean;
  /** Whether sizes of lists were never filled in. Default: no. */
  readonly unfinished?: boolean;
}

function text(four: string): number[] {
  return [...four].map((c) => c.charCodeAt(0));
}

function words(...values: number[]): number[] {
  return values.flatMap((value) => [value & 255, value >>> 8 & 255, value >>> 16 & 255, value >>> 24 & 255]);
}

function chunk(id: string, bytes: ArrayLike<number>): number[] {
  const body = Array.from(bytes);
  return [...text(id), ...words(body.length), ...body, ...(body.length % 2 ? [0] : [])];
}

function list(kind: string, ...parts: number[][]): number[] {
  return chunk("LIST", [...text(kind), ...parts.flat()]);
}

/** An AVI file. */
export function aviBytes(avi: TestAvi): Uint8Array {
  const { width, height, pictures, rate = 20, index = "plain", perSegment = Math.max(1, pictures.length) } = avi;
  const codec = avi.codec ?? "\0\0\0\0", palette = avi.palette ?? new Uint8Array(0), id = avi.audio ? "01dc" : "00dc";
  const openDml = index === "opendml" || index === "field";
  const segments = Array.from(
    { length: Math.ceil(pictures.length / perSegment) || 1 },
    (_, i) => pictures.slice(i * perSegment, (i + 1) * perSegment),
  );
  const strh = (kind: string, four: string) =>
    chunk("strh", [
      ...[...text(kind), ...text(four), ...words(0, 0, 0, 1, rate, 0, avi.promised ?? pictures.length)],
      ...words(0, 0xffffffff, 0, 0, 0),
    ]);
  const strf = chunk("strf", [
    ...words(40, width, avi.signedHeight ?? height),
    ...[1, 0, avi.bits ?? 8, 0],
    ...text(codec),
    ...words(0, 0, 0, palette.length / 4, 0),
    ...palette,
  ]);
  /** The head of the file, with the positions of the OpenDML indices. */
  const head = (indices: readonly [number, number][]) => {
    const entries = indices.flatMap(([position, bytes]) => words(position, 0, bytes, 0));
    const indx = chunk("indx", [...[4, 0, 0, 0], ...words(indices.length), ...text(id), ...words(0, 0, 0), ...entries]);
    const sound = list("strl", strh("auds", "\0\0\0\0"), chunk("strf", new Uint8Array(18)));
    const video = list("strl", strh("vids", codec), strf, ...(openDml ? [indx] : []));
    return list("hdrl", chunk("avih", new Uint8Array(56)), ...(avi.audio ? [sound] : []), video);
  };
  const bytes: number[] = [], indices: [number, number][] = [];
  const headBytes = head(segments.map(() => [0, 0])).length;
  const plain: number[] = [];
  segments.forEach((pictures, segment) => {
    const start = bytes.length, body: number[] = [];
    const before = start + 12 + (segment === 0 ? headBytes : 0) + 12;
    const found: [number, number][] = [];
    for (const picture of pictures) {
      const parts: number[] = [];
      if (avi.audio) parts.push(...chunk("00wb", [1, 2, 3]));
      if (avi.records) parts.push(...chunk("JUNK", [9, 9, 9, 9]));
      const at = body.length + parts.length + (avi.records ? 12 : 0);
      found.push([before + at + 8, picture.length]);
      if (avi.audio) plain.push(...text("00wb"), ...words(0x10, body.length + 4, 3));
      plain.push(...text(id), ...words(0x10, index === "absolute" ? before + at : at + 4, picture.length));
      parts.push(...chunk(id, picture));
      body.push(...(avi.records ? list("rec ", parts) : parts));
    }
    if (openDml) {
      const entries = found.flatMap(([position, size]) =>
        index === "field" ? words(position - start, size, position - start) : words(position - start, size)
      );
      const kind = index === "field" ? [3, 0, 1, 1] : [2, 0, 0, 1];
      const ix = chunk("ix00", [...kind, ...words(found.length), ...text(id), ...words(start, 0, 0), ...entries]);
      indices.push([before + body.length, ix.length]);
      body.push(...ix);
    }
    const movi = list("movi", body);
    const tail = segment === 0 && (index === "plain" || index === "absolute") ? chunk("idx1", plain) : [];
    const hole = segment === 0 ? new Array<number>(headBytes).fill(0) : [];
    if (avi.unfinished) movi.splice(4, 4, 0, 0, 0, 0);
    const riff = chunk("RIFF", [...text(segment === 0 ? "AVI " : "AVIX"), ...hole, ...movi, ...tail]);
    if (avi.unfinished) riff.splice(4, 4, 0, 0, 0, 0);
    for (const byte of riff) bytes.push(byte);
  });
  const file = Uint8Array.from(bytes);
  file.set(head(indices.length > 0 ? indices : segments.map(() => [0, 0])), 12);
  return file;
}

/** Grey pictures of a test movie: smooth enough for JPEG, different in every pixel's history. */
export function testPictures(width: number, height: number, frames: number): Uint8Array[] {
  return Array.from({ length: frames }, (_, t) =>
    Uint8Array.from({ length: width * height }, (_, i) => {
      const x = i % width, y = Math.floor(i / width);
      return (3 * x + 5 * y + 7 * t + (x * y) % 11) % 256;
    }));
}
