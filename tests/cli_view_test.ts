/** `annulus view` as it is called. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { view } from "../src/cli/view.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { refused, writeMovieFile } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { noiseMovie } from "./preprocess_movies.ts";
import { inTemporary } from "./results_setting.ts";

/** A running `annulus view`. */
interface Running {
  readonly url: URL;
  /** Sends a request with the token. */
  readonly ask: (path: string, body?: unknown) => Promise<Response>;
  /** Ends it as Ctrl-C does; resolves to its exit code and what it said on standard error. */
  readonly interrupt: () => Promise<{ code: number; said: string }>;
}

/** Starts the command in a process of its own and hands it over once it has told its address. */
async function viewing(args: readonly string[], work: (running: Running) => Promise<void>): Promise<void> {
  const cli = new URL("../cli.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", cli, "view", ...args, "--no_open", "--backend", "cpu", "--memory", "300MB"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text(),
    reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "", isOver = false;
  try {
    while (!/http:\S+token=\w+/.test(text)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`It ended early: ${await said}`);
      text += value;
    }
    const url = new URL(/http:\S+token=\w+/.exec(text)![0]), Authorization = `Bearer ${url.searchParams.get("token")}`;
    await work({
      url,
      ask: (path, body) =>
        fetch(new URL(path, url), {
          headers: { Authorization, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
          ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        }),
      async interrupt() {
        child.kill("SIGINT");
        const { code } = await child.status;
        isOver = true;
        return { code, said: await said };
      },
    });
  } finally {
    if (!isOver) child.kill("SIGKILL");
    await child.status;
    await said;
    await reader.cancel();
  }
}

Deno.test("results are served until Ctrl-C, which saves and ends well; without the movie it says why", async () => {
  await inTemporary(async (folder) => {
    const file = join(folder, "results.h5");
    await saveResults(file, fakeExtraction());
    await viewing([folder, "--json"], async ({ url, ask, interrupt }) => {
      assert.match(url.href, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{32,}$/);
      const session = await (await ask("/api/session")).json();
      assert.deepEqual([session.mode, session.hasMovie], ["results", false]);
      assert.match(session.movieProblem, /fake µ movie\.tif/);
      assert.equal(
        (await (await ask("/api/edit", { action: "reject", cells: [3] })).json()).outcome,
        "Cell 3 set aside",
      );
      const { code, said } = await interrupt();
      assert.equal(code, 0, said);
      assert.equal((await loadResults(file)).quality!.accepted![3], 0);
      await assert.rejects(fetch(url));
    });
  });
});

Deno.test("a movie is served with the inspector's parameters, on the port that was asked for", async () => {
  await inTemporary(async (folder) => {
    const file = join(folder, "movie.tif"),
      free = Deno.listen({ hostname: "127.0.0.1", port: 0 }),
      { port } = free.addr;
    free.close();
    await writeMovieFile(file, noiseMovie({ width: 40, height: 36, frames: 60, type: "uint16" }));
    const args = [file, "--motion", "off", "--gSig", "4", "--min_pnr", "7", "--port", String(port)];
    await viewing(args, async ({ url, ask, interrupt }) => {
      assert.equal(Number(url.port), port);
      const session = await (await ask("/api/session")).json();
      assert.deepEqual([session.mode, session.frames, session.inspect.gSig, session.inspect.min_pnr], [
        "movie",
        60,
        4,
        7,
      ]);
      const lines = await (await ask("/api/inspect", session.inspect)).text();
      assert(Array.isArray(JSON.parse(lines.trim().split("\n").at(-1)!).seeds));
      // The port is taken now.
      await refused(1, /^Port \d+ cannot be listened on: choose another one/, view, ...args, "--no_open");
      const { code, said } = await interrupt();
      assert.equal(code, 0, said);
    });
  });
});

Deno.test("a command line that makes no sense is refused in one sentence", async () => {
  await inTemporary(async (folder) => {
    const file = join(folder, "results.h5");
    await saveResults(file, fakeExtraction());
    await refused(2, /needs results or a movie/, view);
    await refused(2, /--port is 99999, but it has to be/, view, folder, "--port", "99999");
    await refused(2, /--port is x, but/, view, folder, "--port", "x");
    await refused(2, /--gSig has no effect on results/, view, folder, "--gSig", "3");
    await refused(2, /--motion has no effect on results/, view, folder, "--motion", "off");
    await refused(3, /nothing\.tif/, view, join(folder, "nothing.tif"));
    await refused(2, /--backend is quantum/, view, folder, "--backend", "quantum");
  });
});
