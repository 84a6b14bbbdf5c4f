/** Numbers that are listed one by one; of more only the count is told. */
const LISTED = 8;

/** "Cell 3", "Cells 3 and 7", "Cells 3, 7 and 9", "20 cells". */
export function cellWords(numbers: readonly number[]): string {
  if (numbers.length === 1) return `Cell ${numbers[0]}`;
  return numbers.length > LISTED ? `${numbers.length} cells` : `Cells ${listed(numbers)}`;
}

/** "3", "3 and 7", "3, 7 and 9". */
export function listed(numbers: readonly number[]): string {
  return numbers.length < 2 ? numbers.join() : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}
