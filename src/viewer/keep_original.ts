import { ResultsError } from "../core/errors.ts";
import { reasonOf } from "../files/reason.ts";

/** Where results are kept as they were before the first edit: `results.original.h5` for `results.h5`. */
export function originalPath(path: string): string {
  return path.replace(/(\.[^./\\]*)?$/, ".original$1");
}

/** Keeps a results file as it is, beside it; what was kept before stays. Rejects with a `ResultsError`. */
export async function keepOriginal(path: string): Promise<void> {
  const original = originalPath(path), partial = `${original}.partial-${Deno.pid}`;
  if (await Deno.lstat(original).then(() => true, () => false)) return;
  try {
    await Deno.copyFile(path, partial);
    await Deno.rename(partial, original);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw new ResultsError(`Cannot write ${original}: ${reasonOf(error).replaceAll(partial, original)}`);
  }
}
