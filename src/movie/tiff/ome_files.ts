import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { MovieError } from "../../core/errors.ts";
import { PositionalFile } from "../positional_file.ts";
import { isOmeXml, type Ome, type OmeImage, type OmePlanes, parseOme } from "./ome_xml.ts";
import { LONGEST_DESCRIPTION, textOf } from "./tiff_facts.ts";
import { readTiffPages, type TiffPages } from "./tiff_pages.ts";
import { TAG } from "./tiff_tags.ts";

/** The files of an OME-TIFF set, found from any one of them. */
export class OmeFiles {
  /** Path of the file that was opened. */
  readonly path: string;
  /** The image that is read, and how many there are. */
  readonly image: OmeImage;
  readonly images: number;
  /** The files that were found so far; `find` gives indices into it. */
  readonly files: TiffPages[] = [];
  readonly #own: TiffPages;
  /** Channel of each page that is read, from 0. */
  readonly #sample: number;
  /** The TIFF that holds the description; undefined when that is a file of its own. */
  #home: TiffPages | undefined;
  readonly #uuids = new Map<string, TiffPages>();
  readonly #indices = new Map<string, number>();
  readonly #onlyName: boolean;
  /** Files that were opened, by their whole path. */
  readonly #opened = new Map<string, TiffPages>();

  /**
   * Reads the description of the set, which may be in another file than the one that was opened. Throws `MovieError` when it is missing or
   * describes no image; then nothing but `own` stays open.
   */
  constructor(own: TiffPages, description: string, sample: number) {
    this.#own = own;
    this.#sample = sample;
    this.#home = own;
    this.#opened.set(resolve(own.file.path), own);
    this.path = own.file.path;
    try {
      const here = parseOme(description, this.path);
      if (here.uuid) this.#uuids.set(here.uuid, own);
      const ome = here.metadataFile === undefined || here.image ? here : this.#master(here.metadataFile);
      if (!ome.image) throw new MovieError(`The OME-XML in "${this.path}" describes no image`);
      this.image = ome.image;
      this.images = ome.images;
    } catch (error) {
      this.close();
      throw error;
    }
    const names = new Set(this.image.planes.map(({ fileName }) => fileName));
    this.#onlyName = names.size === 1;
  }

  /** Index of the file that some planes are in, opening it when needed. Throws `MovieError` when it is missing. */
  find({ fileName, uuid }: OmePlanes): number {
    const key = `${fileName ?? ""}\n${uuid ?? ""}`;
    let index = this.#indices.get(key);
    if (index === undefined) {
      const pages = this.#locate(fileName, uuid);
      index = this.files.indexOf(pages);
      if (index < 0) index = this.files.push(pages) - 1;
      this.#indices.set(key, index);
    }
    return index;
  }

  /** Closes every file but the one that was opened first. */
  close(): void {
    for (const pages of this.#opened.values()) if (pages !== this.#own) pages.file.close();
  }

  #locate(fileName: string | undefined, uuid: string | undefined): TiffPages {
    const known = uuid === undefined ? undefined : this.#uuids.get(uuid);
    if (known) return known;
    if (fileName !== undefined) {
      const path = this.#beside(fileName);
      if (path !== undefined) return this.#open(path);
      // A single file that was renamed after it was written.
      if (this.#onlyName && this.#home) return this.#home;
      throw new MovieError(
        `Movie "${this.path}" consists of several files, of which "${fileName}" is missing in ` +
          `"${dirname(this.path)}": put all of them into one folder`,
      );
    }
    if (this.#home) return this.#home;
    throw new MovieError(`The OME-XML of "${this.path}" does not say which files its images are in`);
  }

  /** The description in another file: a TIFF of the set or a file of its own. */
  #master(name: string): Ome {
    const path = this.#beside(name);
    if (path === undefined) {
      throw new MovieError(
        `"${this.path}" is part of an OME-TIFF that "${name}" describes, but there is no such file in ` +
          `"${dirname(this.path)}"`,
      );
    }
    const file = new PositionalFile(path);
    const start = new Uint8Array(Math.min(4, file.bytes));
    try {
      file.readSync(start, 0);
    } finally {
      file.close();
    }
    if (start[0] === 0x49 || start[0] === 0x4d) {
      this.#home = this.#open(path);
      const text = textOf(this.#home, TAG.description, LONGEST_DESCRIPTION);
      if (!isOmeXml(text)) throw new MovieError(`"${path}" should describe "${this.path}", but it holds no OME-XML`);
      const ome = parseOme(text, path);
      if (ome.uuid) this.#uuids.set(ome.uuid, this.#home);
      return ome;
    }
    this.#home = undefined;
    if (file.bytes > LONGEST_DESCRIPTION) {
      throw new MovieError(`"${path}" has ${file.bytes} bytes: a description may have at most ${LONGEST_DESCRIPTION}`);
    }
    return parseOme(fs.readFileSync(path, "utf8"), path);
  }

  /** Path of a file of the set: where its name says, or beside the file that was opened. */
  #beside(name: string): string | undefined {
    const folder = dirname(this.path), plain = name.replaceAll("\\", "/");
    return [join(folder, plain), join(folder, basename(plain))].find((path) => fs.existsSync(path));
  }

  #open(path: string): TiffPages {
    const whole = resolve(path), same = this.#opened.get(whole);
    if (same) return same;
    const file = new PositionalFile(path);
    try {
      const pages = readTiffPages(file, this.#sample);
      this.#opened.set(whole, pages);
      return pages;
    } catch (error) {
      file.close();
      throw error;
    }
  }
}
