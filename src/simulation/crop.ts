/** The width×height middle of an image with a margin on each side, row-major; the image itself when there is no margin. */
export function cropImage<Image extends Float32Array | Float64Array>(
  image: Image,
  width: number,
  height: number,
  margin: number,
): Image {
  if (margin === 0) return image;
  const cropped = image.slice(0, width * height) as Image, pitch = width + 2 * margin;
  for (let y = 0; y < height; y++) {
    const from = (y + margin) * pitch + margin;
    cropped.set(image.subarray(from, from + width), y * width);
  }
  return cropped;
}
