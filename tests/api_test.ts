/** The library's interface is `tests/api.txt`: a change of it has to be meant. */
import assert from "node:assert/strict";

const SNAPSHOT = new URL("./api.txt", import.meta.url);

interface Param {
  readonly name?: string;
  readonly optional?: boolean;
  readonly left?: Param;
}
interface Declaration {
  readonly kind: string;
  readonly def: {
    readonly params?: readonly Param[];
    readonly properties?: readonly { readonly name: string; readonly optional?: boolean }[];
    readonly methods?: readonly { readonly name: string }[];
    readonly extends?: unknown;
  };
}
interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** One line per exported symbol: its kind, name, and parameters or members. */
function describe({ name, declarations }: DocumentedSymbol): string[] {
  return declarations.map(({ kind, def }) => {
    const optional = (one: { name?: string; optional?: boolean }) => `${one.name ?? "{}"}${one.optional ? "?" : ""}`;
    if (kind === "function") {
      const params = (def.params ?? []).map((param) =>
        param.left === undefined ? optional(param) : `${optional(param.left).replace("?", "")}?`
      );
      return `function ${name}(${params.join(", ")})`;
    }
    const members = [
      ...(def.properties ?? []).map(optional),
      ...(def.methods ?? []).map((method) => `${method.name}()`),
    ];
    return `${kind} ${name}${members.length > 0 ? ` { ${members.join(", ")} }` : ""}`;
  });
}

async function currentApi(): Promise<string> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "mod.ts"],
    cwd: new URL("..", import.meta.url),
  }).output();
  assert(success, "deno doc failed");
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    nodes: Record<string, { symbols: DocumentedSymbol[] }>;
  };
  const lines = Object.values(nodes).flatMap(({ symbols }) => symbols.flatMap(describe));
  return lines.sort().join("\n") + "\n";
}

Deno.test("the interface of mod.ts is the recorded one", async () => {
  const current = await currentApi();
  if (Deno.env.get("ANNULUS_UPDATE_API") === "1") await Deno.writeTextFile(SNAPSHOT, current);
  assert.match(current, /^function extract\(source, parameters, options\)$/m);
  assert.equal(
    current,
    await Deno.readTextFile(SNAPSHOT),
    "If the change is meant: ANNULUS_UPDATE_API=1 deno test -A tests/api_test.ts",
  );
});

Deno.test("every function that is documented can be imported", async () => {
  const library: Record<string, unknown> = await import("../mod.ts");
  for (const [, name] of (await currentApi()).matchAll(/^(?:function|class|variable) (\w+)/gm)) {
    assert.notEqual(library[name], undefined, name);
  }
});
