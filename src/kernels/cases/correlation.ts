import { correlatePlanes } from "../correlate_planes.ts";
import { gatherPlanes, planesOf } from "../gather_planes.ts";
import { lagWindows } from "../lag_windows.ts";
import { likeness } from "../likeness.ts";
import { nodeColumns } from "../node_columns.ts";
import { nodeRows } from "../node_rows.ts";
import { pitchOf } from "../stack.ts";
import { imageSize, type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Regions that reach over the field's edges, two per frame. */
const PATCHES = 2, REACH = 2;

/** Kernels that compare frames with a template. */
export const correlationCases: readonly KernelCase[] = [
  {
    kernel: "gather_planes",
    tolerance: 0,
    calls(compute, shape, seed) {
      const next = uniform(seed), width = shape.width + 1, height = Math.max(1, shape.height - 1);
      const planes = { planeWidth: width + 3, planeHeight: height + 2 };
      const count = planesOf(shape.frames, PATCHES);
      const stack = compute.upload("stack", randomStack(seed, shape));
      const origins = compute.upload(
        "origins",
        Int32Array.from({ length: 2 * PATCHES * shape.frames }, () => Math.floor(7 * next()) - 3),
      );
      const out = compute.allocate("planes", count * planes.planeWidth * planes.planeHeight * 8);
      gatherPlanes(compute, stack, origins, out, shape, { patches: PATCHES, width, height, ...planes });
      for (const buffer of [stack, origins]) buffer.release();
      return [out];
    },
  },
  {
    kernel: "correlate_planes",
    // Two products and a sum.
    tolerance: 3e-7,
    calls(compute, shape, seed) {
      const planes = planesOf(shape.frames, PATCHES), plane_size = imageSize(shape);
      const complex = (seed: number, count: number) =>
        randomStack(seed, { ...shape, width: 2 * pitchOf(shape.width), frames: count });
      const templates = compute.upload("templates", complex(seed + 1, PATCHES));
      const out = compute.upload("planes", complex(seed, planes));
      correlatePlanes(compute, templates, out, { planes, patches: PATCHES, plane_size });
      templates.release();
      return [out];
    },
  },
  {
    kernel: "lag_windows",
    tolerance: 0,
    calls(compute, { frames, width, height }, seed) {
      const planeWidth = width + 4, planeHeight = height + 4;
      const next = uniform(seed), size = planeWidth * planeHeight * 2 * planesOf(frames, PATCHES);
      const planes = compute.upload("planes", Float32Array.from({ length: size }, next));
      const windows = compute.allocate("windows", frames * PATCHES * (2 * REACH + 1) ** 2 * 4);
      lagWindows(compute, planes, windows, { frames, patches: PATCHES, reach: REACH, planeWidth, planeHeight });
      planes.release();
      return [windows];
    },
  },
  {
    kernel: "node_rows",
    // Sums of up to a few hundred products in another order.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const nodes = 3, pitch = pitchOf(shape.width), blocks = pitch / 4;
      const upload = (label: string, of: typeof shape, seed: number) =>
        compute.upload(label, randomStack(seed, of, 0.1, 1));
      const buffers = {
        stack: upload("stack", shape, seed),
        images: upload("images", { ...shape, frames: 3 }, seed + 1),
        shares: upload("shares", { ...shape, frames: 1, height: nodes }, seed + 2),
        spans: compute.upload("spans", Uint32Array.of(0, blocks, 0, Math.ceil(blocks / 2), blocks >> 1, blocks)),
        sums: compute.allocate("sums", shape.frames * shape.height * nodes * 16),
      };
      nodeRows(compute, buffers, shape, nodes, 0.3);
      for (const buffer of [buffers.stack, buffers.images, buffers.shares, buffers.spans]) buffer.release();
      return [buffers.sums];
    },
  },
  {
    kernel: "node_columns",
    tolerance: 3e-6,
    calls(compute, { frames, height }, seed) {
      const columns = 3, rows = 2;
      const rowSums = compute.upload(
        "row sums",
        randomStack(seed, { frames, height: height * columns, width: 4 }, 0.1, 1),
      );
      const next = uniform(seed + 1);
      const shares = compute.upload("shares", Float32Array.from({ length: rows * height }, () => 0.1 + next()));
      const sums = compute.allocate("sums", frames * rows * columns * 16);
      nodeColumns(compute, rowSums, shares, sums, { frames, height, columns, rows });
      for (const buffer of [rowSums, shares]) buffer.release();
      return [sums];
    },
  },
  {
    kernel: "likeness",
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const still = { ...shape, frames: 1 };
      const stack = compute.upload("stack", randomStack(seed, shape, 0.1, 1));
      const image = compute.upload("image", randomStack(seed + 1, still, 0.1, 1));
      const mask = compute.upload("mask", randomStack(seed + 2, still, 0, 1).map((value) => value > 0.3 ? 1 : 0));
      const sums = compute.allocate("sums", shape.frames * shape.height * 16);
      likeness(compute, stack, image, mask, sums, shape);
      for (const buffer of [stack, image, mask]) buffer.release();
      return [sums];
    },
  },
];
