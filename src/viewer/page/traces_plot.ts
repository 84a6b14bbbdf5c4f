/// <reference lib="dom" />
/** The plot of the selected cells' traces: uPlot with bands for the cells, spikes, the time of the movie, and zooming. */
import uPlot from "./libraries/uplot.ts";
import type { TracesMessage } from "../messages.ts";
import { goTo, showRange } from "./actions.ts";
import type { App } from "./app.ts";
import { frameAt, secondsOf, showTime } from "./app.ts";
import { cellColour } from "./colour_maps.ts";
import { showNumber } from "./numbers.ts";
import { type Band, bandsOf, heightOf, linesOf, SPIKE_SHARE } from "./trace_stack.ts";

/** Draws traces into an element. */
export class TracesPlot {
  readonly #element: HTMLElement;
  readonly #app: App;
  readonly #told: (text: string) => void;
  readonly #line = document.createElement("div");
  #message: TracesMessage;
  #bands: readonly Band[] = [];
  #plot: uPlot | undefined;
  #look = "";

  constructor(element: HTMLElement, app: App, told: (text: string) => void) {
    this.#element = element;
    this.#app = app;
    this.#told = told;
    this.#message = { from: 0, to: 0, frames: [], cells: [] };
    this.#line.className = "time-line";
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** Shows traces. The plot is made anew when other cells or kinds are shown, or in other colours. */
  show(message: TracesMessage): void {
    const { kinds, isOneScale, isDark } = this.#app.state;
    this.#message = message;
    this.#bands = bandsOf(message, kinds, isOneScale);
    const { x, y } = linesOf(message, this.#bands, kinds, (frame) => secondsOf(this.#app.state.session, frame));
    const data = [x, ...y] as unknown as uPlot.AlignedData;
    const look = [message.cells.map(({ number }) => number).join(","), JSON.stringify(kinds), isDark].join(" ");
    if (this.#plot && look === this.#look) {
      // Axes and spikes are drawn from the bands: everything has to be drawn again.
      this.#plot.setData(data, false);
      this.range();
      this.#plot.redraw(false, true);
    } else {
      this.#look = look;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#options(), data, this.#element);
      this.#plot.over.append(this.#line);
    }
    this.time();
  }

  /** Shows the range of the state. */
  range(): void {
    const { range, session } = this.#app.state;
    this.#plot?.setScale("x", { min: secondsOf(session, range.from), max: secondsOf(session, range.to) });
    this.time();
  }

  /** Shows the frame of the state. */
  time(): void {
    if (!this.#plot) return;
    const { frame, session } = this.#app.state, width = this.#plot.over.clientWidth;
    const at = this.#plot.valToPos(secondsOf(session, frame), "x");
    this.#line.style.transform = `translateX(${at}px)`;
    this.#line.hidden = !(at >= 0 && at <= width);
  }

  /** Fits the element. */
  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#element;
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
    this.time();
  }

  /** Takes the plot away. */
  clear(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#look = "";
  }

  #wheel(event: WheelEvent): void {
    if (!this.#plot || event.ctrlKey) return;
    event.preventDefault();
    const { left } = this.#plot.over.getBoundingClientRect(), { session, range: { from, to } } = this.#app.state;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      const by = (to - from) * (event.deltaX || event.deltaY) / 600;
      return showRange(this.#app, from + by, to + by);
    }
    const factor = Math.exp(Math.max(-200, Math.min(200, event.deltaY)) * 0.0022);
    const at = Math.min(to, Math.max(from, frameAt(session, this.#plot.posToVal(event.clientX - left, "x"))));
    showRange(this.#app, at - (at - from) * factor, at + (to - at) * factor);
  }

  #options(): uPlot.Options {
    const { session, range, kinds, isDark } = this.#app.state, ground = isDark ? "dark" : "light";
    const style = getComputedStyle(this.#element), css = (name: string) => style.getPropertyValue(name).trim();
    const isLong = secondsOf(session, session.frames - 1) >= 600, { cells } = this.#message;
    const lines: uPlot.Series[] = cells.flatMap(({ number }) => [
      ...kinds.raw
        ? [{ stroke: kinds.denoised ? css("--raw") : cellColour(number, ground), width: 1, points: { show: false } }]
        : [],
      ...kinds.denoised
        ? [{ stroke: cellColour(number, ground), width: cells.length > 8 ? 1 : 1.6, points: { show: false } }]
        : [],
    ]);
    const font = "11px system-ui, sans-serif",
      axis = { font, stroke: css("--soft"), ticks: { stroke: css("--rule"), width: 1, size: 4 } };
    return {
      width: Math.max(50, this.#element.clientWidth),
      height: Math.max(50, this.#element.clientHeight),
      padding: [6, 24, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, min: secondsOf(session, range.from), max: secondsOf(session, range.to) },
        y: { range: [0, Math.max(1, cells.length)] },
      },
      cursor: {
        points: { show: false },
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 5 },
        bind: { dblclick: () => () => (showRange(this.#app, 0, session.frames), null) },
      },
      series: [{}, ...lines],
      axes: [
        {
          ...axis,
          size: 28,
          space: 80,
          ...isLong ? { incrs: LONG_STEPS } : {},
          grid: { stroke: css("--grid"), width: 1 },
          values: (_: uPlot, ticks: number[]) => {
            const gap = ticks.length > 1 ? ticks[1] - ticks[0] : 1,
              digits = Math.max(0, Math.ceil(-Math.log10(gap) - 1e-9));
            return ticks.map((time) => showTime(time, isLong, digits));
          },
        },
        cells.length === 1 ? this.#valueAxis(axis) : this.#nameAxis(axis),
      ],
      hooks: {
        drawClear: [(plot: uPlot) => this.#drawBands(plot, css("--band"))],
        draw: [(plot: uPlot) => kinds.spikes && this.#drawSpikes(plot, ground), () => this.time()],
        setSelect: [(plot: uPlot) => this.#select(plot)],
        setCursor: [(plot: uPlot) => this.#tell(plot)],
        ready: [(plot: uPlot) => plot.over.addEventListener("click", (event) => this.#click(plot, event))],
      },
    } as uPlot.Options;
  }

  /** Values of the one cell that is shown. */
  #valueAxis(axis: object): uPlot.Axis {
    const hasSpikes = this.#app.state.kinds.spikes;
    return {
      ...axis,
      size: 62,
      grid: { show: false },
      splits: () => valuesOf(this.#bands[0]).map((value) => heightOf(this.#bands[0], value, hasSpikes)),
      values: () => valuesOf(this.#bands[0]).map(showNumber),
    } as uPlot.Axis;
  }

  /** Names of the cells. */
  #nameAxis(axis: object): uPlot.Axis {
    const names = new Map(this.#app.state.cells.map(({ number, name }) => [number, name]));
    return {
      ...axis,
      size: 62,
      grid: { show: false },
      ticks: { show: false },
      splits: () => this.#bands.map(({ bottom }) => bottom + 0.5).reverse(),
      values: (_: uPlot, splits: number[]) => {
        const isTight = this.#element.clientHeight / splits.length < 12;
        return splits.map((height) => {
          const band = this.#bands.find(({ bottom }) => bottom === Math.floor(height));
          return !band || isTight && band.bottom % 4 !== 0 ? "" : names.get(band.number) ?? "";
        });
      },
    } as uPlot.Axis;
  }

  /** Every other band has a ground of its own, so that eyes stay in their row. */
  #drawBands(plot: uPlot, colour: string): void {
    const { ctx, bbox: { left, width } } = plot;
    if (this.#bands.length < 2) return;
    ctx.save();
    ctx.fillStyle = colour;
    for (const { bottom } of this.#bands) {
      if (bottom % 2 === 0) continue;
      const top = plot.valToPos(bottom + 1, "y", true), low = plot.valToPos(bottom, "y", true);
      ctx.fillRect(left, top, width, low - top);
    }
    ctx.restore();
  }

  #drawSpikes(plot: uPlot, ground: "dark" | "light"): void {
    const { ctx, bbox: { left, width } } = plot, { frames, cells } = this.#message, { session } = this.#app.state;
    ctx.save();
    ctx.lineWidth = Math.max(1, globalThis.devicePixelRatio);
    for (const [i, { number, spikes }] of cells.entries()) {
      const { bottom, mostSpikes } = this.#bands[i];
      if (mostSpikes === 0) continue;
      const path = new Path2D(), floor = plot.valToPos(bottom + 0.02, "y", true);
      for (let c = 0; c < frames.length; c++) {
        if (!(spikes[c] > 0)) continue;
        const x = plot.valToPos(secondsOf(session, frames[c]), "x", true);
        if (x < left || x > left + width) continue;
        path.moveTo(x, floor);
        path.lineTo(x, plot.valToPos(bottom + 0.02 + (SPIKE_SHARE - 0.05) * spikes[c] / mostSpikes, "y", true));
      }
      ctx.strokeStyle = cellColour(number, ground);
      ctx.globalAlpha = 0.85;
      ctx.stroke(path);
    }
    ctx.restore();
  }

  #select(plot: uPlot): void {
    const { left, width } = plot.select, { session } = this.#app.state;
    if (width < 5) return;
    const from = frameAt(session, plot.posToVal(left, "x")), to = frameAt(session, plot.posToVal(left + width, "x"));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    showRange(this.#app, from, to);
  }

  #click(plot: uPlot, event: MouseEvent): void {
    if (event.detail !== 1 || plot.select.width > 0) return;
    const { left } = plot.over.getBoundingClientRect();
    goTo(this.#app, frameAt(this.#app.state.session, plot.posToVal(event.clientX - left, "x")));
  }

  /** Tells the values under the pointer. */
  #tell(plot: uPlot): void {
    const { left, top } = plot.cursor, { session, cells } = this.#app.state, { frames } = this.#message;
    if (left === undefined || top === undefined || left < 0 || frames.length === 0) return this.#told("");
    const frame = frameAt(session, plot.posToVal(left, "x")), height = plot.posToVal(top, "y");
    const at = Math.max(0, frames.findLastIndex((one) => one <= frame));
    const i = this.#bands.findIndex(({ bottom }) => bottom === Math.floor(height)), cell = this.#message.cells[i];
    const isLong = secondsOf(session, session.frames - 1) >= 600,
      time = showTime(secondsOf(session, frames[at]), isLong, 2);
    if (!cell) return this.#told(time);
    const name = cells.find(({ number }) => number === cell.number)?.name ?? `${cell.number}`;
    const raw = showNumber(cell.raw.high[at]), denoised = showNumber(cell.denoised.high[at]);
    this.#told(`${name} at ${time}: raw ${raw}, denoised ${denoised}, spikes ${showNumber(cell.spikes[at])}`);
  }
}

/** Steps of seconds that are round as minutes and hours. */
const LONG_STEPS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];

/** Round values from a band's least to its greatest. */
function valuesOf({ low, high }: Band): readonly number[] {
  const step = niceStep((high - low) / 4), first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

/** A step of 1, 2 or 5 times a power of ten, at least as large as asked for. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}
