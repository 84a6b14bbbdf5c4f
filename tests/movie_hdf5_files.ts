/** Small HDF5 files for the tests of movies. */
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";

/** Frames, rows and columns of the movies that are made here. */
export const FRAMES = 13, HEIGHT = 5, WIDTH = 7;

/** The samples of those movies, frames × rows × columns: numbers over the whole range, the same as in fixtures/hdf5. */
export function counts(): Uint16Array {
  return Uint16Array.from({ length: FRAMES * HEIGHT * WIDTH }, (_, i) => (i * 7919) % 65536);
}

/** The samples in another order of the axes, such as "YXT". */
export function turned(axes: string): Uint16Array {
  const samples = counts(), extent = { T: FRAMES, Y: HEIGHT, X: WIDTH }, into = new Uint16Array(samples.length);
  const [a, b, c] = axes as unknown as ("T" | "Y" | "X")[], at = { T: 0, Y: 0, X: 0 };
  let i = 0;
  for (at[a] = 0; at[a] < extent[a]; at[a]++) {
    for (at[b] = 0; at[b] < extent[b]; at[b]++) {
      for (at[c] = 0; at[c] < extent[c]; at[c]++) into[i++] = samples[(at.T * HEIGHT + at.Y) * WIDTH + at.X];
    }
  }
  return into;
}

/** The shape that belongs to `turned`. */
export function shapeOf(axes: string): number[] {
  return [...axes].map((axis) => ({ T: FRAMES, Y: HEIGHT, X: WIDTH })[axis]!);
}

/** Writes an HDF5 file. */
export async function hdf5File(path: string, write: (writer: Hdf5Writer) => void): Promise<string> {
  const writer = await Hdf5Writer.create(path);
  write(writer);
  writer.close();
  return path;
}

/** Puts MATLAB's header before an HDF5 file, as its user block. */
export async function asMatlab(path: string): Promise<string> {
  const data = await Deno.readFile(path), file = new Uint8Array(512 + data.length);
  file.fill(32, 0, 116);
  file.set(new TextEncoder().encode("MATLAB 7.3 MAT-file, Platform: GLNXA64"));
  file.set(data, 512);
  await Deno.writeFile(path, file);
  return path;
}

/** Writes what makes a file an NWB file with an imaging plane, without a series. */
export function nwbSession(writer: Hdf5Writer): void {
  writer.attribute("/", "nwb_version", "2.8.0");
  writer.text("/session_description", "a test");
  writer.text("/identifier", "one");
  writer.text("/session_start_time", "2024-05-06T07:08:09+02:00");
  for (const path of ["/acquisition", "/processing", "/general", "/general/devices", "/general/devices/scope"]) {
    writer.group(path);
  }
  writer.attribute("/general/devices/scope", "description", "V4");
  writer.text("/general/lab", "a lab");
  writer.group("/general/subject");
  writer.text("/general/subject/subject_id", "M1");
  writer.group("/general/optophysiology");
  const plane = "/general/optophysiology/plane";
  writer.group(plane);
  writer.numbers(`${plane}/grid_spacing`, [2], Float32Array.of(2.5e-6, 2.25e-6));
  writer.attribute(`${plane}/grid_spacing`, "unit", "meters");
  writer.softLink(`${plane}/device`, "/general/devices/scope");
}

/** Begins a series: its group, type and imaging plane. */
export function nwbSeries(writer: Hdf5Writer, path: string, type = "OnePhotonSeries"): void {
  writer.group(path);
  writer.attribute(path, "neurodata_type", type);
  writer.attribute(path, "namespace", "core");
  writer.softLink(`${path}/imaging_plane`, "/general/optophysiology/plane");
}
