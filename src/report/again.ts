import type { Extraction } from "../core/extraction.ts";
import { recordingOf } from "../core/movie.ts";
import { usedParameters } from "./parameters_used.ts";

/** What a shell takes as it is. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * The command line that gives these results again: the files, and every parameter that is not at its default. Undefined for results of other
 * programs, for movies without files, and for names that cannot be typed. `max_shifts` is left to its default. The frame rate is told unless
 * timestamps tell it: results do not know whether the files or a person said it.
 *
 * @param without parameters that are left out, for another value to be put in
 */
export function againCommand(extraction: Extraction, without: readonly string[] = []): string | undefined {
  const { movie, preparation, software } = extraction, paths = movie.files.map(({ path }) => path);
  if (!("annulus" in software) || paths.length === 0) return undefined;
  if (paths.some((path) => /\p{Cc}|\p{Cf}/u.test(path) || path.startsWith("-"))) return undefined;
  const { frameRate, timestamps } = recordingOf(movie),
    isRateTold = frameRate !== undefined && timestamps === undefined;
  const flags = (["preprocess", "motion", "extraction", "quality"] as const).flatMap((step) =>
    usedParameters(extraction, step).filter(({ name, isSet }) =>
      isSet && name !== "frame_rate" && !without.includes(name)
    ).map(
      ({ name, value }) => {
        return `--${name} ${shellWord(typeof value === "string" ? value : JSON.stringify(value) ?? "null")}`;
      },
    )
  );
  const motion = preparation?.motion ? ["--motion on"] : preparation ? ["--motion off"] : [];
  const rate = isRateTold ? [`--frame_rate ${frameRate}`] : [];
  return ["annulus run", ...paths.map(shellWord), "--out results/", ...rate, ...motion, ...flags].join(" ");
}

/** A text as a shell takes it for one word. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
