/** What people and programs call the axes of a movie. */
const NAMES: Readonly<Record<string, RegExp>> = {
  T: /^(t|time|times|frame|frames|num_times|num_frames|n_frames)$/i,
  Y: /^(y|height|row|rows|ypix|num_rows)$/i,
  X: /^(x|width|col|cols|column|columns|xpix|num_columns)$/i,
};

/** Where the time axis, the rows and the columns are among named axes; undefined unless all three are there once. */
export function namedAxes(names: readonly (string | null)[] | undefined): readonly number[] | undefined {
  if (!names) return undefined;
  const places = Object.values(NAMES).map((pattern) => {
    const found = names.flatMap((name, axis) => name !== null && pattern.test(name) ? [axis] : []);
    return found.length === 1 ? found[0] : -1;
  });
  return places.includes(-1) ? undefined : places;
}
