/** Opens an address in the user's browser, if there is one to be seen; resolves to whether it was tried with success. */
export async function openInBrowser(url: string): Promise<boolean> {
  const command = opener();
  if (command === undefined) return false;
  const [program, ...args] = command;
  try {
    // Not waited for: some openers stay as long as the browser does.
    const child = new Deno.Command(program, { args: [...args, url], stdin: "null", stdout: "null", stderr: "null" })
      .spawn();
    child.unref();
    const failed = child.status.then(({ success }) => !success, () => true);
    const { promise, resolve } = Promise.withResolvers<boolean>(),
      timer = setTimeout(() => resolve(false), PATIENCE_MS);
    return !(await Promise.race([failed, promise]).finally(() => clearTimeout(timer)));
  } catch {
    return false;
  }
}

/** Milliseconds after which an opener that has not failed is taken to work. */
const PATIENCE_MS = 1500;

function opener(): readonly string[] | undefined {
  switch (Deno.build.os) {
    case "darwin":
      return ["open"];
    case "windows":
      return ["cmd", "/c", "start", ""];
    default:
      return Deno.env.get("DISPLAY") || Deno.env.get("WAYLAND_DISPLAY") ? ["xdg-open"] : undefined;
  }
}
