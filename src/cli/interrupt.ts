import { Interrupted } from "./exit.ts";

/**
 * Runs a long job that Ctrl-C ends in order: the first one aborts the signal, so that the job can stop and clean up; a
 * second one ends the program at once.
 */
export async function interruptible<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort(new Interrupted("Interrupted"));
  };
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, onInterrupt);
  try {
    return await job(controller.signal);
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, onInterrupt);
  }
}
