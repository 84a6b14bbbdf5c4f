/** Whether what was read from JSON has the form of what it is taken for: a file may be damaged, or written by anybody. */
import { type Edit, editedCells, LARGEST_NUMBER, type LoggedEdit } from "../core/edits.ts";
import type { Seed } from "../core/extraction.ts";
import type { Preparation, PreparationMotion } from "../core/preparation.ts";
import type { InjectedRecall, RecallBin } from "../core/quality.ts";

/** Whether a value is an object with entries: no list, and nothing else. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a whole number from `least` on. */
export function isWhole(value: unknown, least = 0): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** Whether a value is a record of numbers, NaN and the infinities included. */
export function areNumbers(value: unknown): value is Record<string, number> {
  return isRecord(value) && Object.values(value).every(isNumber);
}

/** Whether a value is a record of texts. */
export function areNamedTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every(isText);
}

/** Whether a value is a list of texts. */
export function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Whether a value is an edit that was made. */
export function isLoggedEdit(value: unknown): value is LoggedEdit {
  if (!isRecord(value)) return false;
  const { edit, outcome, made, changed, refitted, time } = value;
  return isEdit(edit) && isText(outcome) && typeof refitted === "boolean" && isOptional(time, isText) &&
    areCells(made) && areCells(changed);
}

/** Whether a value is a place in a field where a cell may be. */
export function isSeed(value: unknown, width: number, height: number): value is Seed {
  if (!isRecord(value)) return false;
  const { x, y, correlation, pnr } = value;
  return isWhole(x) && x < width && isWhole(y) && y < height && isNumber(correlation) && isNumber(pnr);
}

/** Whether a value tells of added cells, and which of them were found. */
export function isRecall(value: unknown): value is InjectedRecall {
  if (!isRecord(value)) return false;
  const { cells, seed, cosine, bins } = value;
  return isWhole(cells) && isNumber(seed) && isNumber(cosine) && Array.isArray(bins) && bins.every(isBin);
}

/** Whether a value tells what was done to a movie. */
export function isPreparation(value: unknown): value is Preparation {
  if (!isRecord(value)) return false;
  const { done, found, preprocessing, motion } = value;
  return areTexts(done) && areTexts(found) && isRecord(preprocessing) && isOptional(motion, isMotion);
}

function isMotion(value: unknown): value is PreparationMotion {
  if (!isRecord(value)) return false;
  const { parameters, largest, correlation, crispness, border, outliers, notes } = value;
  return isRecord(parameters) && isNumber(largest) && hasNumbers(correlation, ["before", "after"]) &&
    hasNumbers(crispness, ["before", "after"]) && hasNumbers(border, ["left", "top", "right", "bottom"]) &&
    Array.isArray(outliers) && outliers.every((one) => isRecord(one) && isWhole(one.frame) && isText(one.reason)) &&
    areTexts(notes);
}

function isBin(value: unknown): value is RecallBin {
  if (!isRecord(value)) return false;
  const { from, to, added, found, accepted } = value;
  return isNumber(from) && isNumber(to) && isWhole(added) && isWhole(found) && found <= added && isWhole(accepted) &&
    accepted <= found;
}

function isEdit(value: unknown): value is Edit {
  if (!isRecord(value)) return false;
  const edit = value as Edit;
  if (edit.action === "add") return isWhole(edit.x) && isWhole(edit.y);
  if (edit.action === "split") return isCell(edit.cell);
  return ["select", "reject", "restore", "merge", "delete"].includes(edit.action) && areCells(editedCells(edit));
}

function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return isRecord(value) && names.every((name) => isNumber(value[name]));
}

function areCells(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCell);
}

function isCell(value: unknown): value is number {
  return isWhole(value) && value <= LARGEST_NUMBER;
}

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): boolean {
  return value === undefined || is(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
