/** Names of the files that this process is writing. */
const written = new Set<string>();

/**
 * Gives a job the name under which a file is written until it is complete and takes its own: one that no other call in this process is
 * writing to, nor another process.
 */
export async function withPartial<R>(path: string, job: (partial: string) => Promise<R>): Promise<R> {
  let partial = `${path}.partial-${Deno.pid}`;
  for (let i = 1; written.has(partial); i++) partial = `${path}.partial-${Deno.pid}-${i}`;
  written.add(partial);
  try {
    return await job(partial);
  } finally {
    written.delete(partial);
  }
}
