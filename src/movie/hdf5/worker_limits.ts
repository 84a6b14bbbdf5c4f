/**
 * Limits of the worker that reads HDF5 files, set before the library is loaded into it: the library's memory stops growing at 1 GB, whatever
 * sizes a damaged file claims (it then reports that it has no memory), and it says nothing to people by itself.
 * @module
 */

/** Most bytes the library may have. */
const MEMORY_BYTES = 2 ** 30;
/** WebAssembly's memory grows by pages of this many bytes. */
const PAGE_BYTES = 2 ** 16;

const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages: number): number {
  if (this.buffer.byteLength + pages * PAGE_BYTES > MEMORY_BYTES) throw new RangeError("The library's memory is full");
  return grow.call(this, pages);
};
console.error = () => {};
