import { AnnulusError } from "../core/errors.ts";
import { assets } from "./assets.ts";
import { Guard, newToken } from "./guard.ts";
import { answer, refusal, RequestError } from "./respond.ts";
import { answerData } from "./routes.ts";
import type { Viewed } from "./viewed.ts";

/** A viewer that is served. */
export interface ServedViewer {
  /** Where a browser opens it; holds the token. */
  readonly url: string;
  /** Another address that opens it once, within a minute: for programs that start a browser, whose arguments others may see. */
  launchUrl(): string;
  /** The token alone, for `Authorization: Bearer`. */
  readonly token: string;
  /** The port it listens on. */
  readonly port: number;
  /** Resolves when it is closed, as `close` does. */
  readonly finished: Promise<string | undefined>;
  /**
   * Ends answers that are under way, saves, and closes everything; resolves to what the user is to know of it, if anything. Idempotent.
   * Rejects with a `ResultsError` when something could not be saved.
   */
  close(): Promise<string | undefined>;
}

/** The only address that is listened on: nothing outside this machine can reach it. */
const LOOPBACK = "127.0.0.1";

/**
 * Serves a viewer's page and its data to this machine's browsers. It closes what it views when it is closed.
 * @param port the port; 0 takes any free one
 * @throws AnnulusError when the port cannot be had
 */
export function serve(viewed: Viewed, port = 0): ServedViewer {
  const closing = new AbortController(), token = newToken();
  const handler = async (request: Request): Promise<Response> => {
    try {
      return await reply(viewed, request, guard, token, closing.signal);
    } catch (error) {
      return refusalFor(error);
    }
  };
  const server = listen(port, handler), guard = new Guard(token, server.addr.port);
  let closed: Promise<string | undefined> | undefined;
  const close = async () => {
    closing.abort(new DOMException("The viewer was closed", "AbortError"));
    await server.shutdown();
    return await viewed.close();
  };
  const { promise: finished, resolve, reject } = Promise.withResolvers<string | undefined>();
  finished.catch(() => {});
  return {
    url: `http://${LOOPBACK}:${server.addr.port}/?token=${token}`,
    launchUrl: () => `http://${LOOPBACK}:${server.addr.port}/?key=${guard.newKey(performance.now())}`,
    token,
    port: server.addr.port,
    finished,
    close: () => {
      if (closed === undefined) {
        closed = close();
        closed.then(resolve, reject);
      }
      return closed;
    },
  };
}

function listen(port: number, handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: LOOPBACK, port, onListen() {}, onError: refusalFor }, handler);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse) && !(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new AnnulusError(`Port ${port} cannot be listened on: choose another one, or none to take any that is free`);
  }
}

async function reply(
  viewed: Viewed,
  request: Request,
  guard: Guard,
  token: string,
  signal: AbortSignal,
): Promise<Response> {
  const { headers, method } = request, foreign = guard.refuseForeign(headers);
  if (foreign) return refusal(foreign.status, foreign.error);
  const url = new URL(request.url), { searchParams } = url;
  const isKnown = () =>
    guard.knows(searchParams.get("token")) || guard.takeKey(searchParams.get("key"), performance.now());
  if (url.pathname === "/" && method === "GET" && isKnown()) {
    // The address without the token: it does not stay in the address bar.
    return answer(null, "text/plain", { status: 303, headers: { Location: "/", "Set-Cookie": guard.cookie(token) } });
  }
  const stranger = guard.refuseStranger(headers);
  if (stranger) return refusal(stranger.status, stranger.error);
  const asset = assets().get(url.pathname);
  if (asset === undefined) return await answerData(viewed, request, url, signal);
  return method === "GET" ? answer(asset.body, asset.type) : refusal(405, "This path takes GET only");
}

/** What a request that failed is answered with: one sentence, and nothing of the machine for errors that nobody foresaw. */
function refusalFor(error: unknown): Response {
  if (error instanceof RequestError) return refusal(error.status, error.message);
  if (error instanceof AnnulusError) return refusal(422, error.message);
  if (error instanceof DOMException && error.name === "AbortError") return refusal(499, "The request was ended");
  return refusal(500, `This is an error in annulus: ${error instanceof Error ? error.message : String(error)}`);
}
