/**
 * Worker that deconvolves the cells it is sent. It runs the same function as the main thread, so that results do not
 * depend on where they were computed.
 * @module
 */
import { deconvolve, type Deconvolved } from "./deconvolve.ts";
import type { DeconvolutionReply, DeconvolutionRequest } from "./messages.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<DeconvolutionRequest>) => void) | null;
  postMessage(reply: DeconvolutionReply, transfer: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = ({ data: { id, traces, frames, options } }) => {
  try {
    const cells: Deconvolved[] = [];
    for (let from = 0; from < traces.length; from += frames) {
      cells.push(deconvolve(traces.subarray(from, from + frames), options));
    }
    scope.postMessage(
      { id, cells },
      cells.flatMap((cell) => [cell.denoised.buffer, cell.spikes.buffer] as ArrayBuffer[]),
    );
  } catch (error) {
    scope.postMessage({ id, failure: error instanceof Error ? error.message : String(error) }, []);
  }
};
