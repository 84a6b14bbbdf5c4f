/// <reference lib="dom" />
/** Everything that keys and buttons do, in one table: the help is written from it. */
import { judge, keepOnly, merge, remove, showRange, split, step, tell, undo } from "./actions.ts";
import type { App, State } from "./app.ts";
import { currentCell } from "./app.ts";
import { goTo } from "./actions.ts";
import { painterOf } from "./panes.ts";
import { toggleTheme } from "./theme.ts";

/** Something a key or a button does. */
export interface Command {
  /** Keys as people read them; the first one is on the button. Ctrl is also ⌘. */
  readonly keys: readonly string[];
  /** A word for its button. */
  readonly label: string;
  /** What it does, for the help; empty where the help of another one says it. */
  readonly help: string;
  /** Keys as the help has them, where they stand for others, too. */
  readonly shownAs?: readonly string[];
  readonly group: "Decide" | "Look" | "Movie and traces" | "Page";
  readonly isDecision?: boolean;
  readonly kind?: string;
  /** Whether it can be done now. */
  readonly isPossible?: (state: State) => boolean;
  readonly run: (app: App) => void;
}

const isSome = ({ selected }: State) => selected.length > 0;

/** The time shown is made shorter or longer around the frame that is shown, or its middle. */
function zoomTime(app: App, factor: number): void {
  const { range: { from, to }, frame } = app.state;
  const centre = frame >= from && frame < to ? frame : (from + to) / 2;
  showRange(app, centre - (centre - from) * factor, centre + (to - centre) * factor);
}

function moveTime(app: App, share: number): void {
  const { range: { from, to } } = app.state, by = (to - from) * share;
  showRange(app, from + by, to + by);
}

/** Every command. */
export const COMMANDS: readonly Command[] = [
  {
    keys: ["A"],
    label: "Accept",
    help: "Accept the selected cells",
    group: "Decide",
    isDecision: true,
    kind: "accept",
    isPossible: isSome,
    run: (app) => void judge(app, "restore"),
  },
  {
    keys: ["R"],
    label: "Reject",
    help: "Set the selected cells aside; they stay in the results",
    group: "Decide",
    isDecision: true,
    kind: "reject",
    isPossible: isSome,
    run: (app) => void judge(app, "reject"),
  },
  {
    keys: ["M"],
    label: "Merge",
    help: "Make one cell of the selected ones",
    group: "Decide",
    isDecision: true,
    isPossible: ({ selected, session }) => selected.length > 1 && session.hasMovie,
    run: (app) => needsMovie(app) && void merge(app),
  },
  {
    keys: ["S"],
    label: "Split",
    help: "Make two cells of the selected one",
    group: "Decide",
    isDecision: true,
    isPossible: ({ selected, session }) => selected.length === 1 && session.hasMovie,
    run: (app) => needsMovie(app) && void split(app),
  },
  {
    keys: ["N"],
    label: "Add",
    help: "Add a cell where you click next; N again adds it at the pointer, or in the middle of what is seen",
    group: "Decide",
    isDecision: true,
    isPossible: ({ session }) => session.hasMovie,
    run: startAdding,
  },
  {
    keys: ["D", "Delete"],
    label: "Delete",
    help: "Take the selected cells out of the results",
    group: "Decide",
    isDecision: true,
    kind: "danger",
    isPossible: isSome,
    run: (app) => void remove(app),
  },
  {
    keys: ["K"],
    label: "Keep only",
    help: "Accept the selected cells and set every other one aside",
    group: "Decide",
    isDecision: true,
    isPossible: isSome,
    run: (app) => void keepOnly(app),
  },
  {
    keys: ["U", "Ctrl+Z"],
    label: "Undo",
    help: "Take the last edit back",
    group: "Decide",
    isDecision: true,
    isPossible: ({ session }) => session.undo > 0,
    run: (app) => void undo(app, "undo"),
  },
  {
    keys: ["Shift+U", "Shift+Ctrl+Z", "Ctrl+Y"],
    shownAs: ["Shift+U", "Shift+Ctrl+Z"],
    label: "Redo",
    help: "Make it again",
    group: "Decide",
    isDecision: true,
    isPossible: ({ session }) => session.redo > 0,
    run: (app) => void undo(app, "redo"),
  },
  {
    keys: ["↓", "J"],
    label: "Next cell",
    help: "Next and previous cell of the list",
    shownAs: ["↓", "↑"],
    group: "Look",
    run: (app) => step(app, 1),
  },
  {
    keys: ["↑", "Shift+J"],
    label: "Previous cell",
    help: "",
    group: "Look",
    run: (app) => step(app, -1),
  },
  {
    keys: ["Shift+↓"],
    label: "And next",
    help: "Select that cell, too",
    shownAs: ["Shift+↓", "↑"],
    group: "Look",
    run: (app) => step(app, 1, true),
  },
  {
    keys: ["Shift+↑"],
    label: "And previous",
    help: "",
    group: "Look",
    run: (app) => step(app, -1, true),
  },
  {
    keys: ["Ctrl+A"],
    label: "All",
    help: "Select every listed cell",
    group: "Look",
    run: (app) => app.set({ selected: app.state.list.map(({ number }) => number) }),
  },
  {
    keys: ["Escape"],
    label: "None",
    help: "Select nothing; leave what is open",
    group: "Look",
    run: (app) => app.state.isAdding ? app.set({ isAdding: false }) : app.set({ selected: [] }),
  },
  {
    keys: ["Z"],
    label: "To the cell",
    help: "Zoom the image to the selected cell",
    group: "Look",
    run: (app) => {
      const cell = currentCell(app.state);
      if (cell) painterOf()?.show(cell);
    },
  },
  {
    keys: ["F", "0"],
    label: "Whole image",
    help: "Show the whole image",
    group: "Look",
    run: () => painterOf()?.fit(),
  },
  {
    keys: ["+"],
    label: "Zoom in",
    help: "Zoom the image",
    shownAs: ["+", "-"],
    group: "Look",
    run: () => painterOf()?.zoom(1.3),
  },
  {
    keys: ["-"],
    label: "Zoom out",
    help: "",
    group: "Look",
    run: () => painterOf()?.zoom(1 / 1.3),
  },
  {
    keys: ["Ctrl+←"],
    label: "Image left",
    help: "Move the image",
    shownAs: ["Ctrl+←", "→", "↑", "↓"],
    group: "Look",
    run: () => painterOf()?.pan(60, 0),
  },
  { keys: ["Ctrl+→"], label: "Image right", help: "", group: "Look", run: () => painterOf()?.pan(-60, 0) },
  { keys: ["Ctrl+↑"], label: "Image up", help: "", group: "Look", run: () => painterOf()?.pan(0, 60) },
  { keys: ["Ctrl+↓"], label: "Image down", help: "", group: "Look", run: () => painterOf()?.pan(0, -60) },
  {
    keys: ["C"],
    label: "Contours",
    help: "Show or hide the contours",
    group: "Look",
    run: (app) => app.set({ contours: !app.state.contours }),
  },
  {
    keys: ["Space"],
    label: "Play",
    help: "Play the movie, or stop",
    group: "Movie and traces",
    run: (app) => needsMovie(app) && app.set({ isPlaying: !app.state.isPlaying }),
  },
  {
    keys: ["→"],
    label: "Next frame",
    help: "Next and previous frame",
    shownAs: ["→", "←"],
    group: "Movie and traces",
    run: (app) => goTo(app, app.state.frame + 1),
  },
  {
    keys: ["←"],
    label: "Previous frame",
    help: "",
    group: "Movie and traces",
    run: (app) => goTo(app, app.state.frame - 1),
  },
  {
    keys: ["Shift+→"],
    label: "Ten on",
    help: "Ten frames on and back",
    shownAs: ["Shift+→", "←"],
    group: "Movie and traces",
    run: (app) => goTo(app, app.state.frame + 10),
  },
  {
    keys: ["Shift+←"],
    label: "Ten back",
    help: "",
    group: "Movie and traces",
    run: (app) => goTo(app, app.state.frame - 10),
  },
  {
    keys: ["E"],
    label: "Time in",
    help: "Show a shorter and a longer time of the traces",
    shownAs: ["E", "Q"],
    group: "Movie and traces",
    run: (app) => zoomTime(app, 0.6),
  },
  {
    keys: ["Q"],
    label: "Time out",
    help: "",
    group: "Movie and traces",
    run: (app) => zoomTime(app, 1 / 0.6),
  },
  {
    keys: [","],
    label: "Earlier",
    help: "Show an earlier and a later time",
    shownAs: [",", "."],
    group: "Movie and traces",
    run: (app) => moveTime(app, -0.4),
  },
  {
    keys: ["."],
    label: "Later",
    help: "",
    group: "Movie and traces",
    run: (app) => moveTime(app, 0.4),
  },
  {
    keys: ["W"],
    label: "All time",
    help: "Show the whole recording",
    group: "Movie and traces",
    run: (app) => showRange(app, 0, app.state.session.frames),
  },
  { keys: ["T"], label: "Light or dark", help: "Light or dark", group: "Page", run: toggleTheme },
  {
    keys: ["?"],
    label: "Keys",
    help: "Show or hide these keys",
    group: "Page",
    run: (app) => app.set({ isHelpOpen: !app.state.isHelpOpen }),
  },
];

function needsMovie(app: App): boolean {
  const { hasMovie, movieProblem } = app.state.session;
  if (!hasMovie) tell(app, `That needs the movie. ${movieProblem ?? ""}`.trim());
  return hasMovie;
}

function startAdding(app: App): void {
  if (!needsMovie(app)) return;
  if (!app.state.isAdding) {
    app.set({ isAdding: true });
    return tell(app, "Click where the cell is, or press N again with the pointer there; Escape leaves it");
  }
  painterOf()?.addHere();
}
