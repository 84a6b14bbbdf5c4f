import type { ReportContext, Section } from "./context.ts";
import { fieldFigure } from "./field_map.ts";
import { type Insert, markup } from "./markup.ts";
import { unexplainedPeaks } from "../quality/unexplained.ts";
import { counted } from "./numbers.ts";

/** Images of the residual and of the background stand apart from those of the movie. */
const OTHERS = ["background", "residual-correlation", "residual-pnr"];

/** Peaks that are marked. */
const MARKED = 500;

/** The movie in images, with the outlines of the cells. */
export function imagesSection(context: ReportContext): Section {
  const images = context.images.filter(({ name }) => !OTHERS.includes(name));
  return {
    id: "images",
    title: "Images",
    content: images.length === 0
      ? markup`<p>These results hold no images of the movie.</p>`
      : markup`${
        context.cells.length > 0 &&
        markup`<p class="bar live-only" hidden><label><input type="checkbox" id="show-outlines" checked> outlines over the images</label></p>`
      }<div class="figures">${images.map((image) => fieldFigure(context, image))}</div>`,
  };
}

/** What cells do not explain: the background, and what is left. */
export function residualSection(context: ReportContext): Section {
  const { fieldQuality, footprints: { width, height } } = context.extraction;
  const images = context.images.filter(({ name }) => OTHERS.includes(name));
  const { elsewhere, onCells } = unexplainedPeaks(context.extraction);
  const radius = Math.max(3, Math.max(width, height) / 60);
  const circles: Insert = elsewhere.slice(0, MARKED).map(({ x, y }) =>
    markup`<circle class="peak" cx="${x}" cy="${y}" r="${radius}"/>`
  );
  return {
    id: "residual",
    title: "Background and residual",
    content: markup`<p>${
      fieldQuality
        ? peakWords(elsewhere.length, onCells.length)
        : "The residual has not been measured: “annulus evaluate” shows what cells and background leave unexplained."
    }</p><div class="figures">${
      images.map((image) => fieldFigure(context, image, image.name === "background" ? undefined : circles))
    }</div>`,
  };
}

/** What is left over, in words. */
function peakWords(elsewhere: number, onCells: number): string {
  const more = onCells > 0
    ? ` ${counted(onCells, "spot")} on cells ${
      onCells === 1 ? "is" : "are"
    } activity that the cells do not quite explain.`
    : "";
  if (elsewhere === 0) return `Away from the cells nothing is left that reaches min_corr and min_pnr.${more}`;
  return `${counted(elsewhere, "spot")} away from the cells ${
    elsewhere === 1 ? "reaches" : "reach"
  } min_corr and min_pnr (circles): there may be cells that nobody found.${more}`;
}
