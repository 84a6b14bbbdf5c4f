/// <reference lib="dom" />
/** Starts the page. */
import { h, render } from "./libraries/preact.ts";
import { fetchCells, fetchSession } from "./api.ts";
import { startApp } from "./app.ts";
import { Page } from "./layout.ts";
import { listenToKeys } from "./keys.ts";
import { Pictures } from "./pictures.ts";
import { Player } from "./player.ts";
import { applyTheme, rememberedTheme } from "./theme.ts";

const root = document.getElementById("page")!;
try {
  const session = await fetchSession(), cells = session.mode === "results" ? await fetchCells() : [];
  const app = startApp(session, cells, rememberedTheme()), pictures = new Pictures(app);
  new Player(app);
  applyTheme(app);
  root.replaceChildren();
  render(h(Page, { app, pictures }), root);
  listenToKeys(app);
  pictures.show();
  document.title = `${session.name} – annulus`;
} catch (error) {
  const message = document.createElement("p");
  message.className = "fatal";
  message.setAttribute("role", "alert");
  message.textContent = error instanceof Error ? error.message : String(error);
  root.replaceChildren(message);
}
