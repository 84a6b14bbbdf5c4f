/** Colours of the page's canvases: maps for images and measures, and a colour per cell. */

/** A colour map: 256 colours as red, green, blue, 0–255 each. */
export type ColourMap = Uint8Array;

/** Evenly spaced colours of each map; viridis, inferno and magma by Smith and van der Walt, cividis by Nuñez, Anderton and Renslow. */
const ANCHORS: Readonly<Record<string, string>> = {
  grey: "000000 ffffff",
  viridis: "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725",
  inferno: "000004 160b39 420a68 6a176e 932667 bc3754 dd513a f37819 fca50a f6d746 fcffa4",
  magma: "000004 140e36 3b0f70 641a80 8c2981 b73779 de4968 f7705c fe9f6d fecf92 fcfdbf",
  cividis: "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
  "white to black": "ffffff 000000",
};

/** Names of the maps, in the order to offer them. */
export const MAP_NAMES: readonly string[] = Object.keys(ANCHORS);

const made = new Map<string, ColourMap>();

/** A map by its name; grey when there is none of that name. */
export function colourMap(name: string): ColourMap {
  const known = made.get(name);
  if (known) return known;
  const anchors = (ANCHORS[name] ?? ANCHORS.grey).split(" ").map((hex) => parseInt(hex, 16));
  const map = new Uint8Array(3 * 256);
  for (let i = 0; i < 256; i++) {
    const position = i / 255 * (anchors.length - 1), left = Math.min(anchors.length - 2, Math.floor(position));
    for (let part = 0; part < 3; part++) {
      const from = anchors[left] >> 16 - 8 * part & 255, to = anchors[left + 1] >> 16 - 8 * part & 255;
      map[3 * i + part] = Math.round(from + (to - from) * (position - left));
    }
  }
  made.set(name, map);
  return map;
}

/** A map's colour at a position of 0–1, for style sheets and canvases. */
export function mapColour(map: ColourMap, position: number): string {
  const i = 3 * Math.round(255 * Math.min(1, Math.max(0, position)));
  return `rgb(${map[i]} ${map[i + 1]} ${map[i + 2]})`;
}

/** A cell's own colour: numbers next to each other are far apart in hue. Bright for dark grounds, deeper for light ones. */
export function cellColour(number: number, ground: "dark" | "light" = "dark"): string {
  const hue = (250 + number * 137.508) % 360, lightness = [0, 0.06, -0.05][number % 3];
  return ground === "dark"
    ? `oklch(${(0.78 + lightness).toFixed(2)} 0.15 ${hue.toFixed(1)})`
    : `oklch(${(0.55 + lightness).toFixed(2)} 0.15 ${hue.toFixed(1)})`;
}
