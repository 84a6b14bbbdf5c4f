import type { TiffPages } from "./tiff_pages.ts";
import { conversionNote } from "./tiff_sample_type.ts";
import { TAG } from "./tiff_tags.ts";

/** What the pages themselves give to tell: images that are left out, conversions. One sentence each. */
export function pageNotes(pages: TiffPages): string[] {
  const { starts, frames, first, stored, file } = pages, notes: string[] = [];
  const skipped = starts.length - frames.length;
  if (skipped > 0) {
    notes.push(
      `"${file.path}" holds ${skipped} ${skipped === 1 ? "image that is" : "images that are"} marked as a ` +
        "reduced version or mask of another: left out",
    );
  }
  if (first.entries.has(TAG.subDirectories)) {
    notes.push(`"${file.path}" holds reduced versions of its images (SubIFDs): left out`);
  }
  const conversion = conversionNote(stored);
  return conversion ? [...notes, conversion] : notes;
}
