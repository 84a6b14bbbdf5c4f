/**
 * Compares names as people count: `frame2` before `frame10`. Runs of digits compare as numbers, everything else by code unit, so the
 * order is the same on every machine whatever its language. The ending (`.tif`, `.ome.tiff`) is left out of the comparison, so that
 * `movie.tif` comes before its continuation `movie-001.tif`.
 */
export function compareNaturally(a: string, b: string): number {
  return compareParts(partsOf(stemOf(a)), partsOf(stemOf(b))) || Number(a > b) - Number(a < b);
}

function stemOf(name: string): string {
  return name.replace(/(\.ome)?\.[^./\\]*$/i, "");
}

/** Alternating text and digits; the first part is text, maybe empty. */
function partsOf(text: string): string[] {
  return text.split(/(\d+)/);
}

function compareParts(a: string[], b: string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    let left = a[i], right = b[i];
    if (i % 2 === 1) {
      // Numbers of any length, as digits: the longer one is larger once leading zeros are gone.
      left = left.replace(/^0+/, "");
      right = right.replace(/^0+/, "");
      if (left.length !== right.length) return left.length - right.length;
    }
    if (left !== right) {
      // Where one name stops, it comes first.
      return left < right ? -1 : 1;
    }
  }
  return a.length - b.length;
}
