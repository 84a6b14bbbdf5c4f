import type { CaimanFile } from "./caiman_file.ts";

/** Longer lists among the parameters (noise of each pixel, kernels) are left out. */
const LONGEST = 1024;

/** The parameters of a CaImAn file, by group, as plain JSON values: None is null. What cannot be read, or is very long, is left out. */
export function readCaimanParameters(file: CaimanFile): Record<string, Record<string, unknown>> {
  const { reader } = file, groups: Record<string, Record<string, unknown>> = {};
  if (reader.typeOf("/params") !== "group") return groups;
  for (const group of reader.names("/params")) {
    if (reader.typeOf(`/params/${group}`) !== "group") continue;
    groups[group] = {};
    for (const name of reader.names(`/params/${group}`)) {
      const value = readParameter(file, `/params/${group}/${name}`);
      if (value !== undefined) groups[group][name] = value;
    }
  }
  return groups;
}

function readParameter({ reader }: CaimanFile, path: string): unknown {
  if (reader.typeOf(path) !== "dataset") return undefined;
  const { kind, shape } = reader.describe(path);
  if (shape === undefined || kind === "other" || kind === "reference") return undefined;
  if (shape.reduce((product, n) => product * n, 1) > LONGEST) return undefined;
  const value = reader.value(path);
  return value === "NoneType" ? null : value;
}
