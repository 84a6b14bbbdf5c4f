import type { Edit } from "../core/edits.ts";
import type { Flag, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";

/** Flags that are edits, by their actions. */
export const EDIT_FLAGS: readonly Flag[] = [
  { name: "select", value: "CELLS", help: "Keep these cells and set every other one aside: 1,2,3" },
  { name: "reject", value: "CELLS", help: "Set cells aside; they stay in the results: 1,2" },
  { name: "restore", value: "CELLS", help: "Take cells back that were set aside: 4" },
  {
    name: "merge",
    value: "CELLS",
    help: "Make one cell of several; the first one's number stays: 3,7 (several merges: 3,7/5,9)",
  },
  { name: "split", value: "CELL", help: "Make two cells of one: 5 (several splits: 5/8)" },
  { name: "delete", value: "CELLS", help: "Take cells out of the results: 9" },
  { name: "add", value: "X,Y", help: "Add a cell at column X, row Y: 34,50 (several: 34,50/60,20)" },
];

/** The edits of a command line, in the order in which they stand there. */
export function givenEdits({ values }: Pick<Invocation, "values">): Edit[] {
  const actions = new Set(EDIT_FLAGS.map(({ name }) => name));
  return Object.entries(values).flatMap(([action, value]) =>
    actions.has(action) ? value.split("/").map((part) => editOf(action as Edit["action"], part)) : []
  );
}

function editOf(action: Edit["action"], text: string): Edit {
  const numbers = text.split(",").map((part) => numberOf(action, part.trim()));
  if (action === "add") {
    if (numbers.length === 2) return { action, x: numbers[0], y: numbers[1] };
    throw new UsageError(`--add is ${text}, but a column and a row are needed: --add 34,50`);
  }
  if (action !== "split") return { action, cells: numbers };
  if (numbers.length === 1) return { action, cell: numbers[0] };
  throw new UsageError(
    `--split is ${text}, but it takes one cell: --split ${numbers[0]} (several splits: ${numbers.join("/")})`,
  );
}

/** "7", or a cell's name in tables: "C007". */
function numberOf(action: Edit["action"], text: string): number {
  const [, digits] = (action === "add" ? /^(\d{1,9})$/ : /^[Cc]?(\d{1,9})$/).exec(text) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new UsageError(
    action === "add"
      ? `--add has "${text}", but whole numbers of pixels are needed: --add 34,50`
      : `--${action} has "${text}", which is no cell's number: --${action} ${action === "split" ? "5" : "3,7"}`,
  );
}
