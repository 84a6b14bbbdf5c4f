/** The rules of the house, checked on the sources themselves: rooms, specifiers, and no platform in the engine. */
import assert from "node:assert/strict";

const ROOT = new URL("..", import.meta.url);

/** Floors: a room may import from its own folder and from lower floors. */
const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  files: 1,
  gpu: 1,
  hdf5: 2,
  kernels: 2,
  zarr: 2,
  nwb: 3,
  movie: 4,
  preprocess: 5,
  stream: 5,
  deconvolution: 5,
  simulation: 5,
  score: 5,
  cnmfe: 6,
  motion: 6,
  summary: 7,
  quality: 7,
  edit: 7,
  model: 7,
  traces: 7,
  results: 8,
  report: 9,
  viewer: 10,
  cli: 11,
};
/** Rooms that run anywhere: no `Deno.*`, no `node:*`. */
const ENGINE = [
  "core",
  "gpu",
  "kernels",
  "stream",
  "preprocess",
  "motion",
  "summary",
  "cnmfe",
  "deconvolution",
  "quality",
  "edit",
  "model",
  "traces",
];

async function sources(folder: URL): Promise<URL[]> {
  const found: URL[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory) found.push(...await sources(url));
    else if (entry.name.endsWith(".ts")) found.push(url);
  }
  return found.sort((a, b) => a.href < b.href ? -1 : 1);
}

function nameOf(url: URL): string {
  return url.href.slice(ROOT.href.length);
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Source without comments; strings stay. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`\\])\/\/.*$/gm, "$1");
}

/** Every module specifier of a source: imports, exports from, dynamic imports, workers. */
function specifiers(text: string): string[] {
  const patterns = [
    // Not every "from" before a quote: messages have them, too.
    /^\s*(?:import\s|export\s*(?:type\s*)?[{*])[^;"'`]*?\bfrom\s+["']([^"']+)["']/gm,
    /^\s*import\s+["']([^"']+)["']/gm,
    /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g,
    /new URL\(\s*["'`]([^"'`]+)["'`]\s*,\s*import\.meta\.url/g,
  ];
  return patterns.flatMap((pattern) => [...code(text).matchAll(pattern)].map((match) => match[1]));
}

const files = [
  ...await Promise.all(
    [new URL("mod.ts", ROOT), new URL("cli.ts", ROOT), ...await sources(new URL("src/", ROOT))].map(async (url) => ({
      path: nameOf(url),
      url,
      text: await Deno.readTextFile(url),
    })),
  ),
];

Deno.test("the patterns of these tests see what they look for", () => {
  const text =
    'import a from "lodash";\n// import b from "x";\nconst c = import("left-pad");\nexport * from "./d.ts";\n' +
    'import "zod";\nimport {\n  e,\n} from "./f.ts";\nexport function g() {\n  return `from "here"`;\n}\nnew Worker(new URL("./e.ts", import.meta.url));';
  assert.deepEqual(specifiers(text), ["lodash", "./d.ts", "./f.ts", "zod", "left-pad", "./e.ts"]);
  assert.equal(code("a; // Deno.env\n/* Deno.env */"), "a; \n");
});

Deno.test("the sources are found", () => {
  assert(files.length > 20, `Only ${files.length} sources`);
  for (const room of ENGINE) assert(files.some(({ path }) => roomOf(path) === room), `No source in src/${room}`);
});

Deno.test("every specifier works from a URL: relative, node:, or npm: with an exact version", () => {
  const wrong = files.flatMap(({ path, text }) =>
    specifiers(text)
      .filter((specifier) =>
        !/^\.{1,2}\//.test(specifier) && !/^node:/.test(specifier) &&
        !/^npm:(@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+(\/.+)?$/.test(specifier)
      )
      .map((specifier) => `${path}: ${specifier}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("each dependency is imported in exactly one file", () => {
  const users = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const specifier of specifiers(text).filter((one) => one.startsWith("npm:"))) {
      const name = /^npm:((?:@[^/@]+\/)?[^/@]+)@/.exec(specifier)![1];
      users.set(name, (users.get(name) ?? new Set()).add(path));
    }
  }
  assert(users.size > 0, "No dependency found: the pattern is wrong");
  for (const [name, paths] of users) assert.deepEqual([name, [...paths].length, [...paths]], [name, 1, [...paths]]);
});

Deno.test("engine rooms know neither Deno nor Node", () => {
  const wrong = files
    .filter(({ path }) => ENGINE.includes(roomOf(path) ?? ""))
    .flatMap(({ path, text }) => {
      const platform = /\bDeno\s*[.?[]|globalThis\.process|\bprocess\.(env|argv)/.test(code(text))
        ? ["Deno or process"]
        : [];
      return [...platform, ...specifiers(text).filter((one) => one.startsWith("node:"))].map((what) =>
        `${path}: ${what}`
      );
    });
  assert.deepEqual(wrong, []);
});

Deno.test("rooms import from lower floors only", () => {
  const wrong: string[] = [];
  for (const { path, url, text } of files) {
    const room = roomOf(path);
    if (room === undefined) continue;
    assert(room in FLOORS, `src/${room} is on no floor`);
    for (const specifier of specifiers(text).filter((one) => one.startsWith("."))) {
      const target = roomOf(nameOf(new URL(specifier, url)));
      if (target === undefined || target === room) continue;
      if (FLOORS[target] >= FLOORS[room]) wrong.push(`${path} imports ${specifier}`);
    }
  }
  // `version.ts` reads deno.json and kernels read shaders/: neither is a room.
  assert.deepEqual(wrong, []);
});

Deno.test("nothing is random without a seed: Math.random is nowhere", () => {
  assert.deepEqual(files.filter(({ text }) => code(text).includes("Math.random")).map(({ path }) => path), []);
});
