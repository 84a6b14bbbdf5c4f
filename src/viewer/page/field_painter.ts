/// <reference lib="dom" />
/** Paints the image, contours and marks on three canvases, each only when something on it has changed, once per screen refresh. */
import type { CellMessage } from "../messages.ts";
import { add, select } from "./actions.ts";
import type { App, State } from "./app.ts";
import { CellFinder } from "./cell_finder.ts";
import { colourMap } from "./colour_maps.ts";
import { type ContourGroup, contourGroups, paintContours } from "./contour_paint.ts";
import { FieldPointer } from "./field_pointer.ts";
import { paintImage, paintVeil } from "./image_paint.ts";
import { centred, fitted, imagePoint, type ImageView, panned, zoomed } from "./image_view.ts";
import { SEED_IMAGES } from "./inspect.ts";
import { paintMarks } from "./marks_paint.ts";
import { setPainter } from "./panes.ts";
import type { Pictures } from "./pictures.ts";

type Sheet = "image" | "contours" | "marks";

/** The image's canvases and what is on them. */
export class FieldPainter {
  readonly #element: HTMLElement;
  readonly #app: App;
  readonly #pictures: Pictures;
  readonly #sheets: Readonly<Record<Sheet, HTMLCanvasElement>>;
  readonly #picture = document.createElement("canvas");
  readonly #veil = document.createElement("canvas");
  readonly #stops: (() => void)[] = [];
  readonly #stale = new Set<Sheet>();
  #view: ImageView = { scale: 1, x: 0, y: 0 };
  #isFitted = true;
  #size = { width: 1, height: 1 };
  #ratio = 1;
  #groups: readonly ContourGroup[] = [];
  #finder: CellFinder;
  #pending = 0;
  #hasVeil = false;
  /** Where the pointer is on the image; undefined when it is elsewhere. */
  #pointer: readonly [number, number] | undefined;

  constructor(element: HTMLElement, app: App, pictures: Pictures) {
    this.#element = element;
    this.#app = app;
    this.#pictures = pictures;
    const sheet = (name: string) => {
      const canvas = document.createElement("canvas");
      canvas.className = `sheet ${name}`;
      element.append(canvas);
      return canvas;
    };
    this.#sheets = { image: sheet("image"), contours: sheet("contours"), marks: sheet("marks") };
    this.#finder = new CellFinder(app.state.list);
    this.#gather();
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(element);
    const pointer = new FieldPointer(element, this);
    this.#stops.push(
      () => observer.disconnect(),
      () => pointer.close(),
      app.subscribe((state, before) => this.#follow(state, before)),
    );
    this.#resize();
    this.#paintPicture();
    void this.#paintVeil();
    setPainter(this);
  }

  /** Ends everything. */
  close(): void {
    for (const stop of this.#stops) stop();
    cancelAnimationFrame(this.#pending);
    this.#element.replaceChildren();
    setPainter(undefined);
  }

  /** Shows the whole image. */
  fit(): void {
    this.#isFitted = true;
    this.#look(fitted(this.#app.state.session, this.#size));
  }

  /** Zooms around a point of the screen, or the middle. */
  zoom(factor: number, x = this.#size.width / 2, y = this.#size.height / 2): void {
    this.#isFitted = false;
    this.#look(zoomed(this.#view, factor, x, y, this.#app.state.session, this.#size));
  }

  /** Moves the image by some points of the screen. */
  pan(dx: number, dy: number): void {
    this.#isFitted = false;
    this.#look(panned(this.#view, dx, dy, this.#app.state.session, this.#size));
  }

  /** Shows a cell in the middle, large enough to judge. */
  show({ x, y }: Pick<CellMessage, "x" | "y">): void {
    const { session } = this.#app.state, side = this.#app.state.session.inspect.gSiz;
    this.#isFitted = false;
    const near = Math.min(this.#size.width, this.#size.height) / (6 * Math.max(5, side));
    const least = Math.max(near, 1.5 * fitted(session, this.#size).scale);
    this.#look(centred(this.#view, x, y, least, session, this.#size));
  }

  /** Notices the pointer at a point of the screen; undefined when it has left. */
  hover(point: readonly [number, number] | undefined): void {
    this.#pointer = point && imagePoint(this.#view, point[0], point[1]);
    const cell = this.#pointer && this.#app.state.contours ? this.#finder.at(...this.#pointer) : undefined;
    this.#app.set({ hovered: cell?.number });
    this.#element.parentElement?.dispatchEvent(new CustomEvent("pointed"));
    if (this.#app.state.isAdding || this.#app.state.tab === "inspect") this.#refresh("marks");
  }

  /** Clicks on a point of the screen. */
  click(point: readonly [number, number], isMore: boolean): void {
    const [x, y] = imagePoint(this.#view, point[0], point[1]);
    if (this.#app.state.isAdding) return void add(this.#app, x, y);
    const cell = this.#app.state.contours ? this.#finder.at(x, y) : undefined;
    if (cell) select(this.#app, cell.number, isMore);
    else if (!isMore) this.#app.set({ selected: [] });
  }

  /** Adds a cell where the pointer is, or in the middle of what is seen when it is elsewhere. */
  addHere(): void {
    const [x, y] = this.#pointer ?? imagePoint(this.#view, this.#size.width / 2, this.#size.height / 2);
    void add(this.#app, x, y);
  }

  /** Where the pointer is on the image, in pixels; undefined when it is elsewhere. */
  get pointed(): readonly [number, number] | undefined {
    return this.#pointer;
  }

  #look(view: ImageView): void {
    this.#view = view;
    // What tests and other parts of the page may want to know: where a pixel is on the screen.
    this.#element.dataset.view = [view.scale, view.x, view.y].join(" ");
    this.#refresh("image", "contours", "marks");
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#element;
    if (width === 0 || height === 0) return;
    this.#size = { width, height };
    this.#ratio = Math.min(3, globalThis.devicePixelRatio || 1);
    for (const canvas of Object.values(this.#sheets)) {
      canvas.width = Math.round(width * this.#ratio);
      canvas.height = Math.round(height * this.#ratio);
    }
    if (this.#isFitted) this.fit();
    else this.#look(panned(this.#view, 0, 0, this.#app.state.session, this.#size));
    // A canvas that is resized is empty until it is painted.
    cancelAnimationFrame(this.#pending);
    this.#paint();
  }

  #follow(state: State, before: State): void {
    if (
      !areSame(state.list, before.list) || state.colourBy !== before.colourBy || state.rejected !== before.rejected ||
      state.contours !== before.contours || state.cells !== before.cells
    ) {
      this.#gather();
      this.#refresh("contours", "marks");
    }
    if (
      state.picture !== before.picture || state.map !== before.map || state.contrasts !== before.contrasts
    ) this.#paintPicture();
    if (state.inspection !== before.inspection || state.tab !== before.tab) {
      void this.#paintVeil();
      this.#refresh("marks", "contours");
    }
    if (
      state.hovered !== before.hovered || state.selected !== before.selected || state.isAdding !== before.isAdding
    ) this.#refresh("marks");
    this.#element.classList.toggle("adding", state.isAdding);
    this.#element.classList.toggle("pointing", state.hovered !== undefined);
  }

  #gather(): void {
    const { state } = this.#app;
    this.#groups = state.contours ? contourGroups(state) : [];
    const visible = state.rejected === "hidden" ? state.list.filter(({ accepted }) => accepted !== false) : state.list;
    this.#finder = new CellFinder(visible);
    this.#element.dataset.contours = `${this.#groups.reduce((sum, { count }) => sum + count, 0)}`;
  }

  #paintPicture(): void {
    const { picture, contrasts, map, session: { width, height } } = this.#app.state;
    if (!picture) return;
    const contrast = contrasts[picture.key] ?? picture.contrast;
    paintImage(this.#picture, picture.values, width, height, contrast, colourMap(map));
    this.#element.dataset.picture = picture.key;
    this.#element.dataset.at = `${picture.frame ?? ""}`;
    this.#refresh("image");
  }

  async #paintVeil(): Promise<void> {
    const { inspection: { images, request, dims }, tab, session: { width, height } } = this.#app.state;
    const isThere = (name: string) => images.some((image) => image.name === name);
    const isWanted = tab === "inspect" && dims && isThere(SEED_IMAGES.correlation) && isThere(SEED_IMAGES.pnr);
    if (isWanted) {
      const [correlation, pnr] = await Promise.all([
        this.#pictures.image(SEED_IMAGES.correlation),
        this.#pictures.image(SEED_IMAGES.pnr),
      ]);
      if (this.#app.state.inspection.request !== request) return;
      paintVeil(this.#veil, correlation, pnr, width, height, request.min_corr, request.min_pnr);
    }
    if (isWanted || this.#hasVeil) this.#refresh("image");
    this.#hasVeil = isWanted;
  }

  #refresh(...sheets: Sheet[]): void {
    for (const sheet of sheets) this.#stale.add(sheet);
    cancelAnimationFrame(this.#pending);
    this.#pending = requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    for (const name of this.#stale) {
      const canvas = this.#sheets[name], context = canvas.getContext("2d")!;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (name === "image") this.#paintImageSheet(context);
      else if (name === "contours") paintContours(context, this.#groups, this.#view, this.#ratio);
      else paintMarks(context, this.#app.state, this.#view, this.#ratio, this.#pointer);
    }
    this.#stale.clear();
    this.#element.dataset.painted = `${Number(this.#element.dataset.painted ?? 0) + 1}`;
  }

  #paintImageSheet(context: CanvasRenderingContext2D): void {
    const { scale, x, y } = this.#view, ratio = this.#ratio, { width, height } = this.#app.state.session;
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * (x - scale / 2), ratio * (y - scale / 2));
    // Pixels stay pixels when they are large, and are averaged when they are smaller than the screen's.
    context.imageSmoothingEnabled = scale * ratio < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.#picture, 0, 0, width, height);
    if (this.#hasVeil) context.drawImage(this.#veil, 0, 0, width, height);
  }
}

/** Whether two lists have the same cells, in whatever order: sorting changes nothing on the image. */
function areSame(one: readonly CellMessage[], other: readonly CellMessage[]): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  const cells = new Set(other);
  return one.every((cell) => cells.has(cell));
}
