/** Frames `[from, to)`. */
export interface FrameRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Bins of frames for the largest correlation: consecutive runs of `size` frames; what is left at the end is a bin of its own if it is at
 * least a third of one. A movie of no more than `size` frames is one bin. Source: CaImAn's `max_correlation_image`.
 */
export function correlationBins(frames: number, size: number): FrameRange[] {
  const left = frames % size, count = Math.max(1, Math.floor(frames / size) + (left > 0 && left >= size / 3 ? 1 : 0));
  return Array.from({ length: count }, (_, i) => ({ from: i * size, to: Math.min(frames, (i + 1) * size) }));
}

/** Cuts a range into the fewest pieces of at most `most` frames, as equal as can be. An empty range has none. */
export function equalPieces({ from, to }: FrameRange, most: number): FrameRange[] {
  const count = Math.ceil((to - from) / most), length = Math.ceil((to - from) / Math.max(1, count));
  return Array.from({ length: count }, (_, i) => ({
    from: from + i * length,
    to: Math.min(to, from + (i + 1) * length),
  }));
}
