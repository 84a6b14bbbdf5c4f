import { createHash } from "node:crypto";

/**
 * A UUID that follows from a text: the same text gives the same one, any other another. Formed like version 5 of RFC 9562, from SHA-1.
 * NWB wants one on every object; random ones would make two identical files differ.
 */
export function uuidOf(text: string): string {
  const bytes = createHash("sha1").update(`annulus:${text}`).digest().subarray(0, 16);
  bytes[6] = bytes[6] & 0x0f | 0x50;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  const hex = bytes.toString("hex");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => hex.slice(from, to)).join("-");
}

/** Takes in content piece by piece and makes a text of it that other content does not have. */
export class ContentDigest {
  readonly #hash = createHash("sha1");

  /** Takes in an array's bytes, or a text. */
  add(content: string | ArrayBufferView): this {
    if (typeof content === "string") this.#hash.update(`${content.length}:${content}`);
    else this.#hash.update(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
    return this;
  }

  /** The identifier of what was taken in, as a UUID. */
  identifier(): string {
    return uuidOf(this.#hash.digest("hex"));
  }
}
