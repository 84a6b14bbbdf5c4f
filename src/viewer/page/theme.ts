/// <reference lib="dom" />
/** Light and dark: as the system has it, or as a person chose. */
import type { App, State } from "./app.ts";

const KEY = "annulus theme", THEMES: readonly State["theme"][] = ["auto", "light", "dark"];

/** The theme that was chosen before. */
export function rememberedTheme(): State["theme"] {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === kept) ?? "auto";
  } catch {
    // Storage may be switched off.
    return "auto";
  }
}

/** Whether a theme is dark now. */
export function isDark(theme: State["theme"]): boolean {
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}

/** Shows the state's theme, now and whenever it or the system's changes. */
export function applyTheme(app: App): void {
  const apply = () => {
    const dark = isDark(app.state.theme);
    // The style sheet first: canvases take their colours from it.
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    app.set({ isDark: dark });
  };
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  app.subscribe(({ theme }, before) => {
    if (theme === before.theme) return;
    apply();
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Then it is only for now.
    }
  });
}

/** Chooses the opposite of what is shown. */
export function toggleTheme(app: App): void {
  app.set({ theme: app.state.isDark ? "light" : "dark" });
}
