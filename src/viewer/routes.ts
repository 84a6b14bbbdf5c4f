import { FRAME_KINDS } from "./frames.ts";
import type { EditRequest, InspectMessage, InspectRequest } from "./messages.ts";
import { answer, bodyOf, floats, json, RequestError } from "./respond.ts";
import { TRACE_CELLS, TRACE_POINTS, type Viewed } from "./viewed.ts";

/** A request that has passed the guard. */
interface Asked {
  readonly viewed: Viewed;
  readonly request: Request;
  readonly query: URLSearchParams;
  /** What follows the route's own path. */
  readonly rest: string;
  /** Aborted when the viewer is closed. */
  readonly signal: AbortSignal;
}

/** A route: its method, and what it answers. */
interface Route {
  readonly method: "GET" | "POST";
  readonly reply: (asked: Asked) => Response | Promise<Response>;
}

/** Paths that name exactly one thing. */
const ROUTES: Readonly<Record<string, Route>> = {
  "/api/session": { method: "GET", reply: ({ viewed }) => json(viewed.session()) },
  "/api/cells": { method: "GET", reply: ({ viewed }) => json(viewed.cells()) },
  "/api/traces": { method: "GET", reply: ({ viewed, query }) => json(viewed.traces(tracesRequest(query))) },
  "/api/frame": { method: "GET", reply: frame },
  "/api/edit": {
    method: "POST",
    reply: async ({ viewed, request }) => json(await viewed.edit(edit(await bodyOf(request)))),
  },
  "/api/undo": {
    method: "POST",
    reply: async ({ viewed, request }) => (await bodyOf(request), json(await viewed.step("undo"))),
  },
  "/api/redo": {
    method: "POST",
    reply: async ({ viewed, request }) => (await bodyOf(request), json(await viewed.step("redo"))),
  },
  "/api/thresholds": {
    method: "POST",
    reply: async ({ viewed, request }) => json(await viewed.judge(numbers(await bodyOf(request)))),
  },
  "/api/saved": { method: "GET", reply: async ({ viewed }) => json(await viewed.saved()) },
  "/api/inspect": { method: "POST", reply: inspect },
};
/** Paths that are followed by a name. */
const NAMED: Readonly<Record<string, Route>> = {
  "/api/image/": { method: "GET", reply: ({ viewed, rest }) => floats(viewed.image(rest)) },
};

/** Answers a request for data. Rejects with what the answer's refusal is to be made of. */
export async function answerData(
  viewed: Viewed,
  request: Request,
  { pathname, searchParams }: URL,
  signal: AbortSignal,
): Promise<Response> {
  const prefix = Object.keys(NAMED).find((path) => pathname.startsWith(path));
  const route = Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname] : prefix === undefined ? undefined : NAMED[prefix];
  if (route === undefined) throw new RequestError(404, "There is nothing under this path");
  if (request.method !== route.method) throw new RequestError(405, `This path takes ${route.method} only`);
  const rest = prefix === undefined ? "" : pathname.slice(prefix.length);
  return await route.reply({ viewed, request, query: searchParams, rest, signal });
}

async function frame({ viewed, query, signal }: Asked): Promise<Response> {
  const kind = FRAME_KINDS.find((name) => name === query.get("kind"));
  if (kind === undefined) throw new RequestError(400, `The kind of a frame is one of ${FRAME_KINDS.join(", ")}`);
  return floats(await viewed.frame(kind, whole(query, "at", 0), signal));
}

function tracesRequest(query: URLSearchParams): Parameters<Viewed["traces"]>[0] {
  const listed = query.get("cells") ?? "", cells = listed === "" ? [] : listed.split(",").map(Number);
  if (cells.length > TRACE_CELLS || !cells.every((cell) => Number.isInteger(cell) && cell >= 0)) {
    throw new RequestError(400, `cells are numbers of cells, separated by commas, at most ${TRACE_CELLS}`);
  }
  return {
    cells,
    from: whole(query, "from", 0),
    ...(query.has("to") ? { to: whole(query, "to", 0) } : {}),
    points: Math.min(TRACE_POINTS, Math.max(1, whole(query, "points", 1000))),
  };
}

function whole(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,15}$/.test(text)) throw new RequestError(400, `${name} has to be a whole number from 0`);
  return Number(text);
}

/** An edit, if it has the form of one; whether it can be made is for others to say. */
function edit(body: unknown): EditRequest {
  const one = record(body), isCell = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
  switch (one.action) {
    case "select":
    case "reject":
    case "restore":
    case "merge":
    case "delete":
      if (Array.isArray(one.cells) && one.cells.every(isCell)) return { action: one.action, cells: one.cells };
      throw new RequestError(400, `To ${one.action}, "cells" has to be a list of numbers of cells`);
    case "split":
      if (isCell(one.cell)) return { action: "split", cell: one.cell as number };
      throw new RequestError(400, 'To split, "cell" has to be the number of a cell');
    case "add":
      if (isCell(one.x) && isCell(one.y)) return { action: "add", x: one.x as number, y: one.y as number };
      throw new RequestError(400, 'To add, "x" and "y" have to be the column and the row of a pixel');
    default:
      throw new RequestError(400, "An edit's action is one of select, reject, restore, merge, split, delete, add");
  }
}

function numbers(body: unknown): Record<string, number> {
  const one = record(body);
  for (const [name, value] of Object.entries(one)) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new RequestError(400, `"${name.slice(0, 40)}" has to be a number`);
    }
  }
  return one as Record<string, number>;
}

function record(body: unknown): Record<string, unknown> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new RequestError(400, "The body of the request has to be a JSON object");
}

/** Lines of JSON as they come; what goes wrong on the way is the last one. */
async function inspect({ viewed, request, signal }: Asked): Promise<Response> {
  const { gSig, gSiz, min_corr, min_pnr } = numbers(await bodyOf(request)) as unknown as InspectRequest;
  const wanted = { gSig, gSiz, min_corr, min_pnr };
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) throw new RequestError(400, `"${name}" is missing: a number is right`);
  }
  const stop = new AbortController(), messages = viewed.inspect(wanted, AbortSignal.any([signal, stop.signal]));
  const lines = messages[Symbol.asyncIterator](), encoder = new TextEncoder();
  const line = (message: InspectMessage) => encoder.encode(`${JSON.stringify(message)}\n`);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await lines.next();
        if (done) controller.close();
        else controller.enqueue(line(value));
      } catch (error) {
        controller.enqueue(line({ error: error instanceof Error ? error.message : String(error) }));
        controller.close();
      }
    },
    async cancel() {
      stop.abort();
      await lines.return?.(undefined);
    },
  });
  return answer(body, "application/x-ndjson; charset=utf-8");
}
