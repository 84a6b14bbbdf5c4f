import type { Program } from "./compute.ts";
import { ComputeError } from "../core/errors.ts";

/** Bytes kept on the device for uniform blocks: when they are used up, the batch is submitted. */
export const UNIFORM_BYTES = 64 * 1024;

/** Bytes of a program's uniform block: `items` and its params, rounded up to 16. */
export function uniformBytes(program: Program): number {
  return Math.ceil((1 + Object.keys(program.params).length) / 4) * 16;
}

/** Writes `items` and the params of one dispatch, in the declared order. Throws `ComputeError` for a missing or non-finite one. */
export function packUniforms(
  program: Program,
  params: Readonly<Record<string, number>>,
  items: number,
  into: DataView,
  offset: number,
): void {
  into.setUint32(offset, items, true);
  let at = offset + 4;
  for (const [name, type] of Object.entries(program.params)) {
    const value = params[name];
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new ComputeError(`Kernel "${program.name}" needs a number for its parameter "${name}", not ${value}`);
    }
    if (type === "f32") into.setFloat32(at, value, true);
    else if (type === "i32") into.setInt32(at, value, true);
    else into.setUint32(at, value, true);
    at += 4;
  }
}
