/// <reference lib="dom" />
/** What the page asks its server; the messages are those of `../messages.ts`. */
import type {
  CellMessage,
  EditedMessage,
  EditRequest,
  FrameKind,
  InspectMessage,
  InspectRequest,
  SavedMessage,
  SessionMessage,
  TracesMessage,
} from "../messages.ts";

/** A refusal by the server, with its sentence and status; or that it is gone, without one. */
export class Refusal extends Error {
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** Whether an error only says that the page itself no longer wants an answer. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if (isAborted(error)) throw error;
    throw new Refusal("annulus does not answer: it was closed, or the connection is lost. Start annulus view again");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let sentence = `The server answered ${answer.status}`;
  try {
    const { error } = JSON.parse(text);
    if (typeof error === "string") sentence = error;
  } catch {
    // Not JSON: the status has to do.
  }
  throw new Refusal(sentence, answer.status);
}

async function get<R>(path: string, signal?: AbortSignal): Promise<R> {
  return await (await ask(path, signal ? { signal } : {})).json();
}

function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

async function floats(path: string, signal?: AbortSignal): Promise<Float32Array> {
  const bytes = await (await ask(path, signal ? { signal } : {})).arrayBuffer();
  if (new Uint8Array(Uint32Array.of(1).buffer)[0] === 1) return new Float32Array(bytes);
  const view = new DataView(bytes);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** The session. */
export const fetchSession = () => get<SessionMessage>("/api/session");
/** Every cell. */
export const fetchCells = () => get<CellMessage[]>("/api/cells");
/** An image, row-major. */
export const fetchImage = (name: string) => floats(`/api/image/${encodeURIComponent(name)}`);
/** A frame, row-major. */
export const fetchFrame = (kind: FrameKind, at: number) => floats(`/api/frame?kind=${kind}&at=${at}`);

/** Traces of some cells between two frames, in so many columns; undefined when a cell is no more: an edit overtook the request. */
export async function fetchTraces(
  cells: readonly number[],
  from: number,
  to: number,
  points: number,
  signal: AbortSignal,
): Promise<TracesMessage | undefined> {
  try {
    return await get(`/api/traces?cells=${cells.join(",")}&from=${from}&to=${to}&points=${points}`, signal);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return undefined;
    throw error;
  }
}

/** Makes an edit. */
export async function postEdit(edit: EditRequest): Promise<EditedMessage> {
  return await (await post("/api/edit", edit)).json();
}

/** Takes the last edit back, or makes it again. */
export async function postUndo(direction: "undo" | "redo"): Promise<EditedMessage> {
  return await (await post(`/api/${direction}`, {})).json();
}

/** Judges the cells by other thresholds. */
export async function postThresholds(thresholds: Readonly<Record<string, number>>): Promise<EditedMessage> {
  return await (await post("/api/thresholds", thresholds)).json();
}

/** Waits until everything is saved, or saving has failed. */
export const fetchSaved = () => get<SavedMessage>("/api/saved");

/** Asks for seeds by some parameters and hands over each line of the answer. */
export async function postInspect(
  request: InspectRequest,
  told: (message: InspectMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const answer = await post("/api/inspect", request, signal);
  const reader = answer.body!.getReader(), decoder = new TextDecoder();
  let rest = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.trim() !== "") told(JSON.parse(line));
  }
  if (rest.trim() !== "") told(JSON.parse(rest));
}
