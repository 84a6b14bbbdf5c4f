import { AnnulusError } from "../core/errors.ts";
import type { ErrorMessage } from "./messages.ts";

/** What every answer says of itself: nothing is kept, nothing is guessed, nothing comes from or goes to another origin. */
const HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** Bytes a request's body may have. Edits that name every one of thousands of cells fit. */
export const MOST_BODY_BYTES = 1 << 18;

/** A request cannot be answered as it is: a status of 400 and more, and one sentence. */
export class RequestError extends AnnulusError {
  override name = "RequestError";
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** An answer of some type, with the headers every answer has. */
export function answer(body: BodyInit | null, type: string, init: ResponseInit = {}): Response {
  return new Response(body, { ...init, headers: { ...HEADERS, "Content-Type": type, ...init.headers } });
}

/** An answer in JSON. */
export function json(message: unknown, init: ResponseInit = {}): Response {
  return answer(JSON.stringify(message), "application/json; charset=utf-8", init);
}

/** Numbers as they lie in memory, little endian. */
export function floats(values: Float32Array): Response {
  return answer(littleEndian(values), "application/octet-stream");
}

/** One sentence that says why not. */
export function refusal(status: number, error: string, init: ResponseInit = {}): Response {
  const message: ErrorMessage = { error };
  return json(message, { ...init, status });
}

/** The body of a request, as JSON. Throws `RequestError` for another type, one that is too large, and one that is no JSON. */
export async function bodyOf(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (type !== "application/json") {
    throw new RequestError(415, "The body of a request has to be application/json");
  }
  const bytes = await limitedBytes(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError(400, "The body of the request is not JSON");
  }
}

async function limitedBytes(request: Request): Promise<Uint8Array> {
  const tooLarge = new RequestError(413, `The body of a request may have ${MOST_BODY_BYTES} bytes at most`);
  if (Number(request.headers.get("content-length") ?? 0) > MOST_BODY_BYTES) throw tooLarge;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    // What it says of its length need not be true.
    if (length > MOST_BODY_BYTES) throw tooLarge;
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function littleEndian(values: Float32Array): ArrayBuffer {
  const bytes = new ArrayBuffer(values.length * 4);
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) new Float32Array(bytes).set(values);
  else {
    const view = new DataView(bytes);
    values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  }
  return bytes;
}
