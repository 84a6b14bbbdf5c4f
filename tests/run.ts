/**
 * `deno task test`: runs the tests and prints `N passed, N failed` as its last line.
 *
 * A software Vulkan driver may crash while the process unloads it, after every test has passed and the report has been
 * written. So the verdict is the JUnit report's: an exit by SIGABRT (134) or SIGSEGV (139) counts as success when the
 * report is complete and holds no failure; every other non-zero exit, and a missing or torn report, is a failure.
 *
 * Arguments are handed to `deno test`; when one of them is a path, only that is tested. With ANNULUS_REQUIRE_WEBGPU=1 a
 * machine without a WebGPU adapter fails.
 *
 * @module
 */

/** What a JUnit report says. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Exit codes of a crash by SIGABRT and SIGSEGV. */
const CRASH_CODES = [134, 139];

/** Reads a JUnit report; `undefined` when it is torn or no report. */
export function tallyOf(report: string): Tally | undefined {
  if (!report.trimEnd().endsWith("</testsuites>")) return undefined;
  const head = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(`\\b${name}="([0-9]+)"`).exec(head)?.[1]);
  const tests = count("tests"), failed = count("failures") + count("errors");
  const skipped = report.match(/<skipped\b/g)?.length ?? 0;
  return Number.isNaN(tests + failed) ? undefined : { passed: tests - failed - skipped, failed };
}

/** The exit code a run of the tests deserves. */
export function verdict(exitCode: number, tally: Tally | undefined): number {
  if (tally === undefined || tally.failed > 0 || tally.passed === 0) return exitCode === 0 ? 1 : exitCode;
  return CRASH_CODES.includes(exitCode) ? 0 : exitCode;
}

async function main(args: readonly string[]): Promise<number> {
  const root = new URL("..", import.meta.url);
  const folder = await Deno.makeTempDir({ prefix: "annulus-tests-" });
  try {
    const junit = `${folder}/junit.xml`;
    const names = args.some((arg) => !arg.startsWith("-")) ? args : [...args, "tests"];
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", `--junit-path=${junit}`, ...names],
      cwd: root,
      stdin: "null",
    }).spawn().status;
    const tally = tallyOf(await Deno.readTextFile(junit).catch(() => ""));
    const result = verdict(code, tally);
    if (result === 0 && code !== 0) console.log(`The driver crashed on exit (${code}) after the tests had passed`);
    if (tally === undefined) console.log(`The tests ended early (exit code ${code}): there is no complete report`);
    const failed = Math.max(tally?.failed ?? 0, result === 0 ? 0 : 1);
    console.log(`${tally?.passed ?? 0} passed, ${failed} failed`);
    return result;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
