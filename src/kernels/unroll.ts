/**
 * Writes out the repeats of a shader for given constants. Registers can not be indexed at run time, so a kernel that keeps a window
 * whose size is a parameter in registers is written with repeats:
 *
 * ```
 * // repeat d 0 RADIUS        every line until `// end`, for d = 0, 1, …, RADIUS (nothing when RADIUS < 0); repeats nest
 * let w_{d} = weights[{RADIUS+d}];
 * // end
 * ```
 *
 * `{…}` is replaced by the value of a sum of products of numbers, constants and repeat variables; innermost braces first, so that `{REACH_{j}}` is
 * the constant `REACH_0` where j is 0. Throws `RangeError` for a name that is not known or a repeat that does not end.
 */
export function unroll(code: string, constants: Readonly<Record<string, number>>): string {
  return expand(code.split("\n"), constants).join("\n");
}

function expand(lines: readonly string[], constants: Readonly<Record<string, number>>): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const head = lines[i].match(/^\s*\/\/ repeat (\w+) (\S+) (\S+)$/);
    if (!head) {
      out.push(substitute(lines[i], constants));
      continue;
    }
    const end = matchingEnd(lines, i);
    const body = lines.slice(i + 1, end);
    const [first, last] = [head[2], head[3]].map((text) => evaluate(substitute(text, constants), constants));
    for (let value = first; value <= last; value++) out.push(...expand(body, { ...constants, [head[1]]: value }));
    i = end;
  }
  return out;
}

function matchingEnd(lines: readonly string[], start: number): number {
  for (let i = start, depth = 0; i < lines.length; i++) {
    if (/^\s*\/\/ repeat /.test(lines[i])) depth++;
    else if (/^\s*\/\/ end$/.test(lines[i]) && --depth === 0) return i;
  }
  throw new RangeError(`The repeat in line "${lines[start].trim()}" has no end`);
}

function substitute(line: string, constants: Readonly<Record<string, number>>): string {
  for (let before = ""; before !== line;) {
    before = line;
    line = line.replace(/\{([\w+*-]+)\}/g, (_, sum: string) => String(evaluate(sum, constants)));
  }
  return line;
}

function evaluate(sum: string, constants: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const [, sign, product] of sum.matchAll(/([+-]?)([\w*]+)/g)) {
    const factors = product.split("*").map((factor) => /^\d+$/.test(factor) ? Number(factor) : constants[factor]);
    if (factors.includes(undefined!)) throw new RangeError(`"${product}" in "{${sum}}" is not made of known constants`);
    total += factors.reduce((a, b) => a * b, sign === "-" ? -1 : 1);
  }
  return total;
}
