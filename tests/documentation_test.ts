/** What the README promises is what the program does. */
import assert from "node:assert/strict";
import { exportMarkdown } from "../src/cli/export.ts";
import { EXIT_CODES } from "../src/cli/exit.ts";
import { parameterMarkdown } from "../src/cli/params.ts";
import { EVERY_STEP } from "../src/core/parameters.ts";
import { VERSION } from "../src/core/version.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));

/** Markdown the way `deno fmt` leaves it, without blank lines. */
async function formatted(markdown: string): Promise<string[]> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: new URL("..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { stdout, success } = await process.output();
  assert(success, "deno fmt failed");
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.trim() !== "");
}

Deno.test("README's parameter table is what annulus params prints", async () => {
  const table = /<!-- parameters -->([\s\S]*)<!-- \/parameters -->/.exec(readme)?.[1] ?? "";
  const expected = await formatted(parameterMarkdown(EVERY_STEP));
  assert(expected.length > 20);
  assert.deepEqual(await formatted(table), expected, "Paste the output of: deno run -A cli.ts params --markdown");
});

Deno.test("README's table of export formats is the program's", async () => {
  const table = /<!-- exports -->([\s\S]*)<!-- \/exports -->/.exec(readme)?.[1] ?? "", expected = exportMarkdown();
  assert.deepEqual(await formatted(table), await formatted(expected), `Paste this:\n${expected}`);
});

Deno.test("README's exit codes are the program's", () => {
  for (const { code, meaning } of EXIT_CODES) {
    assert.match(readme, new RegExp(`^\\| ${code} +\\| ${meaning} +\\|$`, "m"));
  }
});

Deno.test("README, CI and deno.json agree on the commands and the version of Deno", async () => {
  const pinned = [...readme.matchAll(/npx --yes deno@([0-9.]+) (task \w+|run)/g)].map((match) => match[1]);
  assert(pinned.length >= 3);
  const ci = await Deno.readTextFile(new URL("../.ci/run", import.meta.url));
  assert.deepEqual([...new Set([...pinned, /^DENO_VERSION=(.+)$/m.exec(ci)?.[1]])].length, 1);
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  for (const match of readme.matchAll(/npx --yes deno@[0-9.]+ task (\w+)/g)) assert(match[1] in tasks, match[1]);
  assert.match(
    await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url)),
    new RegExp(`^## ${VERSION}$`, "m"),
  );
});
