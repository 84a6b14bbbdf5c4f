/** Nobody but the viewer's own page gets anything from it. */
import assert from "node:assert/strict";
import { assets } from "../src/viewer/assets.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { type AskedViewer, withResultsViewer } from "./viewer_setting.ts";

/** Sends the head of a request as it is, and resolves to the whole answer. */
async function raw(port: number, lines: readonly string[], body = ""): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode(`${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n${body}`));
    writer.releaseLock();
    let text = "";
    for await (const part of connection.readable) text += new TextDecoder().decode(part);
    return text;
  } finally {
    try {
      connection.close();
    } catch {
      // Closed with its stream.
    }
  }
}

/** Status and sentence of an answer as it came. */
function told(answer: string): { status: number; error: string | undefined } {
  const [head, ...rest] = answer.split("\r\n\r\n"), text = rest.join("\r\n\r\n");
  let error: string | undefined;
  try {
    error = JSON.parse(text.replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, "")).error;
  } catch {
    // No JSON: there is no sentence.
  }
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), error };
}

function viewerTest(name: string, work: (viewer: AskedViewer) => Promise<void>): void {
  Deno.test(name, () => withResultsViewer(fakeExtraction(), work));
}

viewerTest("without the token nothing is answered, and nobody learns what there is", async ({ origin, served }) => {
  const token = served.token, other = token.replace(/.$/, (last) => last === "0" ? "1" : "0");
  assert.match(token, /^[0-9a-f]{32,}$/, "at least 128 bits");
  const heads: Record<string, string>[] = [
    {},
    { Authorization: `Bearer ${other}` },
    { Authorization: `Bearer ${token.slice(0, -1)}` },
    { Authorization: `Basic ${token}` },
    { Cookie: `annulus_${served.port}=${other}` },
    { Cookie: `annulus_1=${token}` },
  ];
  const paths = ["/", "/api/session", "/api/nothing", "/page/main.ts", "/nothing", `/?token=${other}`, "/?token="];
  for (const path of paths) {
    const answers = await Promise.all(
      heads.map((headers) => fetch(`${origin}${path}`, { headers, redirect: "manual" })),
    );
    for (const answer of answers) {
      const { error, ...rest } = await answer.json();
      assert.deepEqual([answer.status, answer.headers.get("set-cookie"), rest], [403, null, {}], path);
      assert.match(error, /^Open the address that annulus view printed/);
    }
  }
});

viewerTest("the address opens the page once it has set a cookie; so does a key, a single time", async (viewer) => {
  const { served, origin } = viewer;
  for (const url of [served.url, served.launchUrl()]) {
    const answer = await fetch(url, { redirect: "manual" }), cookie = answer.headers.get("set-cookie")!;
    await answer.body?.cancel();
    assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/"]);
    assert.match(cookie, new RegExp(`^annulus_${served.port}=[0-9a-f]+; Path=/; HttpOnly; SameSite=Strict$`));
    const page = await fetch(`${origin}/`, { headers: { Cookie: cookie.split(";")[0] } });
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<!DOCTYPE html>/i);
  }
  const key = served.launchUrl(), first = await fetch(key, { redirect: "manual" });
  const second = await fetch(key, { redirect: "manual" });
  await Promise.all([first, second].map((answer) => answer.body?.cancel()));
  assert.deepEqual([first.status, second.status], [303, 403]);
});

viewerTest("another host name, another origin and another site are refused, token or not", async ({ served }) => {
  const { port, token } = served, key = `Authorization: Bearer ${token}`;
  const own = ["GET /api/session HTTP/1.1", key];
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
    assert.equal(told(await raw(port, [...own, `Host: ${host}`])).status, 200, host);
  }
  for (
    const host of [`evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`, `127.0.0.1.evil.example:${port}`, ""]
  ) {
    const { status, error } = told(await raw(port, [...own, `Host: ${host}`]));
    assert(status === 403 || status === 400, `${host}: ${status}`);
    if (status === 403) assert.match(error!, /answers under http:\/\/127\.0\.0\.1/);
  }
  const here = [...own, `Host: 127.0.0.1:${port}`], ok = `Origin: http://127.0.0.1:${port}`;
  assert.equal(told(await raw(port, [...here, ok, "Sec-Fetch-Site: same-origin"])).status, 200);
  assert.equal(told(await raw(port, [...here, "Sec-Fetch-Site: none"])).status, 200);
  for (
    const line of [
      "Origin: https://evil.example",
      "Origin: null",
      `Origin: https://127.0.0.1:${port}`,
      `Origin: http://localhost:${port}`,
      `Origin: http://127.0.0.1:${port + 1}`,
      "Sec-Fetch-Site: cross-site",
      "Sec-Fetch-Site: same-site",
    ]
  ) {
    const answer = await raw(port, [...here, line]), { status, error } = told(answer);
    assert.equal(status, 403, line);
    assert.match(error!, /origin|site/);
    assert(!/access-control-allow/i.test(answer));
  }
  // A page of another site cannot even ask beforehand.
  const preflight = ["OPTIONS /api/edit HTTP/1.1", `Host: 127.0.0.1:${port}`, "Origin: https://evil.example"];
  assert.equal(told(await raw(port, [...preflight, "Access-Control-Request-Method: POST"])).status, 403);
});

viewerTest("no path leads to a file: only what is in the table is served", async ({ served, file }) => {
  const { port, token } = served, head = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`];
  for (
    const path of [
      "/../../../../etc/passwd",
      "/page/../../../../etc/passwd",
      "/page/%2e%2e/%2e%2e/etc/passwd",
      "/page/..%2f..%2fetc%2fpasswd",
      "/page/....//etc/passwd",
      "/page//etc/passwd",
      "//etc/passwd",
      file,
      "/results.h5",
      "/page/",
      "/page/assets.ts",
      "/page/../serve.ts",
      "/page/main.ts/",
      "/page/main.ts%00.css",
      "/api/image/..%2f..%2fresults.h5",
      "/api/image/__proto__",
      "/api/__proto__",
      "/api/",
      "/constructor",
    ]
  ) {
    const answer = await raw(port, [`GET ${path} HTTP/1.1`, ...head]), { status, error } = told(answer);
    assert(status === 404 || status === 400, `${path}: ${status}`);
    if (status === 404) assert.match(error!, /^There is (nothing|no such image)/, path);
    assert(!answer.includes("root:"), path);
  }
});

viewerTest("methods, types and sizes that are not right are refused in one sentence", async (viewer) => {
  const { origin, served, ask } = viewer, Authorization = `Bearer ${served.token}`;
  const send = async (path: string, init: RequestInit) => {
    const answer = await fetch(`${origin}${path}`, { ...init, headers: { Authorization, ...init.headers } });
    const text = await answer.text();
    return { status: answer.status, error: text === "" ? "" : JSON.parse(text).error as string };
  };
  const json = { "Content-Type": "application/json" };
  for (const method of ["PUT", "DELETE", "PATCH", "POST"]) {
    assert.deepEqual(await send("/api/session", { method }), { status: 405, error: "This path takes GET only" });
    assert.equal((await send("/page/main.ts", { method })).status, 405);
  }
  assert.deepEqual(await send("/api/edit", {}), { status: 405, error: "This path takes POST only" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const { status, error } = await send("/api/edit", {
      method: "POST",
      body: "{}",
      headers: { "Content-Type": type },
    });
    assert.equal(status, 415);
    assert.match(error, /application\/json/);
  }
  for (const body of ["", "{", "[1", "\xff"]) {
    assert.equal((await send("/api/edit", { method: "POST", body, headers: json })).status, 400, body);
  }
  for (const body of ["[]", "null", "3", '"merge"', "{}", '{"action":"eat"}', '{"action":"merge","cells":"3"}']) {
    const { status, error } = await send("/api/edit", { method: "POST", body, headers: json });
    assert.equal(status, 400, body);
    assert(!/\n|undefined|\[object/.test(error), error);
  }
  for (const cells of ['["3"]', "[-1]", "[0.5]", "[null]"]) {
    assert.equal(
      (await send("/api/edit", { method: "POST", body: `{"action":"reject","cells":${cells}}`, headers: json })).status,
      400,
    );
  }
  assert.equal((await send("/api/thresholds", { method: "POST", body: '{"min_SNR":"3"}', headers: json })).status, 400);
  const large = "1".repeat(300_000);
  assert.equal((await send("/api/edit", { method: "POST", body: large, headers: json })).status, 413);
  // A body that does not say how long it is.
  let parts = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++parts > 20) controller.close();
      else controller.enqueue(new Uint8Array(65536).fill(49));
    },
  });
  const endless = await send("/api/edit", { method: "POST", body: stream, headers: json });
  assert.equal(endless.status, 413);
  // It still answers.
  assert.equal((await ask("/api/session").then(async (answer) => (await answer.json(), answer))).status, 200);
});

viewerTest("every answer forbids what the page does not need", async ({ origin, ask, served }) => {
  const answers = [
    await ask("/"),
    await ask("/page/main.ts"),
    await ask("/page/page.css"),
    await ask("/api/session"),
    await ask("/api/image/mean"),
    await ask("/nothing"),
    await fetch(`${origin}/`),
    await fetch(served.url, { redirect: "manual" }),
  ];
  for (const { headers, body } of answers) {
    await body?.cancel();
    const policy = headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
    assert(!/unsafe|\*|https?:/.test(policy), policy);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("a viewer listens on the loopback address alone, each with a token of its own", async () => {
  await withResultsViewer(fakeExtraction(), async (one) => {
    await withResultsViewer(fakeExtraction(), async (other) => {
      assert.notEqual(one.served.port, other.served.port);
      assert.notEqual(one.served.token, other.served.token);
      const foreign = await fetch(`${other.origin}/api/session`, {
        headers: { Authorization: `Bearer ${one.served.token}` },
      });
      await foreign.body?.cancel();
      assert.equal(foreign.status, 403);
      for (const address of Deno.networkInterfaces().map(({ address }) => address)) {
        if (address === "127.0.0.1" || address.includes(":")) continue;
        await assert.rejects(Deno.connect({ hostname: address, port: one.served.port }), `${address} answers`);
      }
    });
  });
});

Deno.test("the table of assets has every file of the page", () => {
  const table = assets(), folder = new URL("../src/viewer/page/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name);
  const missing = names.filter((name) => !table.has(name === "page.html" ? "/" : `/page/${name}`));
  assert.deepEqual(missing, [], "these have no line in src/viewer/assets.ts");
  for (const [path, { type, body }] of table) {
    if (!type.startsWith("text/javascript")) continue;
    // Every module a module imports is served, too; and none is bare.
    for (const [, specifier] of body.matchAll(/^\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']/gm)) {
      assert(table.has(new URL(specifier, `http://x${path}`).pathname), `${path} imports ${specifier}`);
    }
  }
});
