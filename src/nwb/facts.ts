import type { Column, NwbWriter } from "./nwb_writer.ts";

/** A fact: where it belongs, its name, its value as text. */
export type Fact = readonly [part: string, name: string, value: string];

/** Facts beyond this many are left out: a table of them is for people. */
const MOST = 10000;

/**
 * The facts in a record of JSON values, one per number, text or truth value in it: those in lists and records within it are named with the way
 * to them, "crop.0". Short lists of numbers stay in one piece.
 */
export function factsIn(part: string, record: Readonly<Record<string, unknown>>): Fact[] {
  const facts: Fact[] = [];
  const add = (name: string, value: unknown) => {
    if (value === undefined || facts.length >= MOST) return;
    if (ArrayBuffer.isView(value)) value = Array.from(value as unknown as ArrayLike<number>);
    const isPlain = typeof value !== "object" || value === null ||
      (Array.isArray(value) && value.length < 100 && value.every((one) => typeof one === "number"));
    if (isPlain) facts.push([part, name, Array.isArray(value) ? `[${value.join(", ")}]` : String(value)]);
    else for (const [key, entry] of Object.entries(value as object)) add(`${name}.${key}`, entry);
  };
  for (const [name, value] of Object.entries(record)) add(name, value);
  return facts;
}

/** Facts as the columns of a table. */
export function factColumns(facts: readonly Fact[]): Column[] {
  return [
    { name: "part", description: "What it belongs to", values: facts.map(([part]) => part) },
    { name: "entry", description: "Its name", values: facts.map(([, name]) => name) },
    { name: "value", description: "Its value, as text", values: facts.map(([, , value]) => value) },
  ];
}

/** Writes what a recording's files say of themselves as a table, if they say anything. */
export function writeRecordingFacts(nwb: NwbWriter, metadata: Readonly<Record<string, unknown>> = {}): void {
  const facts = factsIn("recording", metadata), description = "What the recording's files say of themselves";
  if (facts.length === 0) return;
  nwb.table("/acquisition/recording_metadata", "DynamicTable", description, facts.length, factColumns(facts));
}
