/// <reference lib="dom" />
/** Pointer and wheel on the image: wheel and pinch zoom, drag moves, click selects. */

/** What the pointer can do. Points are in screen points from the top left of the image's pane. */
export interface Pointed {
  zoom(factor: number, x: number, y: number): void;
  pan(dx: number, dy: number): void;
  fit(): void;
  hover(point: readonly [number, number] | undefined): void;
  click(point: readonly [number, number], isMore: boolean): void;
}

/** Points the pointer may move while a click is still a click. */
const CLICK_SLACK = 4;

/** Follows pointers on an element. */
export class FieldPointer {
  readonly #stop = new AbortController();
  readonly #down = new Map<number, readonly [number, number]>();
  #travelled = 0;

  constructor(element: HTMLElement, target: Pointed) {
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      act: (event: HTMLElementEventMap[K]) => void,
      passive = true,
    ) => element.addEventListener(type, act, { signal: this.#stop.signal, passive });
    const pointOf = (event: MouseEvent): readonly [number, number] => {
      const { left, top } = element.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    on("wheel", (event) => {
      event.preventDefault();
      const [x, y] = pointOf(event), lines = event.deltaMode === 1 ? 16 : 1;
      target.zoom(Math.exp(-Math.max(-200, Math.min(200, event.deltaY * lines)) * 0.0022), x, y);
      target.hover([x, y]);
    }, false);
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      if (this.#down.size === 0) this.#travelled = 0;
      this.#down.set(event.pointerId, pointOf(event));
    });
    on("pointermove", (event) => {
      const point = pointOf(event), before = this.#down.get(event.pointerId);
      if (!before) return target.hover(point);
      const others = [...this.#down.entries()].filter(([id]) => id !== event.pointerId).map(([, other]) => other);
      if (others.length > 0) {
        const [ox, oy] = others[0], was = Math.hypot(before[0] - ox, before[1] - oy);
        const is = Math.hypot(point[0] - ox, point[1] - oy);
        this.#travelled = Infinity;
        if (was > 0 && is > 0) target.zoom(is / was, (point[0] + ox) / 2, (point[1] + oy) / 2);
      } else {
        this.#travelled += Math.hypot(point[0] - before[0], point[1] - before[1]);
        if (this.#travelled <= CLICK_SLACK) return;
        target.pan(point[0] - before[0], point[1] - before[1]);
        element.classList.add("dragging");
      }
      this.#down.set(event.pointerId, point);
    });
    const up = (event: PointerEvent, isClick: boolean) => {
      if (!this.#down.delete(event.pointerId)) return;
      element.classList.remove("dragging");
      if (isClick && this.#travelled <= CLICK_SLACK) {
        target.click(pointOf(event), event.shiftKey || event.ctrlKey || event.metaKey);
      }
    };
    on("pointerup", (event) => up(event, true));
    on("pointercancel", (event) => up(event, false));
    on("pointerleave", () => target.hover(undefined));
    on("dblclick", () => target.fit());
  }

  /** Stops following. */
  close(): void {
    this.#stop.abort();
  }
}
