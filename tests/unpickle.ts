/** Reads pickles of plain values and numpy arrays as Python would; refuses every opcode and every name beyond that. */
import assert from "node:assert/strict";
import { npyHeaderOf } from "./numpy_files.ts";

/** An array of numpy in a pickle. */
export interface UnpickledArray {
  readonly type: string;
  readonly shape: number[];
  readonly data: unknown[];
}

const VIEWS: Record<string, (buffer: ArrayBuffer) => ArrayLike<number>> = {
  f4: (buffer) => new Float32Array(buffer),
  f8: (buffer) => new Float64Array(buffer),
  i4: (buffer) => new Int32Array(buffer),
  b1: (buffer) => new Uint8Array(buffer),
};

/** A float of Python, told from an int. */
export class Float {
  constructor(readonly value: number) {}
}

/** The objects of an `.npy` file of Python objects. */
export function readPickledNpy(bytes: Uint8Array): { shape: number[]; objects: unknown[] } {
  const { type, shape, rest } = npyHeaderOf(bytes);
  assert.equal(type, "|O");
  const array = unpickle(rest) as UnpickledArray;
  assert.deepEqual([array.type, array.shape], ["O8", shape]);
  return { shape, objects: array.data };
}

function unpickle(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    stack: unknown[] = [],
    marks: number[] = [];
  let at = 2;
  assert.deepEqual([...bytes.subarray(0, 2)], [0x80, 3]);
  const line = () => {
    const end = bytes.indexOf(0x0a, at), text = new TextDecoder().decode(bytes.subarray(at, end));
    at = end + 1;
    return text;
  };
  const counted = () => {
    const length = view.getUint32(at, true);
    at += 4 + length;
    return bytes.slice(at - length, at);
  };
  const marked = () => stack.splice(marks.pop()!);
  for (;;) {
    const code = String.fromCharCode(bytes[at++]);
    switch (code) {
      case ".":
        assert.deepEqual([at, stack.length, marks.length], [bytes.length, 1, 0]);
        return stack[0];
      case "(":
        marks.push(stack.length);
        break;
      case "N":
        stack.push(null);
        break;
      case "\x88":
      case "\x89":
        stack.push(code === "\x88");
        break;
      case "J":
        stack.push(view.getInt32(at, true));
        at += 4;
        break;
      case "G":
        stack.push(new Float(view.getFloat64(at)));
        at += 8;
        break;
      case "X":
        stack.push(new TextDecoder().decode(counted()));
        break;
      case "B":
        stack.push(counted());
        break;
      case "]":
        stack.push([]);
        break;
      case "}":
        stack.push({});
        break;
      case "t":
        stack.push(marked());
        break;
      case "e": {
        const items = marked();
        (stack.at(-1) as unknown[]).push(...items);
        break;
      }
      case "u": {
        const items = marked(), record = stack.at(-1) as Record<string, unknown>;
        for (let i = 0; i < items.length; i += 2) record[items[i] as string] = items[i + 1];
        break;
      }
      case "c":
        stack.push(`${line()} ${line()}`);
        break;
      case "R": {
        const [name, args] = stack.splice(-2) as [string, unknown[]];
        if (name === "numpy dtype") stack.push({ type: args[0] });
        else {
          assert.equal(name, "numpy.core.multiarray _reconstruct");
          assert.deepEqual(args, ["numpy ndarray", [0], new TextEncoder().encode("b")]);
          stack.push({});
        }
        break;
      }
      case "b": {
        const [object, state] = stack.splice(-2) as [{ type?: string }, unknown[]];
        if (object.type !== undefined) {
          const flags = object.type === "O8" ? 63 : 0, order = /^[Ob]/.test(object.type) ? "|" : "<";
          assert.deepEqual(state, [3, order, null, null, null, -1, -1, flags]);
          stack.push(object);
        } else stack.push(arrayOf(state));
        break;
      }
      default:
        assert.fail(`opcode ${code} at ${at - 1}`);
    }
  }
}

function arrayOf([version, shape, dtype, fortran, data]: unknown[]): UnpickledArray {
  const { type } = dtype as { type: string };
  assert.deepEqual([version, fortran], [1, false]);
  const values = data instanceof Uint8Array ? Array.from(VIEWS[type](data.buffer as ArrayBuffer)) : data as unknown[];
  assert.equal(values.length, (shape as number[]).reduce((product, size) => product * size, 1));
  return { type, shape: shape as number[], data: values };
}
