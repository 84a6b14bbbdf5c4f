/** A colour as red, green, blue, each 0–255. */
export type Colour = readonly [number, number, number];

export const BLACK: Colour = [0, 0, 0];
export const WHITE: Colour = [255, 255, 255];

/**
 * The colour of a lightness (0–1), chroma (0–0.32) and hue (degrees) in Oklab (Ottosson 2020, "A perceptual color space for image processing"),
 * where equal steps look equal. Colours that a screen cannot show lose chroma until it can.
 */
export function perceptualColour(lightness: number, chroma: number, hue: number): Colour {
  for (let c = chroma; c > 0.001; c *= 0.95) {
    const linear = oklabToLinear(lightness, c, hue);
    if (linear.every((part) => part >= 0 && part <= 1)) {
      return [screen(linear[0]), screen(linear[1]), screen(linear[2])];
    }
  }
  const grey = screen(Math.min(1, Math.max(0, lightness ** 3)));
  return [grey, grey, grey];
}

/** A map of 256 colours whose lightness rises evenly from almost black over purple, red and orange to pale yellow. */
export const HEAT: readonly Colour[] = Array.from({ length: 256 }, (_, i) => {
  const position = i / 255;
  const lightness = 0.12 + 0.84 * position;
  // Chroma must vanish towards black and white; the hue turns from violet (290°) through red (380° = 20°) to yellow (460° = 100°).
  const chroma = 0.21 * Math.sin(Math.PI * Math.min(1, 0.12 + 0.8 * position)) ** 0.8;
  return perceptualColour(lightness, chroma, 290 + 170 * position);
});

/** 256 greys. */
export const GREY: readonly Colour[] = Array.from({ length: 256 }, (_, i): Colour => [i, i, i]);

/** Colours for cells: neighbours in number differ by the golden angle in hue, and every third in lightness. */
export function cellColour(k: number): Colour {
  return perceptualColour([0.76, 0.68, 0.85][k % 3], 0.22, (40 + k * 137.508) % 360);
}

function oklabToLinear(lightness: number, chroma: number, hue: number): [number, number, number] {
  const a = chroma * Math.cos(hue * Math.PI / 180), b = chroma * Math.sin(hue * Math.PI / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** Linear light to the 8-bit value of an sRGB screen. */
function screen(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
