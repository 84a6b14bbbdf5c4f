/** Where an image lies on the screen: pan and zoom, without a page. */

/** Screen points per pixel of the image, and where the image's origin (the centre of its first pixel) lies. */
export interface ImageView {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** A width and a height. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The view that shows a whole image in the middle. */
export function fitted(image: Size, screen: Size): ImageView {
  const margin = Math.min(8, screen.width / 20, screen.height / 20);
  const scale = Math.max(
    0.01,
    Math.min((screen.width - 2 * margin) / image.width, (screen.height - 2 * margin) / image.height),
  );
  return {
    scale,
    x: (screen.width - scale * (image.width - 1)) / 2,
    y: (screen.height - scale * (image.height - 1)) / 2,
  };
}

/** The view zoomed by a factor around a point of the screen, and kept where something of the image is seen. */
export function zoomed(view: ImageView, factor: number, x: number, y: number, image: Size, screen: Size): ImageView {
  const least = fitted(image, screen).scale / 4, scale = Math.min(80, Math.max(least, view.scale * factor));
  const ratio = scale / view.scale;
  return kept({ scale, x: x + (view.x - x) * ratio, y: y + (view.y - y) * ratio }, image, screen);
}

/** The view moved by some points of the screen. */
export function panned(view: ImageView, dx: number, dy: number, image: Size, screen: Size): ImageView {
  return kept({ ...view, x: view.x + dx, y: view.y + dy }, image, screen);
}

/** The view that has a point of the image in the middle, at a scale of at least so much. */
export function centred(view: ImageView, x: number, y: number, least: number, image: Size, screen: Size): ImageView {
  const scale = Math.max(view.scale, least);
  return kept({ scale, x: screen.width / 2 - scale * x, y: screen.height / 2 - scale * y }, image, screen);
}

/** At least a corner of the image stays on the screen. */
function kept({ scale, x, y }: ImageView, image: Size, screen: Size): ImageView {
  const margin = 40,
    inside = (from: number, extent: number, room: number) =>
      Math.min(room - margin + scale / 2, Math.max(margin - scale * (extent - 0.5), from));
  return { scale, x: inside(x, image.width, screen.width), y: inside(y, image.height, screen.height) };
}

/** The point of the image at a point of the screen. */
export function imagePoint({ scale, x, y }: ImageView, screenX: number, screenY: number): readonly [number, number] {
  return [(screenX - x) / scale, (screenY - y) / scale];
}
