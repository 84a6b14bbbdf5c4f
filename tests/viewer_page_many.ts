/** A viewed thing with very many cells and frames that costs nothing to make: for what the page does with them. */
import type { CellMessage, EditedMessage, Envelope, SessionMessage, TracesMessage } from "../src/viewer/messages.ts";
import type { Viewed } from "../src/viewer/viewed.ts";
import { seededRandom } from "./fake_extraction.ts";

/** Cells on a grid with a jitter, each with an outline of some forty points; traces are waves that differ by cell. */
export function manyCells(count: number, frames: number): Viewed {
  const random = seededRandom(7), columns = Math.ceil(Math.sqrt(count)), width = columns * 18, height = columns * 18;
  const cells: CellMessage[] = Array.from({ length: count }, (_, number) => {
    const x = 9 + number % columns * 18 + 4 * random() - 2,
      y = 9 + Math.floor(number / columns) * 18 + 4 * random() - 2;
    const wobble = random();
    const contour = Array.from({ length: 40 }, (_, i) => {
      const angle = i / 40 * 2 * Math.PI, radius = 6 + wobble * Math.cos(3 * angle);
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    }).flat();
    const snr = 1 + 9 * random(), r_value = random(), isAccepted = snr > 2.5;
    const quality = { accepted: isAccepted ? 1 : 0, decided: 0, combined: r_value, snr, r_value, size: 110, border: 0 };
    return {
      number,
      name: `C${`${number}`.padStart(3, "0")}`,
      x,
      y,
      contour: [contour],
      accepted: isAccepted,
      quality,
    };
  });
  const byNumber = new Map(cells.map((cell) => [cell.number, cell]));
  const image = Float32Array.from({ length: width * height }, () => random());
  const session: SessionMessage = {
    ...{ mode: "results", name: `${count} cells`, width, height, frames, frameRate: 20, units: "dF" },
    images: [{ name: "correlation", title: "Correlation", unit: "", low: 0, high: 1 }],
    ...{ hasMovie: true, inspect: { gSig: 3, gSiz: 13, min_corr: 0.8, min_pnr: 5 } },
    ...{ edits: [], undo: 0, redo: 0, saved: true, version: "0" },
  };
  const trace = (number: number, from: number, to: number): Envelope & { readonly middle: number } => {
    const middle = 40 * Math.max(0, Math.sin(from / (90 + number % 37))) ** 8, spread = Math.min(8, to - from);
    return { low: [middle - spread], high: [middle + spread], middle };
  };
  const edited = (numbers: readonly number[], accepted: boolean): EditedMessage => {
    const changed = numbers.map((number) => ({ ...byNumber.get(number)!, accepted }));
    for (const cell of changed) byNumber.set(cell.number, cell);
    return { outcome: `${numbers.length} cells`, changed, removed: [], session };
  };
  return {
    session: () => session,
    cells: () => [...byNumber.values()],
    image: () => image,
    traces({ cells: wanted, from, to = frames, points }): TracesMessage {
      const used = Math.min(points, to - from);
      const edges = Array.from({ length: used + 1 }, (_, c) => from + Math.floor(c * (to - from) / used));
      const column = (number: number) => edges.slice(0, -1).map((edge, c) => trace(number, edge, edges[c + 1]));
      return {
        ...{ from, to, frames: edges.slice(0, -1) },
        cells: wanted.map((number) => {
          const all = column(number), low = all.map((one) => one.low[0]), high = all.map((one) => one.high[0]);
          const middle = all.map((one) => one.middle);
          return {
            number,
            raw: { low, high },
            denoised: { low: middle, high: middle },
            spikes: middle.map((m) => m > 39 ? 1 : 0),
          };
        }),
      };
    },
    frame: (_, at) => Promise.resolve(image.map((value) => value + at % 7 / 7)),
    edit: (edit) => Promise.resolve("cells" in edit ? edited(edit.cells, edit.action === "restore") : edited([], true)),
    step: () => Promise.resolve(edited([], true)),
    judge: ({ min_SNR = 2.5 }) =>
      Promise.resolve(edited(cells.filter((cell) => cell.quality.snr! < min_SNR).map(({ number }) => number), false)),
    saved: () => Promise.resolve({ saved: true }),
    async *inspect() {
      yield await Promise.resolve({ seeds: [], images: [] });
    },
    close: () => Promise.resolve(undefined),
  };
}
