/** The results file meant by a path: the path itself, or `results.h5` in it when it is a folder. */
export async function resultsFile(path: string): Promise<string> {
  const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
  return isFolder ? `${path.replace(/[/\\]+$/, "")}/results.h5` : path;
}
