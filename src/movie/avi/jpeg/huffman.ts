/**
 * Code lengths (how many codes of 1 to 16 bits) and symbols of the tables that Motion JPEG leaves out: ITU-T T.81,
 * annex K.3.
 */
const STANDARD = {
  dc: ["00010501010101010100000000000000", "000102030405060708090a0b", "00030101010101010101010000000000"],
  ac: [
    "0002010303020403050504040000017d",
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a" +
    "434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aa" +
    "b2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
    "00020102040403040705040400010277",
    "0001020311040521310612415107617113223281081442 91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a" +
    "434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9" +
    "aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
  ],
} as const;

/**
 * For every 16 bits that may come next: the symbol they begin with, and 256 times the length of its code; 0 where no
 * code fits.
 */
export type HuffmanTable = Uint16Array;

/**
 * Makes a table of the number of codes of each length and the symbols in order. Throws `RangeError` when the lengths
 * make no code.
 */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(65536);
  let code = 0, next = 0;
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < counts[length - 1]; i++) {
      const from = code << (16 - length), to = (code + 1) << (16 - length);
      if (to > 65536 || next >= symbols.length) throw new RangeError("a Huffman table of it is impossible");
      table.fill(length << 8 | symbols[next++], from, to);
      code++;
    }
    code <<= 1;
  }
  return table;
}

let standard: HuffmanTable[] | undefined;

/**
 * The four standard tables: luminance and colour, first those of the means (0, 1), then those of the details (2, 3).
 */
export function standardTables(): HuffmanTable[] {
  if (standard) return standard;
  const bytes = (hex: string) => Uint8Array.from(hex.replaceAll(" ", "").match(/../g)!, (two) => parseInt(two, 16));
  const [means, meanSymbols, colourMeans] = STANDARD.dc, [details, symbols, colourDetails, colourSymbols] = STANDARD.ac;
  const pairs = [[means, meanSymbols], [colourMeans, meanSymbols], [details, symbols], [colourDetails, colourSymbols]];
  return standard = pairs.map(([counts, symbols]) => huffmanTable(bytes(counts), bytes(symbols)));
}
