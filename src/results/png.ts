import { encode } from "npm:fast-png@8.0.0";
import type { Canvas } from "./canvas.ts";

/** Encodes a picture as PNG: 8 bits per channel, RGB, no metadata, so that equal pictures are equal files. */
export function encodePng(canvas: Canvas): Uint8Array {
  const { width, height, data } = canvas;
  return encode({ width, height, data, depth: 8, channels: 3 });
}

/** Encodes greys, row by row, as PNG: 8 bits per pixel, no metadata. */
export function encodeGreyPng(data: Uint8Array, width: number, height: number): Uint8Array {
  return encode({ width, height, data, depth: 8, channels: 1 });
}
