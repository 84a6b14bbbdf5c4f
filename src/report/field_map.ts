import { HEAT } from "../results/colours.ts";
import { shortNumber } from "../results/ticks.ts";
import type { CellFacts } from "./cell_facts.ts";
import type { ReportContext } from "./context.ts";
import type { FieldImage } from "./field_images.ts";
import { type Insert, type Markup, markup } from "./markup.ts";
import { place } from "./plot.ts";

/** Values of each channel of the colours: so many, evenly, are as good as all. */
const STEPS = 17;

/** What every picture of the field refers to: the images, once, and the colours that values are shown in. */
export function definitions({ images }: ReportContext): Markup {
  const channel = (i: 0 | 1 | 2) =>
    Array.from({ length: STEPS }, (_, s) => {
      return Math.round(1000 * HEAT[Math.round(s * 255 / (STEPS - 1))][i] / 255) / 1000;
    }).join(" ");
  return markup`<svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<filter id="heat" color-interpolation-filters="sRGB" x="0" y="0" width="1" height="1"><feComponentTransfer>
<feFuncR type="table" tableValues="${channel(0)}"/><feFuncG type="table" tableValues="${channel(1)}"/>
<feFuncB type="table" tableValues="${channel(2)}"/></feComponentTransfer></filter>
<linearGradient id="heat-scale">${gradient(true)}</linearGradient>
<linearGradient id="grey-scale">${gradient(false)}</linearGradient>
${
    images.map(({ name, uri, width, height, isHeat }) =>
      markup`<image id="image-${name}" x="-0.5" y="-0.5" width="${width}" height="${height}" preserveAspectRatio="none" ${
        isHeat && markup`filter="url(#heat)"`
      } href="${uri}"/>
`
    )
  }</defs></svg>`;
}

function gradient(isHeat: boolean): Insert {
  return Array.from({ length: STEPS }, (_, s) => {
    const share = s / (STEPS - 1), grey = Math.round(255 * share);
    const [red, green, blue] = isHeat ? HEAT[grey] : [grey, grey, grey];
    return markup`<stop offset="${share}" stop-color="rgb(${red},${green},${blue})"/>`;
  });
}

/** The field with the outlines of the cells, which the page's script makes selectable. */
export function fieldMap(context: ReportContext): Markup {
  const { extraction: { footprints: { width, height } }, cells, images } = context;
  const many = cells.length === 1 ? "1 cell" : `${cells.length} cells`;
  return markup`<svg id="map" class="field" viewBox="-0.5 -0.5 ${width} ${height}" role="img" aria-label="Outlines of ${many} over the ${
    images[0]?.title.toLowerCase() ?? "field"
  }">
<rect class="ground" x="-0.5" y="-0.5" width="${width}" height="${height}"/>
${images[0] && markup`<use id="map-image" href="#image-${images[0].name}"/>`}
<g id="outlines">${order(cells).map((k) => outline(cells[k], k))}</g>
<g id="numbers" class="numbers" font-size="${place(Math.max(width, height) / 58)}">${
    cells.map((cell, k) =>
      Number.isFinite(cell.x) &&
      markup`<text class="${stateOf(cell)}" data-k="${k}" x="${place(cell.x)}" y="${
        place(cell.y)
      }" dy="0.35em">${cell.number}</text>`
    )
  }</g></svg>`;
}

/** Cells that were set aside first, so that the others lie on top of them. */
function order(cells: readonly CellFacts[]): number[] {
  const aside = (k: number) => Number(cells[k].isAccepted === false);
  return [...cells.keys()].sort((a, b) => aside(b) - aside(a) || a - b);
}

function outline(cell: CellFacts, k: number): Insert {
  if (cell.outline === "") return undefined;
  return markup`<path class="cell ${stateOf(cell)}" data-k="${k}" d="${cell.outline}"><title>Cell ${cell.number}, ${
    stateText(cell)
  }</title></path>
`;
}

/** The style of a cell's state. */
export function stateOf({ isAccepted }: CellFacts): string {
  return isAccepted === false ? "aside" : "kept";
}

/** A cell's state in words. */
export function stateText({ isAccepted }: CellFacts): string {
  return isAccepted === undefined ? "not judged" : isAccepted ? "accepted" : "set aside";
}

/** One image of the field with its scale and, where wanted, the cells' outlines and marks. */
export function fieldFigure(context: ReportContext, image: FieldImage, marks?: Insert): Markup {
  const { extraction: { footprints: { width, height } } } = context, { name, title, caption, unit, low, high } = image;
  return markup`<figure class="image"><svg class="field" viewBox="-0.5 -0.5 ${width} ${height}" role="img" aria-label="${title} image">
<rect class="ground" x="-0.5" y="-0.5" width="${width}" height="${height}"/><use href="#image-${name}"/>
<use class="overlay" href="#outlines"/>${marks}</svg>
<figcaption><strong>${title}</strong>${
    scaleBar(image.isHeat, low, high, unit)
  }<span>${caption}</span></figcaption></figure>`;
}

function scaleBar(isHeat: boolean, low: number, high: number, unit: string): Markup {
  return markup`<span class="scale"><span>${
    shortNumber(low, high - low)
  }</span><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="8" fill="url(#${
    isHeat ? "heat" : "grey"
  }-scale)"/></svg><span>${shortNumber(high, high - low)}${unit && ` ${unit}`}</span></span>`;
}
