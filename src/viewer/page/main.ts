/// <reference lib="dom" />
/** Starts the page. */
import { fetchCells, fetchSession } from "./api.ts";

const root = document.getElementById("page")!;
try {
  const [session, cells] = await Promise.all([fetchSession(), fetchCells()]);
  root.textContent = `${session.name}: ${cells.length} cells`;
} catch (error) {
  root.textContent = error instanceof Error ? error.message : String(error);
}
