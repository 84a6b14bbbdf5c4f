/** A piece of HTML: text from outside is escaped in it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a piece of HTML: texts and numbers are escaped, `undefined` and `false` are nothing. */
export type Insert = Markup | string | number | false | undefined | readonly Insert[];

/** HTML from a template: everything that is put into it is escaped, unless it is a piece of HTML itself. */
export function markup(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + inserted(inserts[i - 1]) + string));
}

function inserted(insert: Insert): string {
  if (insert === undefined || insert === false) return "";
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === "object") return insert.map(inserted).join("");
  return escaped(String(insert));
}

/** Text as HTML, in an element or in a quoted attribute. Characters that no page may hold become U+FFFD. */
export function escaped(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Text without control characters, and without half of a character. */
function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}|[\p{Noncharacter_Code_Point}]/gu, "\ufffd").toWellFormed();
}

/** A value as JSON that can stand in a script element, whatever texts it holds. Numbers that are not finite become null. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
