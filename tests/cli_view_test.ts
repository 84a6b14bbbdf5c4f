/** `annulus view` as it is called. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { signals } from "../src/cli/signals.ts";
import { view } from "../src/cli/view.ts";
import { caiman } from "../src/results/exports/caiman.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { namesIn, ran, refused, writeMovieFile } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { noiseMovie } from "./preprocess_movies.ts";
import { inTemporary, message } from "./results_setting.ts";

/** A running `annulus view`. */
interface Running {
  readonly url: URL;
  /** Sends a request with the token. */
  readonly ask: (path: string, body?: unknown) => Promise<Response>;
  /** Ends it as Ctrl-C does, or by another signal; resolves to its exit code and what it said on standard error. */
  readonly interrupt: (signal?: Deno.Signal) => Promise<{ code: number; said: string }>;
}

/** Starts the command in a process of its own and hands it over once it has told its address. */
async function viewing(
  args: readonly string[],
  work: (running: Running) => Promise<void>,
  /** Its environment, in which it opens a browser. Default: it opens none. */
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  const cli = new URL("../cli.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", cli, "view", ...args, ...(env ? [] : ["--no_open"]), "--backend", "cpu", "--memory", "300MB"],
    ...(env ? { env } : {}),
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
      async interrupt(signal = "SIGINT") {
        child.kill(signal);
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

Deno.test("results of CaImAn's are viewed; what is decided about them goes to a file of its own", async () => {
  await inTemporary(async (folder) => {
    const file = join(folder, "caiman.hdf5"), beside = join(folder, "caiman.viewer.h5");
    await caiman.write(file, fakeExtraction(), {});
    const before = await Deno.readFile(file);
    await viewing([file], async ({ ask, interrupt }) => {
      assert.equal((await (await ask("/api/cells")).json()).length, 6);
      await (await ask("/api/edit", { action: "delete", cells: [1] })).body?.cancel();
      const { saved, saveProblem } = await (await ask("/api/saved")).json();
      assert.equal(saved, true);
      assert(saveProblem.endsWith(`another program's and stays as it is: what is decided here goes to ${beside}`));
      const { code, said } = await interrupt(Deno.build.os === "windows" ? "SIGINT" : "SIGHUP");
      assert.equal(code, 0, said);
      assert(said.includes(beside), said);
    });
    assert.deepEqual(await Deno.readFile(file), before);
    assert.equal((await loadResults(beside)).footprints.count, 5);
    assert.deepEqual(namesIn(folder), ["caiman.hdf5", "caiman.viewer.h5", "caiman.viewer.original.h5"]);
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

Deno.test({
  name: "the browser is started with an address that opens the page a single time",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await inTemporary(async (folder) => {
      const file = join(folder, "results.h5"), opened = join(folder, "opened.txt"), opener = join(folder, "xdg-open");
      await saveResults(file, fakeExtraction());
      await Deno.writeTextFile(
        opener,
        `#!/bin/sh\nprintf %s "$1" > "${opened}.new" && mv "${opened}.new" "${opened}"\n`,
      );
      await Deno.chmod(opener, 0o755);
      const env = { PATH: `${folder}:${Deno.env.get("PATH")}`, DISPLAY: ":0" };
      await viewing([folder], async ({ url, interrupt }) => {
        let address = "";
        for (let i = 0; i < 100 && address === ""; i++) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          address = await Deno.readTextFile(opened).catch(() => "");
        }
        const { origin, searchParams } = new URL(address);
        assert.deepEqual([origin, searchParams.has("token")], [url.origin, false], "others may see it");
        for (const status of [303, 403]) {
          const answer = await fetch(address, { redirect: "manual" });
          await answer.body?.cancel();
          assert.equal(answer.status, status);
        }
        const { code, said } = await interrupt();
        assert.equal(code, 0, said);
        assert(!said.includes("No browser was opened"), said);
      }, env);
    });
  },
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
    await refused(3, /nothing\.tif/, view, folder, join(folder, "nothing.tif"), "--no_open", "--backend", "cpu");
    await refused(2, /--backend is quantum/, view, folder, "--backend", "quantum");
  });
});

Deno.test("results that are damaged are refused as results, not as a movie", async () => {
  await inTemporary(async (folder) => {
    const file = join(folder, "results.h5"), renamed = join(folder, "monday.h5");
    await saveResults(file, fakeExtraction());
    const whole = await Deno.readFile(file);
    for (const bytes of [whole.subarray(0, 20000), new TextEncoder().encode("text"), new Uint8Array(0)]) {
      await Deno.writeFile(file, bytes);
      const why = await message(loadResults(file));
      assert.match(
        why,
        /^Cannot load .*results\.h5: (the file cannot be read \(.*cut short\)|it is not an HDF5 file)$/,
      );
      for (const operand of [folder, file]) {
        const sentence = (error: Error) => (assert.equal(error.message, why), true);
        await assert.rejects(ran(view, operand, "--no_open", "--backend", "cpu"), sentence);
        await refused(5, /^Cannot load /, view, operand, "--no_open", "--backend", "cpu");
      }
      await refused(5, /^Cannot load /, signals, file, "--out", join(folder, "out"));
    }
    await Deno.writeFile(renamed, whole.subarray(0, 20000));
    await refused(5, /^Cannot load .*monday\.h5: the file cannot be read/, view, renamed, "--no_open");
    // Nothing says that these would be results.
    const movie = join(folder, "movie.h5");
    await writeMovieFile(movie, noiseMovie({ width: 40, height: 36, frames: 8 }));
    await Deno.truncate(movie, 3000);
    await refused(3, /^Movie ".*movie\.h5" is truncated/, view, movie, "--no_open", "--backend", "cpu");
  });
});
