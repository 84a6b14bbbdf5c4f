import type { DeviceBuffer } from "../gpu/compute.ts";
import { binSpace } from "../kernels/bin_space.ts";
import { binTime } from "../kernels/bin_time.ts";
import { peel } from "../kernels/peel.ts";
import { ringApply } from "../kernels/ring_apply.ts";
import { seedBoxes } from "../kernels/seed_boxes.ts";
import { stackBytes } from "../kernels/stack.ts";
import { upsampleSubtract } from "../kernels/upsample_subtract.ts";
import type { Chunk, ChunkStream } from "../stream/chunks.ts";
import { boundingBox, boxesTouch } from "./cells.ts";
import type { Known } from "./known.ts";
import { colour } from "./temporal.ts";

/** Makes Z − A C of averaged frames: the cells are subtracted, then the ring background of what is left. */
export class ResidualMaker {
  readonly #stride: number;
  readonly #stack: DeviceBuffer;
  readonly #low: DeviceBuffer;
  readonly #background: DeviceBuffer;
  readonly #offsets: DeviceBuffer;
  readonly #groups: {
    images: DeviceBuffer;
    traces: DeviceBuffer;
    boxes: ReturnType<typeof seedBoxes> & { buffer: DeviceBuffer };
  }[] = [];

  constructor(private readonly stream: ChunkStream, private readonly known: Known, private readonly tsub: number) {
    const { compute, source } = stream, { width, height, frames } = source.header, { grid, cells } = known;
    const most = Math.ceil(stream.chunkFrames / tsub);
    this.#stride = Math.ceil(Math.ceil(frames / tsub) / 4) * 4;
    this.#stack = compute.allocate("residual", stackBytes({ frames: most, width, height }));
    const low = stackBytes({ frames: most, width: grid.width, height: grid.height });
    this.#low = compute.allocate("downsampled residual", low);
    this.#background = compute.allocate("residual background", low);
    this.#offsets = compute.upload("ring offsets", known.ring.operator.offsets);
    // Cells are subtracted in groups whose boxes do not touch.
    const extents = cells.map((cell) => {
      const box = boundingBox(cell.footprint.pixels, width, 0);
      const x = (box.x0 + box.x1) >> 1, y = (box.y0 + box.y1) >> 1;
      return { x, y, radius: Math.max(x - box.x0, box.x1 - x, y - box.y0, box.y1 - y) };
    });
    const radius = Math.max(1, ...extents.map((extent) => extent.radius));
    const areas = extents.map(({ x, y }) => ({
      x0: x - radius - 3,
      x1: x + radius + 4,
      y0: y - radius,
      y1: y + radius + 1,
    }));
    const neighbours = areas.map((area) => areas.flatMap((other, l) => boxesTouch(area, other) ? [l] : []));
    for (const members of colour(neighbours)) {
      const layout = seedBoxes(members.map((k) => extents[k]), radius);
      const images = new Float32Array(members.length * layout.rows * layout.blocks * 4);
      const traces = new Float32Array(members.length * this.#stride);
      members.forEach((k, i) => {
        const { pixels, values } = cells[k].footprint, x0 = layout.origins[2 * i] * 4, y0 = layout.origins[2 * i + 1];
        pixels.forEach((p, j) => {
          images[(i * layout.rows + Math.floor(p / width) - y0) * layout.blocks * 4 + p % width - x0] = values[j];
        });
        traces.set(binnedTrace(cells[k].trace, tsub), i * this.#stride);
      });
      this.#groups.push({
        images: compute.upload("cells to subtract", images),
        traces: compute.upload("traces to subtract", traces),
        boxes: { ...layout, buffer: compute.upload("boxes to subtract", layout.origins) },
      });
    }
  }

  /** The downsampled movie without its cells, D (Y − A C), of the frames made last. */
  get low(): DeviceBuffer {
    return this.#low;
  }

  /** Its ring background, W D (Y − A C). */
  get background(): DeviceBuffer {
    return this.#background;
  }

  make(chunk: Chunk): DeviceBuffer {
    const { compute, source } = this.stream, { width, height } = source.header, { grid, ring } = this.known;
    binTime(compute, chunk.stack, this.#stack, { frames: chunk.frames, width, height }, this.tsub, 0);
    const shape = { frames: Math.ceil(chunk.frames / this.tsub), width, height }, offset = chunk.start / this.tsub;
    for (const { images, traces, boxes } of this.#groups) {
      peel(compute, this.#stack, images, { buffer: traces, stride: this.#stride, offset }, boxes, shape);
    }
    const low = { frames: shape.frames, width: grid.width, height: grid.height };
    binSpace(compute, this.#stack, this.#low, shape, grid.factor);
    ringApply(compute, this.#low, ring.weights, this.#offsets, this.#background, low);
    upsampleSubtract(compute, this.#background, this.#stack, shape, grid.factor);
    return this.#stack;
  }

  release(): void {
    for (const buffer of [this.#stack, this.#low, this.#background, this.#offsets]) buffer.release();
    for (const { images, traces, boxes } of this.#groups) {
      for (const buffer of [images, traces, boxes.buffer]) buffer.release();
    }
  }
}

function binnedTrace(trace: Float32Array, factor: number): Float32Array {
  const out = new Float32Array(Math.ceil(trace.length / factor));
  for (let i = 0; i < out.length; i++) {
    const end = Math.min(trace.length, (i + 1) * factor);
    for (let t = i * factor; t < end; t++) out[i] += trace[t];
    out[i] /= end - i * factor;
  }
  return out;
}
