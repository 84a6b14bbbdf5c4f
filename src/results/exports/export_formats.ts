import type { ExportFormat } from "./export_format.ts";

/** Every format of another program that results can be written in. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [];
