import { type Hdf5Type, hdf5Type } from "./hdf5_library.ts";
import type { HeaderPatch } from "./object_header.ts";

/**
 * Types the library in use cannot create. Objects of such a type are created with another one, whose description in the object's header takes at
 * least as many bytes, and whose elements are stored the same way; once the file is closed, the description is replaced.
 */

/** The member of the compound type that stands for truth values: with this name its description is as long as theirs. */
const PLACEHOLDER = "FALSE,TRUE.";

/** How HDF5 describes a signed byte. */
const BYTE = [0x10, 0x08, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
/** How the library describes the placeholder: a compound (class 6, version 3) of one member in 1 byte. */
const COMPOUND = [0x36, 1, 0, 0, 1, 0, 0, 0, ...ascii(`${PLACEHOLDER}\0`), 0, ...BYTE];
/** How h5py describes truth values: an enumeration (class 8, version 3) of two members in 1 byte. */
const ENUMERATION = [0x38, 2, 0, 0, 1, 0, 0, 0, ...BYTE, ...ascii("FALSE\0TRUE\0"), 0, 1];

/** The type to create a dataset of truth values with. */
export function placeholderOfTruth(): Hdf5Type {
  const byte = hdf5Type("<b");
  return {
    ...byte,
    type: 6,
    compound_type: { nmembers: 1, members: [{ ...byte, name: PLACEHOLDER, offset: 0 }] },
  } as unknown as Hdf5Type;
}

/** Makes a dataset with the placeholder's type one of truth values: an enumeration of the bytes FALSE and TRUE, as h5py writes it. */
export function truthPatch(address: number): HeaderPatch {
  return { address, from: COMPOUND, to: ENUMERATION };
}

/** How the library describes UTF-8 texts of any length: class 9, 16 bytes, of bytes. */
const TEXTS = [0x19, 0x21, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
/** Sequences of any length of texts of one ASCII letter: class 9, 16 bytes, of class 3. The rest is left over. */
const LETTERS = [0x19, 0, 0, 0, 16, 0, 0, 0, 0x13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];

/** Makes an attribute that is a list of texts a list of sequences of letters, as MATLAB lists the fields of a structure. */
export function lettersPatch(address: number, attribute: string): HeaderPatch {
  const name = ascii(`${attribute}\0`);
  return { address, from: [...name, ...TEXTS], to: [...name, ...LETTERS] };
}

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}
