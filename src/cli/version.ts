import { VERSION } from "../core/version.ts";
import type { Command } from "./command.ts";

/** `annulus version`: which annulus, Deno and V8 these are. */
export const version: Command = {
  name: "version",
  usage: "version",
  summary: "Print the version",
  flags: [],
  run(_invocation, output) {
    output.result(
      { annulus: VERSION, deno: Deno.version.deno, v8: Deno.version.v8, platform: Deno.build.target },
      `annulus ${VERSION} (Deno ${Deno.version.deno}, ${Deno.build.target})`,
    );
    return Promise.resolve();
  },
};
