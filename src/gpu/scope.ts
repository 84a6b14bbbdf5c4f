import type { Compute, DeviceBuffer } from "./compute.ts";

/**
 * Runs work on a device and gives back every buffer it made, also where it fails or is ended early: a device that serves many works, one after
 * the other, would fill up otherwise. What the work returns must not be buffers.
 */
export async function withBuffers<R>(compute: Compute, work: (compute: Compute) => Promise<R>): Promise<R> {
  const made: DeviceBuffer[] = [];
  const keep = (buffer: DeviceBuffer): DeviceBuffer => {
    made.push(buffer);
    return buffer;
  };
  const { backend, description, limits, memory } = compute;
  try {
    return await work({
      backend,
      description,
      limits,
      memory,
      allocate: (label, bytes) => keep(compute.allocate(label, bytes)),
      upload: (label, data) => keep(compute.upload(label, data)),
      write: (buffer, data, byteOffset) => compute.write(buffer, data, byteOffset),
      clear: (buffer) => compute.clear(buffer),
      copy: (from, fromOffset, to, toOffset, bytes) => compute.copy(from, fromOffset, to, toOffset, bytes),
      run: (program, buffers, params, items) => compute.run(program, buffers, params, items),
      read: (...buffers) => compute.read(...buffers),
      flush: () => compute.flush(),
      finish: () => compute.finish(),
      destroy: () => compute.destroy(),
    });
  } finally {
    for (const buffer of made) buffer.release();
  }
}
