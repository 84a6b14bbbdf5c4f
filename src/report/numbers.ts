/** A number for people: about `digits` significant digits, thousands apart; "–" where there is none. */
export function shown(value: number | undefined, digits = 3): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(Math.max(0, digits - 1));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size))), fixed = value.toFixed(Math.min(9, decimals));
  return size >= 10000 ? grouped(Math.round(value)) : String(Number(fixed));
}

/** A whole number with thin spaces between its thousands. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** "1 cell", "7 cells". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A share in per cent; never 0 % or 100 % of what is not none or all. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  if (share > 0 && share < 0.01) return "less than 1 %";
  return `${Math.min(Math.round(100 * share), share < 1 ? 99 : 100)} %`;
}

/** A length of time, seconds, for people. */
export function lasting(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 100) return `${shown(seconds)} s`;
  const whole = Math.round(seconds), hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

/** Bytes for people. */
export function bytesShown(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"], step = Math.min(4, Math.max(0, Math.floor(Math.log2(bytes) / 10)));
  return bytes < 1024 ? `${bytes} bytes` : `${shown(bytes / 1024 ** step)} ${units[step]}`;
}

/** The finite values in ascending order. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();
}

/** The value below which a share of sorted values lies; NaN without one. */
export function quantileOf(sorted: Float64Array, share: number): number {
  return sorted.length === 0 ? NaN : sorted[Math.round((sorted.length - 1) * share)];
}

/** The middle of the finite values; NaN without one. */
export function medianOf(values: ArrayLike<number>): number {
  return quantileOf(ascending(values), 0.5);
}
