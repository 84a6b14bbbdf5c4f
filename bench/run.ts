/**
 * All benchmarks, one after the other, each in a process of its own: `deno task bench`. Movies are made once in /tmp/annulus-bench.
 * What they gave on which machine is in RESULTS.md.
 */
for (
  const name of [
    "kernels",
    "movie",
    "formats",
    "deconvolution",
    "real_spikes",
    "accuracy",
    "quality",
    "motion",
    "cost",
    "edit",
    "convert",
    "viewer",
    "viewer_page",
  ]
) {
  console.log(`\n## ${name}\n`);
  const url = new URL(`./${name}.ts`, import.meta.url).pathname;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", url],
    stdout: "inherit",
    stderr: "inherit",
  })
    .output();
  if (code !== 0) Deno.exit(code);
}
