import { storedTypeNotes } from "../stored_type.ts";
import type { TiffPages } from "./tiff_pages.ts";
import { TAG } from "./tiff_tags.ts";

/** What the pages themselves give to tell: images that are left out, conversions. One sentence each. */
export function pageNotes(pages: TiffPages): string[] {
  const { starts, frames, first, stored, file, directories } = pages, notes: string[] = [];
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
  const valueOf = (tag: number, usual: number) => {
    const values = first.entries.get(tag);
    return values && values.count > 0 ? directories.numbers(values, 1, `tag ${tag} of the first page`)[0] : usual;
  };
  const photometric = valueOf(TAG.photometric, 1), orientation = valueOf(TAG.orientation, 1);
  if (photometric === 0) notes.push(`"${file.path}" counts 0 as white: its values are read as they are stored`);
  if (photometric === 3) notes.push(`"${file.path}" has a palette of colours: the numbers of its colours are read`);
  if (orientation !== 1) {
    notes.push(
      `"${file.path}" is stored turned or mirrored (Orientation ${orientation}): rows are read as they are stored`,
    );
  }
  return [...notes, ...storedTypeNotes(stored)];
}
