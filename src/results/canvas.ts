import { BLACK, type Colour } from "./colours.ts";
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphPixel } from "./font.ts";

/** Where a text's point lies within it: left, centre or right, at mid-height. */
export type Anchor = "left" | "centre" | "right";

/** An RGB picture in memory with the few drawing operations that the result pictures need. Coordinates are pixels; drawing outside is ignored. */
export class Canvas {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Red, green, blue of each pixel, row by row. */
  readonly data: Uint8Array;

  /** A picture filled with one colour (default black). */
  constructor(width: number, height: number, background: Colour = BLACK) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(3 * width * height);
    this.rectangle(0, 0, width, height, background);
  }

  /** Mixes a colour into one pixel; `opacity` 0–1. */
  blend(x: number, y: number, colour: Colour, opacity = 1): void {
    if (!(x >= 0 && y >= 0 && x < this.width && y < this.height)) return;
    const at = 3 * (y * this.width + x);
    for (let c = 0; c < 3; c++) {
      this.data[at + c] = Math.round(this.data[at + c] + (colour[c] - this.data[at + c]) * opacity);
    }
  }

  /** Fills a rectangle of whole pixels. */
  rectangle(left: number, top: number, width: number, height: number, colour: Colour, opacity = 1): void {
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) this.blend(x, y, colour, opacity);
    }
  }

  /** Draws a smooth straight line between two points; pixel centres are at whole coordinates. */
  line(x0: number, y0: number, x1: number, y1: number, colour: Colour, thickness = 1, opacity = 1): void {
    const reach = thickness / 2 + 1;
    const dx = x1 - x0, dy = y1 - y0, lengthSquared = dx * dx + dy * dy;
    const right = Math.ceil(Math.max(x0, x1) + reach), bottom = Math.ceil(Math.max(y0, y1) + reach);
    for (let y = Math.floor(Math.min(y0, y1) - reach); y <= bottom; y++) {
      for (let x = Math.floor(Math.min(x0, x1) - reach); x <= right; x++) {
        const along = lengthSquared === 0 ? 0 : ((x - x0) * dx + (y - y0) * dy) / lengthSquared;
        const nearest = Math.min(1, Math.max(0, along));
        const distance = Math.hypot(x - x0 - nearest * dx, y - y0 - nearest * dy);
        const cover = thickness / 2 + 0.5 - distance;
        if (cover > 0) this.blend(x, y, colour, opacity * Math.min(1, cover));
      }
    }
  }

  /** Draws a smooth circle. */
  circle(x: number, y: number, radius: number, colour: Colour, thickness = 1): void {
    const reach = radius + thickness / 2 + 1;
    for (let row = Math.floor(y - reach); row <= y + reach; row++) {
      for (let column = Math.floor(x - reach); column <= x + reach; column++) {
        const cover = thickness / 2 + 0.5 - Math.abs(Math.hypot(column - x, row - y) - radius);
        if (cover > 0) this.blend(column, row, colour, Math.min(1, cover));
      }
    }
  }

  /** Writes a text beside a point, optionally with an outline in another colour, which keeps it legible on any ground. */
  text(
    x: number,
    y: number,
    text: string,
    colour: Colour,
    { scale = 1, anchor = "left", outline }: { scale?: number; anchor?: Anchor; outline?: Colour } = {},
  ): void {
    const width = textWidth(text, scale);
    const left = Math.round(anchor === "left" ? x : anchor === "right" ? x - width : x - width / 2);
    const top = Math.round(y - 3.5 * scale);
    if (outline) {
      for (let oy = -1; oy <= 1; oy++) {
        for (let ox = -1; ox <= 1; ox++) this.#glyphs(left + ox, top + oy, text, outline, scale);
      }
    }
    this.#glyphs(left, top, text, colour, scale);
  }

  #glyphs(left: number, top: number, text: string, colour: Colour, scale: number): void {
    let x = left;
    for (const character of text) {
      for (let row = 0; row < GLYPH_HEIGHT; row++) {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (glyphPixel(character, column, row)) {
            this.rectangle(x + column * scale, top + row * scale, scale, scale, colour);
          }
        }
      }
      x += (GLYPH_WIDTH + 1) * scale;
    }
  }
}

/** Pixels that a text is wide. */
export function textWidth(text: string, scale = 1): number {
  return Math.max(0, [...text].length * (GLYPH_WIDTH + 1) - 1) * scale;
}
