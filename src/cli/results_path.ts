/** The results file meant by a path: the path itself, or the file of this name in it when it is a folder. */
export async function resultsFile(path: string, name = "results.h5"): Promise<string> {
  const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
  return isFolder ? `${path.replace(/[/\\]+$/, "")}/${name}` : path;
}
