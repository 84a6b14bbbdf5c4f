import { program, write } from "../src/gpu/compute.ts";

/** Adds 1 to each item's count, marks items done on a worker, and takes its time. Lives here so that workers can load it. */
export const markedProgram = program({
  name: "marked",
  module: import.meta.url,
  code: "",
  bindings: { counts: write("u32"), onWorker: write("u32") },
  params: { fail_at: "u32" },
  twin({ counts, onWorker }, { fail_at }, begin, end) {
    for (let item = begin; item < end; item++) {
      if (item === fail_at) throw new Error("as asked");
      let sum = 0;
      for (let i = 0; i < 20000; i++) sum += Math.sin(item + i);
      counts[item] += Number.isFinite(sum) ? 1 : 0;
      onWorker[item] = "WorkerGlobalScope" in globalThis ? 1 : 0;
    }
  },
});
