/**
 * JSON that gives back the same numbers: −0, NaN and the infinities, which plain JSON loses, are written as `{"$number": "NaN"}`.
 * Entries that are undefined are left out, as in plain JSON.
 */
export function exactJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => {
    if (typeof item !== "number" || (Number.isFinite(item) && !Object.is(item, -0))) return item;
    return { $number: Object.is(item, -0) ? "-0" : String(item) };
  });
}

/** Reads what `exactJson` wrote. Throws a `SyntaxError` when the text is not JSON. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, (_key, item) => {
    return item !== null && typeof item === "object" && typeof item.$number === "string" ? Number(item.$number) : item;
  });
}
