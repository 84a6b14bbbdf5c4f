import type { Program, Views } from "./compute.ts";

/** The typed arrays a twin receives for its bindings. */
export function viewsOf(
  program: Program,
  buffers: Readonly<Record<string, ArrayBufferLike>>,
): Views<Program["bindings"]> {
  const views: Record<string, Float32Array | Uint32Array | Int32Array> = {};
  for (const [name, { type }] of Object.entries(program.bindings)) {
    const data = buffers[name];
    views[name] = type === "f32" || type === "vec4f"
      ? new Float32Array(data)
      : type === "i32"
      ? new Int32Array(data)
      : new Uint32Array(data);
  }
  return views as Views<Program["bindings"]>;
}
