import { ResultsError } from "../core/errors.ts";

/** What tells one version of a file from another; undefined where there is none. */
export async function fileVersion(path: string): Promise<string | undefined> {
  return await Deno.stat(path).then(versionOf, () => undefined);
}

/**
 * Makes sure that a file is what it was when it was read, right before it is replaced: nothing that something else wrote meanwhile is lost.
 * @param version what `fileVersion` said before it was read
 * @throws ResultsError when it is another one now, or gone
 */
export function refuseChanged(path: string, version: string | undefined): void {
  let now: string | undefined;
  try {
    now = versionOf(Deno.statSync(path));
  } catch {
    // It is gone.
  }
  if (now !== undefined && now === version) return;
  throw new ResultsError(
    `Cannot write ${path}: it was changed or moved by something else meanwhile, and stays as it is; try again`,
  );
}

function versionOf({ size, mtime, ino }: Deno.FileInfo): string {
  return `${size} ${mtime?.getTime()} ${ino}`;
}
