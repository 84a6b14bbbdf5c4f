/** What is wrong with a Zarr folder, as words that follow its name: "has no array mov". The reader of movies or results makes a sentence of it. */
export class ZarrError extends Error {
  /** Its class, for people. */
  override name = "ZarrError";
}
