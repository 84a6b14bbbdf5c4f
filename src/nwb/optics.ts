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

/** A part of a field, whose pixels may be averages of blocks of that field's. */
export interface FieldPart {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Pixels of the whole field that were left out before the first one, along x and y. */
  readonly left: number;
  readonly top: number;
  /** Side of the blocks of the whole field's pixels that are one of its own. */
  readonly binning: number;
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
  const { file } = nwb, { name: deviceName = "Microscope", ...deviceFacts } = session.device ?? {};
  const device = `/general/devices/${deviceName}`, plane = `/general/optophysiology/${planeName(session)}`;
  file.group("/general/devices");
  nwb.object(device, "Device", { description: "One-photon microscope", ...deviceFacts });
  file.group("/general/optophysiology");
  const { width, height, pixelSize } = field;
  const text = session.imaging_plane?.description ?? `Field of view of ${width} × ${height} pixels`;
  writePlane(nwb, plane, session, { description: String(text), device, rate: field.rate });
  if (session.imaging_plane?.reference_frame !== undefined) {
    nwb.text(`${plane}/reference_frame`, String(session.imaging_plane.reference_frame));
  }
  if (pixelSize !== undefined) writeMetres(nwb, `${plane}/grid_spacing`, pixelSize.x, pixelSize.y);
  return { device, plane };
}

/**
 * Writes the part of a field that was analysed as a plane of its own, since its pixels are not those of the recording.
 * @param field The whole field, which `writeOptics` wrote.
 * @returns The path of its plane.
 */
export function writeAnalysedPart(
  nwb: NwbWriter,
  session: Session,
  field: FieldFacts,
  { device, plane }: Optics,
  { width, height, left, top, binning }: FieldPart,
): string {
  const { pixelSize, rate } = field, path = `${plane}Analysed`, blocks = binning > 1;
  const description = `The part of ${planeName(session)} that was analysed, ${width} × ${height} pixels, ` +
    (blocks ? `each the average of ${binning} × ${binning} of its pixels` : "which are its pixels") +
    `: the first one ${blocks ? "begins" : "lies"} at column ${left} and row ${top}, counted from 0`;
  writePlane(nwb, path, session, { description, device, rate });
  if (pixelSize === undefined) return path;
  const { x, y } = pixelSize, middle = (binning - 1) / 2;
  writeMetres(nwb, `${path}/grid_spacing`, binning * x, binning * y);
  writeMetres(nwb, `${path}/origin_coords`, (left + middle) * x, (top + middle) * y);
  nwb.text(`${path}/reference_frame`, `The centre of the first pixel of ${planeName(session)}; x to the right, y down`);
  return path;
}

function planeName({ imaging_plane }: Session): string {
  return String(imaging_plane?.name ?? "ImagingPlane");
}

/** What is said of a plane beside its pixels. */
interface PlaneFacts {
  readonly description: string;
  /** Path of the microscope. */
  readonly device: string;
  readonly rate?: number | undefined;
}

function writePlane(nwb: NwbWriter, path: string, session: Session, { description, device, rate }: PlaneFacts): void {
  const { indicator = "unknown", location = "unknown", excitation_lambda = NaN } = session.imaging_plane ?? {};
  const { name: channelName = "OpticalChannel", ...channel } = session.optical_channel ?? {};
  nwb.object(path, "ImagingPlane");
  nwb.text(`${path}/description`, description);
  nwb.text(`${path}/indicator`, String(indicator));
  nwb.text(`${path}/location`, String(location));
  nwb.number(`${path}/excitation_lambda`, Number(excitation_lambda));
  if (rate !== undefined) nwb.number(`${path}/imaging_rate`, rate);
  nwb.object(`${path}/${channelName}`, "OpticalChannel");
  nwb.text(`${path}/${channelName}/description`, String(channel.description ?? "Fluorescence of the indicator"));
  nwb.number(`${path}/${channelName}/emission_lambda`, Number(channel.emission_lambda ?? NaN));
  nwb.file.softLink(`${path}/device`, device);
}

/** Lengths along x and y, from µm. */
function writeMetres(nwb: NwbWriter, path: string, x: number, y: number): void {
  nwb.file.numbers(path, [2], Float64Array.of(x / 1e6, y / 1e6));
  nwb.file.attribute(path, "unit", "meters");
}
