/** Movies of fewer frames are decoded in no time. */
const MANY = 500;

/** A note for people when the pictures of a long movie have to be decoded each time they are read, which every pass of a run does. */
export function decodingNotes(frames: number): string[] {
  return frames < MANY ? [] : [
    "Pictures are decoded anew in every pass of a run: converting a long movie once is worth while (annulus convert)",
  ];
}
