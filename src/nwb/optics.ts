import type { PixelSize } from "../core/movie.ts";
import type { NwbWriter } from "./nwb_writer.ts";
import type { Session } from "./session.ts";

/** What the movie says of the field it shows. */
export interface FieldFacts {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Size of a pixel, µm. */
  readonly pixelSize?: PixelSize;
  /** Frames per second of the recording. */
  readonly rate?: number;
}

/** Where the optics' objects are. */
export interface Optics {
  /** The microscope. */
  readonly device: string;
  /** The field it looked at. */
  readonly plane: string;
}

/**
 * Writes the microscope, the field it looked at and the light it kept, which NWB wants of every movie and every cell. What neither the session
 * nor the movie says is "unknown", or NaN for wavelengths.
 */
export function writeOptics(nwb: NwbWriter, session: Session, field: FieldFacts): Optics {
  const { file } = nwb, { width, height, pixelSize, rate } = field;
  const { name: deviceName = "Microscope", ...deviceFacts } = session.device ?? {};
  const { name: planeName = "ImagingPlane", description, ...plane } = session.imaging_plane ?? {};
  const { name: channelName = "OpticalChannel", ...channel } = session.optical_channel ?? {};
  const devicePath = `/general/devices/${deviceName}`, path = `/general/optophysiology/${planeName}`;
  file.group("/general/devices");
  nwb.object(devicePath, "Device", { description: "One-photon microscope", ...deviceFacts });
  file.group("/general/optophysiology");
  nwb.object(path, "ImagingPlane");
  nwb.text(`${path}/description`, String(description ?? `Field of view of ${width} × ${height} pixels`));
  nwb.text(`${path}/indicator`, String(plane.indicator ?? "unknown"));
  nwb.text(`${path}/location`, String(plane.location ?? "unknown"));
  nwb.number(`${path}/excitation_lambda`, Number(plane.excitation_lambda ?? NaN));
  if (plane.reference_frame !== undefined) nwb.text(`${path}/reference_frame`, String(plane.reference_frame));
  if (rate !== undefined) nwb.number(`${path}/imaging_rate`, rate);
  if (pixelSize !== undefined) {
    file.numbers(`${path}/grid_spacing`, [2], Float64Array.of(pixelSize.x / 1e6, pixelSize.y / 1e6));
    file.attribute(`${path}/grid_spacing`, "unit", "meters");
  }
  nwb.object(`${path}/${channelName}`, "OpticalChannel");
  nwb.text(`${path}/${channelName}/description`, String(channel.description ?? "Fluorescence of the indicator"));
  nwb.number(`${path}/${channelName}/emission_lambda`, Number(channel.emission_lambda ?? NaN));
  file.softLink(`${path}/device`, devicePath);
  return { device: devicePath, plane: path };
}
