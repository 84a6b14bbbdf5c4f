import { timingSafeEqual } from "node:crypto";

/** Bytes of a token: 256 bits. */
const TOKEN_BYTES = 32;

/** Milliseconds for which a key that opens once is good. */
const KEY_MS = 60_000;

/** A new secret for one viewer, as text that needs no escaping in a URL or a cookie. */
export function newToken(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)), (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** Why a request is turned away: a status, and one sentence. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
}

/**
 * Decides who may talk to a viewer: only pages of its own origin, under its own name, that know its token. It looks at the head of a request
 * alone.
 *
 * - `Host` has to be the loopback address (or `localhost`) with the viewer's port: another name that was made to point here (DNS rebinding)
 *   is turned away.
 * - `Origin`, where there is one, has to be the one of that host; `Sec-Fetch-Site`, where there is one, must not tell of another site.
 * - The token comes in a cookie of this port, or as `Authorization: Bearer`. Comparisons take the same time however much is right.
 */
export class Guard {
  readonly #token: Uint8Array;
  readonly #keys = new Map<string, number>();
  readonly #hosts: ReadonlySet<string>;

  constructor(token: string, private readonly port: number) {
    this.#token = digestible(token);
    this.#hosts = new Set(["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`));
  }

  /** Why a request is not from this viewer's own page, whoever knows the token; undefined when it may be. */
  refuseForeign(headers: Headers): Refusal | undefined {
    const host = headers.get("host")?.toLowerCase() ?? "", origin = headers.get("origin");
    const site = headers.get("sec-fetch-site");
    if (!this.#hosts.has(host)) {
      return { status: 403, error: `This viewer answers under http://127.0.0.1:${this.port} only` };
    }
    if (origin !== null && origin.toLowerCase() !== `http://${host}`) {
      return { status: 403, error: "This viewer answers its own page only, no page of another origin" };
    }
    if (site !== null && site !== "same-origin" && site !== "none") {
      return {
        status: 403,
        error: "This viewer cannot be opened from another site: copy its address into the address bar",
      };
    }
    return undefined;
  }

  /** Why a request may not be answered: its token is missing or wrong. */
  refuseStranger(headers: Headers): Refusal | undefined {
    const bearer = /^Bearer ([^\s]+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    if (this.knows(bearer ?? this.#cookie(headers))) return undefined;
    return { status: 403, error: "Open the address that annulus view printed: it holds the key to this viewer" };
  }

  /** Whether a text is the token. */
  knows(text: string | undefined | null): boolean {
    if (typeof text !== "string") return false;
    const given = digestible(text);
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  /** A key that opens the viewer once, soon: other users of a machine may see the address a browser is started with. */
  newKey(now: number): string {
    const key = newToken();
    this.#keys.set(key, now + KEY_MS);
    return key;
  }

  /** Whether a text is a key that was not used yet; it is used now. */
  takeKey(text: string | null, now: number): boolean {
    const until = text === null ? undefined : this.#keys.get(text);
    if (text !== null) this.#keys.delete(text);
    return until !== undefined && now <= until;
  }

  /** The head of an answer that gives a browser the token. */
  cookie(token: string): string {
    // Cookies do not tell ports apart, so that the name does: two viewers run side by side.
    return `${this.#cookieName()}=${token}; Path=/; HttpOnly; SameSite=Strict`;
  }

  #cookie(headers: Headers): string | undefined {
    const name = `${this.#cookieName()}=`;
    return (headers.get("cookie") ?? "").split(";").map((one) => one.trim()).find((one) => one.startsWith(name))
      ?.slice(name.length);
  }

  #cookieName(): string {
    return `annulus_${this.port}`;
  }
}

function digestible(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
