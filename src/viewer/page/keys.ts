/// <reference lib="dom" />
/** Keys of the whole page. */
import type { App } from "./app.ts";
import { type Command, COMMANDS } from "./commands.ts";

const NAMES: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  " ": "Space",
  "=": "+",
  "_": "-",
  Backspace: "Delete",
};

/** A key press in the words of the table. */
export function keyName(event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey">): string {
  const { key } = event, isLetter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const name = NAMES[key] ?? (isLetter ? key.toUpperCase() : key);
  // Shift is part of what a sign is, but not of a letter or an arrow.
  const isShifted = event.shiftKey && (isLetter || name.length !== 1 || "↑↓←→".includes(name));
  return `${isShifted ? "Shift+" : ""}${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${name}`;
}

const byKey = new Map<string, Command>(
  COMMANDS.flatMap((command) => command.keys.map((key) => [key, command] as const)),
);

/** What an element does with keys by itself. */
function isTakenBy(element: Element | null, name: string): boolean {
  if (!(element instanceof HTMLElement)) return false;
  if (element instanceof HTMLTextAreaElement || element.isContentEditable) return true;
  if (element instanceof HTMLSelectElement) return !name.includes("Ctrl+") && name !== "Escape";
  if (element instanceof HTMLInputElement) {
    if (["range", "radio"].includes(element.type)) return /[↑↓←→]|^Space$/.test(name);
    return element.type === "checkbox" ? name === "Space" : name !== "Escape";
  }
  if (element.getAttribute("role") === "tab") return /[←→]|^Space$/.test(name);
  return name === "Space" && element.matches("button, a, summary");
}

/**
 * A control that was set by the pointer gives the keys back to the page, so that after choosing an image ↓ goes to the next cell. One that
 * was reached by keys keeps them.
 */
function freeKeys(): void {
  let isPointed = false;
  document.addEventListener("pointerdown", () => isPointed = true, true);
  document.addEventListener("keydown", () => isPointed = false, true);
  document.addEventListener("change", ({ target }) => {
    const isText = target instanceof HTMLInputElement && ["text", "search", "number"].includes(target.type);
    if (isPointed && !isText && (target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) {
      target.blur();
    }
  });
}

/** Does what keys say. */
export function listenToKeys(app: App): void {
  freeKeys();
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.defaultPrevented) return;
    const name = keyName(event), command = byKey.get(name), focused = document.activeElement;
    if (isTakenBy(focused, name)) return;
    if (app.state.isHelpOpen) {
      if (name === "Escape" || name === "?") {
        event.preventDefault();
        app.set({ isHelpOpen: false });
      }
      return;
    }
    if (!command) return;
    if (name === "Escape" && focused instanceof HTMLInputElement) focused.blur();
    event.preventDefault();
    command.run(app);
  });
}
