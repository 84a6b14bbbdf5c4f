import assert from "node:assert/strict";
import { join } from "node:path";
import type { Extraction } from "../src/core/extraction.ts";
import { npyHeader, npyParts } from "../src/files/npy.ts";
import { writeZip } from "../src/files/write_zip.ts";
import { exportResults } from "../src/results/export.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { readNpy, readStoredZip } from "./numpy_files.ts";
import { inTemporary } from "./results_setting.ts";

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("arrays of every type and shape come back from .npy", () => {
  for (
    const [data, shape, type] of [
      [Float32Array.of(1.5, -2, NaN), undefined, "<f4"],
      [Float64Array.of(Math.PI), [], "<f8"],
      [Int32Array.of(1, 2, 3, 4, 5, 6), [2, 3], "<i4"],
      [BigInt64Array.of(-1n, 2n ** 40n), [2, 1], "<i8"],
      [new Uint8Array(0), [0, 7], "|u1"],
    ] as const
  ) {
    const back = readNpy(joined(npyParts(data, shape)));
    assert.deepEqual(back, { type, shape: shape ?? [data.length], data });
  }
  assert.deepEqual(readNpy(joined(npyParts("µm 🐁"))), { type: "<U4", shape: [], data: ["µm 🐁"] });
  assert.deepEqual(readNpy(joined(npyParts(["a", "", "cde"]))).data, ["a", "", "cde"]);
  assert.deepEqual(readNpy(joined(npyParts([]))), { type: "<U1", shape: [0], data: [] });
  assert.throws(() => npyParts(new Float32Array(5), [2, 3]), /5 numbers do not fill the shape 2×3/);
  // A shape of many axes makes a header of several blocks.
  assert.equal(npyHeader("<f4", new Array(30).fill(12345)).length % 64, 0);
});

for (const [name, largestPlain] of [["plain", undefined], ["Zip64", 0], ["partly Zip64", 90]] as const) {
  Deno.test(`a ${name} zip holds its members, with checksums and names`, () =>
    inTemporary(async (directory) => {
      const path = join(directory, "a.zip"), encoder = new TextEncoder();
      const members = [["empty", []], ["ä/b.npy", ["one ", "two"]], ["large", ["x".repeat(1000)]]] as const;
      await writeZip(path, async (zip) => {
        for (const [member, texts] of members) await zip.add(member, texts.map((text) => encoder.encode(text)));
      }, { largestPlain });
      const back = readStoredZip(Deno.readFileSync(path));
      assert.deepEqual(
        [...back].map(([member, bytes]) => [member, new TextDecoder().decode(bytes)]),
        members.map(([member, texts]) => [member, texts.join("")]),
      );
    }));
}

Deno.test("a zip that fails is closed", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "a.zip");
    await assert.rejects(writeZip(path, () => Promise.reject(new Error("no more"))), /no more/);
    await assert.rejects(writeZip(join(directory, "none", "a.zip"), () => Promise.resolve()));
  }));

function archive(...path: string[]): Record<string, ReturnType<typeof readNpy>> {
  const members = readStoredZip(Deno.readFileSync(join(...path)));
  return Object.fromEntries([...members].map(([name, bytes]) => [name.replace(/\.npy$/, ""), readNpy(bytes)]));
}

Deno.test("results.npz holds everything exactly, and footprints.npz is what scipy.sparse saves", () =>
  inTemporary(async (directory) => {
    const plain = fakeExtraction({ width: 23, height: 37, arOrder: 2, cells: 5 });
    const timestamps = Float64Array.from({ length: 120 }, (_, t) => 3 + t / 7);
    const extraction: Extraction = {
      ...plain,
      units: "dF over noise",
      movie: { ...plain.movie, timestamps, pixelSize: { x: 2.5, y: 3 } },
      quality: { accepted: Uint8Array.of(1, 1, 0, 1, 0) },
    };
    await exportResults(join(directory, "numpy"), extraction, "numpy");
    const results = archive(directory, "numpy", "results.npz"), { traces, footprints, ring } = extraction;
    const is = (name: string, shape: number[], data: ArrayLike<unknown>) =>
      assert.deepEqual([results[name].shape, results[name].data], [shape, data], name);
    is("raw", [5, 120], traces.raw);
    is("C", [5, 120], traces.denoised);
    is("S", [5, 120], traces.spikes);
    is("ar", [5, 2], traces.ar);
    is("noise", [5], traces.noise);
    is("baseline", [5], traces.baseline);
    is("b0", [37, 23], extraction.b0);
    is("W_weights", [4, ring.height, ring.width], ring.weights);
    is("W_offsets", [4, 2], ring.offsets);
    is("correlation", [37, 23], extraction.summary.correlation);
    is("noise_image", [37, 23], extraction.summary.noise);
    is("timestamps", [120], timestamps);
    is("time", [120], timestamps.map((seconds) => seconds - 3));
    is("names", [5], ["C000", "C001", "C002", "C003", "C004"]);
    is("accepted", [5], Uint8Array.of(1, 1, 0, 1, 0));
    is("frame_rate", [], Float64Array.of(9.99));
    is("units", [], ["dF over noise"]);
    is("pixel_size", [2], Float64Array.of(2.5, 3));
    is("dims", [2], Int32Array.of(37, 23));
    assert.deepEqual([results.snr, results.r_value, results.preparation], [undefined, undefined, undefined]);
    const parameters = JSON.parse(String(results.parameters.data[0]));
    assert.deepEqual([parameters.gSig, parameters.far], [3, { $number: "Infinity" }]);
    assert.equal(JSON.parse(String(results.movie.data[0])).name, "fake µ movie.tif");

    const sparse = archive(directory, "numpy", "footprints.npz");
    assert.deepEqual([sparse.format.data, sparse.shape.data], [["csc"], BigInt64Array.of(23n * 37n, 5n)]);
    assert.deepEqual(sparse.data.data, footprints.values);
    assert.deepEqual(sparse.indices.data, Int32Array.from(footprints.pixels));
    assert.deepEqual(sparse.indptr.data, Int32Array.from(footprints.starts));
    for (const part of ["data", "indices", "indptr", "shape"]) assert.deepEqual(results[`A_${part}`], sparse[part]);
  }));

Deno.test("results.npz holds the displacements of a registered movie", () =>
  inTemporary(async (directory) => {
    for (const local of [false, true]) {
      const motion = fakeMotion({ local }), path = join(directory, String(local));
      await exportResults(path, fakeExtraction(), "numpy", { motion });
      const results = archive(path, "results.npz"), nodes = motion.shifts.local;
      assert.deepEqual([results.shifts.shape, results.shifts.data], [[120, 2], motion.shifts.rigid]);
      assert.equal("shifts_local" in results, local);
      if (!nodes) continue;
      assert.deepEqual(results.shifts_local.shape, [120, nodes.y.length, nodes.x.length, 2]);
      assert.deepEqual(results.shifts_local.data, nodes.values);
      assert.deepEqual([results.shifts_x.data, results.shifts_y.data], [nodes.x, nodes.y]);
    }
  }));
