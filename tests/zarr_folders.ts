/** Zarr folders for tests: those of zarr-python in fixtures/zarr, and others made by hand. */
import { dirname, join } from "node:path";
import zlib from "node:zlib";

const fixtures: Record<string, Record<string, string>> = JSON.parse(
  await Deno.readTextFile(new URL("fixtures/zarr/folders.json", import.meta.url)),
);

/** Files by their path in a folder. */
export type Files = Readonly<Record<string, Uint8Array<ArrayBuffer> | string | object>>;

/** The files of a folder that zarr-python made. */
export function fixture(name: string): Record<string, Uint8Array<ArrayBuffer>> {
  return Object.fromEntries(
    Object.entries(fixtures[name]).map((
      [path, text],
    ) => [path, Uint8Array.from(atob(text), (one) => one.charCodeAt(0))]),
  );
}

/** Writes files into a folder, which is emptied before: bytes, texts, and objects as JSON. */
export async function writeFiles(folder: string, files: Files): Promise<string> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
    const bytes = content instanceof Uint8Array
      ? content
      : new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
    await Deno.writeFile(join(folder, name), bytes);
  }
  return folder;
}

/** The movie of the fixtures: 6 frames of 5 rows and 7 columns. */
export function fixtureFrames(): Uint16Array<ArrayBuffer> {
  return Uint16Array.from({ length: 210 }, (_, i) => {
    const t = Math.floor(i / 35), y = Math.floor(i / 7) % 5, x = i % 7;
    return (1000 * t + 31 * y + 7 * x) % 4093;
  });
}

/** Metadata of an array of uint16, version 2, with changes. */
export function zarray(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    zarr_format: 2,
    shape: [6, 5, 7],
    chunks: [4, 3, 4],
    dtype: "<u2",
    compressor: { id: "zlib", level: 1 },
    fill_value: 0,
    order: "C",
    filters: null,
    ...changes,
  };
}

/** Metadata of an array of uint16, version 3, with changes. */
export function zarrJson(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    zarr_format: 3,
    node_type: "array",
    shape: [6, 5, 7],
    data_type: "uint16",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [4, 3, 4] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "gzip", configuration: { level: 5 } }],
    attributes: {},
    ...changes,
  };
}

/** The chunks of an array of 6×5×7 in a grid of 4×3×4, each as its samples, row-major and filled up with 0. */
export function gridChunks(frames: Uint16Array, sizes: readonly number[] = [4, 3, 4]): [number[], Uint16Array][] {
  const shape = [6, 5, 7], all: [number[], Uint16Array][] = [];
  for (let a = 0; a * sizes[0] < 6; a++) {
    for (let b = 0; b * sizes[1] < 5; b++) {
      for (let c = 0; c * sizes[2] < 7; c++) {
        const chunk = new Uint16Array(sizes[0] * sizes[1] * sizes[2]);
        for (let i = 0; i < chunk.length; i++) {
          const t = a * sizes[0] + Math.floor(i / sizes[1] / sizes[2]);
          const y = b * sizes[1] + Math.floor(i / sizes[2]) % sizes[1], x = c * sizes[2] + i % sizes[2];
          if (t < shape[0] && y < shape[1] && x < shape[2]) chunk[i] = frames[(t * 5 + y) * 7 + x];
        }
        all.push([[a, b, c], chunk]);
      }
    }
  }
  return all;
}

/** Samples as bytes, in this machine's order. */
export function bytesOf(samples: Uint16Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(samples.slice().buffer);
}

/** A whole array of version 2 in a folder of its own: compressed with zlib. */
export function zarr2(
  frames: Uint16Array,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, Uint8Array<ArrayBuffer> | object> {
  const chunks = gridChunks(frames).map((
    [index, chunk],
  ) => [index.join("."), new Uint8Array(zlib.deflateSync(bytesOf(chunk)))]);
  return { ".zarray": zarray(changes), ...Object.fromEntries(chunks) };
}

/** A whole array of version 3 in a folder of its own: compressed with gzip. */
export function zarr3(
  frames: Uint16Array,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, Uint8Array<ArrayBuffer> | object> {
  const chunks = gridChunks(frames).map((
    [index, chunk],
  ) => [`c/${index.join("/")}`, new Uint8Array(zlib.gzipSync(bytesOf(chunk)))]);
  return { "zarr.json": zarrJson(changes), ...Object.fromEntries(chunks) };
}

/** Files one folder deeper. */
export function under(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
}
