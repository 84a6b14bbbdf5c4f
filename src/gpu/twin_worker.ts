/** A thread of the CPU twin: takes slices of a dispatch until none is left. Started by `twin_threads.ts`. */
import type { Program } from "./compute.ts";
import { viewsOf } from "./twin_views.ts";

/** A dispatch that threads share. */
export interface TwinJob {
  /** Module that exports the program. */
  readonly module: string;
  /** The program's name. */
  readonly name: string;
  /** Its buffers, by binding. */
  readonly buffers: Readonly<Record<string, SharedArrayBuffer>>;
  readonly params: Readonly<Record<string, number>>;
  /** One past the last item. */
  readonly end: number;
  /** Items per slice. */
  readonly grain: number;
  /** See `CONTROL`. */
  readonly control: SharedArrayBuffer;
}

/** Words of a job's control block: the next item to take, workers that may hold a slice, whether a twin threw. */
export const CONTROL = { next: 0, active: 1, failed: 2, words: 3 } as const;

/** Does slices of a job until none is left or a thread has failed. */
export function workOff(program: Program, job: TwinJob): void {
  const control = new Int32Array(job.control), views = viewsOf(program, job.buffers);
  while (Atomics.load(control, CONTROL.failed) === 0) {
    const begin = Atomics.add(control, CONTROL.next, job.grain);
    if (begin >= job.end) break;
    program.twin(views, job.params, begin, Math.min(begin + job.grain, job.end));
  }
}

/** The program a module exports under a name. */
async function programOf(module: string, name: string): Promise<Program> {
  const exported: Record<string, unknown> = await import(module);
  for (const value of Object.values(exported) as Partial<Program>[]) {
    if (value && typeof value === "object" && value.name === name && typeof value.twin === "function") {
      return value as Program;
    }
  }
  throw new Error(`${module} exports no program "${name}"`);
}

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<TwinJob>) => void) | null;
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== "undefined") {
  const programs = new Map<string, Promise<Program>>();
  (globalThis as unknown as WorkerScope).onmessage = async ({ data: job }) => {
    let program = programs.get(job.name);
    if (!program) programs.set(job.name, program = programOf(job.module, job.name));
    // A worker that can not load the program takes no slice: the other threads do the work.
    const loaded = await program.catch(() => undefined);
    if (!loaded) return;
    const control = new Int32Array(job.control);
    Atomics.add(control, CONTROL.active, 1);
    try {
      workOff(loaded, job);
    } catch {
      Atomics.store(control, CONTROL.failed, 1);
    }
    Atomics.sub(control, CONTROL.active, 1);
    Atomics.notify(control, CONTROL.active);
  };
}
