/** The library works for a program that has nothing but its URL. */
import assert from "node:assert/strict";
import { extname } from "node:path";

const ROOT = new URL("..", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  ".ts": "application/typescript",
  ".json": "application/json",
  ".wgsl": "text/plain",
};

/** What the empty project does: a small movie through the whole engine, from and to files that need a library or a worker. */
const PROGRAM = (base: string) => `
import { exportResults, extract, movieWriter, openCompute, openMovie, resolveParameters, sampleArray, score, simulate } from "${base}mod.ts";

const { source, truth } = simulate({ width: 64, height: 64, frames: 300, cells: 6, seed: 3 });
const compute = await openCompute("cpu");
const extraction = await extract(source, resolveParameters({ gSig: 3 }, source.header), { compute, memoryBytes: 500e6 });
compute.destroy();
const { width, height, frames, sampleType } = source.header;
const samples = sampleArray(sampleType, width * height * frames), again = sampleArray(sampleType, samples.length);
await source.read(0, frames, samples);
const same = [];
for (const name of ["movie.tif", "movie.h5", "movie.zarr", "movie.nwb"]) {
  const writer = await movieWriter(name, source.header);
  await writer.write(samples);
  await writer.close();
  const movie = await openMovie(name);
  await movie.read(0, frames, again.fill(0));
  movie.close();
  if (samples.every((value, i) => value === again[i])) same.push(name);
}
await exportResults("results.nwb", extraction, "nwb");
console.log(JSON.stringify({
  cells: extraction.footprints.count,
  recall: score(extraction, truth).thresholds[0].recall,
  backend: extraction.software.backend,
  same,
}));
`;

Deno.test("an empty project imports the library from a URL and extracts a movie", async () => {
  const asked: string[] = [], missing: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const path = new URL(url).pathname.slice(1);
    asked.push(path);
    try {
      const body = await Deno.readFile(new URL(path, ROOT));
      return new Response(body, { headers: { "content-type": TYPES[extname(path)] ?? "application/octet-stream" } });
    } catch {
      missing.push(path);
      return new Response("There is no such file", { status: 404 });
    }
  });
  const project = await Deno.makeTempDir({ prefix: "annulus-url-" });
  try {
    const cache = `${project}/cache`;
    await Deno.mkdir(cache);
    // Packages come from the registry; unless an empty cache is asked for, those this machine has already are used.
    if (Deno.env.get("ANNULUS_EMPTY_CACHE") !== "1") await Deno.symlink(await packageCache(), `${cache}/npm`);
    await Deno.mkdir(`${project}/empty`);
    await Deno.writeTextFile(`${project}/empty/main.ts`, PROGRAM(`http://127.0.0.1:${server.addr.port}/`));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-raw-imports", "--unstable-webgpu", "main.ts"],
      cwd: `${project}/empty`,
      env: { DENO_DIR: cache, NO_COLOR: "1" },
    }).output();
    const errors = new TextDecoder().decode(stderr);
    assert.deepEqual(missing, [], errors);
    assert.equal(code, 0, errors);
    const result = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(result.backend, "cpu");
    assert(result.recall >= 0.5, `Recall is ${result.recall}`);
    assert.deepEqual(result.same, ["movie.tif", "movie.h5", "movie.zarr", "movie.nwb"]);
    assert(asked.includes("mod.ts"));
    assert(asked.some((path) => path.endsWith(".wgsl")), "No shader was fetched");
  } finally {
    await server.shutdown();
    await Deno.remove(project, { recursive: true });
  }
});

/** Where this Deno keeps npm packages. */
async function packageCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}
