import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { MovieHeader } from "../src/core/movie.ts";
import { nearestName } from "../src/core/nearest_name.ts";
import { canonicalParameters } from "../src/core/parameter_names.ts";
import { describeParameters, EVERY_STEP, resolveMotionParameters, resolveParameters } from "../src/core/parameters.ts";

const header: MovieHeader = {
  width: 10,
  height: 10,
  frames: 10,
  sampleType: "uint16",
  frameRate: 20,
  name: "movie",
  files: [],
};

/** The one sentence a bad input is answered with. */
function refusal(input: Record<string, unknown>): string {
  try {
    resolveParameters(input);
  } catch (error) {
    assert(error instanceof ParameterError, `Expected a ParameterError, got ${error}`);
    return error.message;
  }
  assert.fail(`Accepted ${JSON.stringify(input)}`);
}

Deno.test("every parameter has a default that the schema accepts", () => {
  const defaults = resolveParameters({});
  assert.deepEqual(resolveParameters({ ...defaults }), defaults);
  assert.equal(Object.values(defaults).some((value) => value === undefined), false);
  assert.deepEqual(Object.keys(defaults).sort(), describeParameters().map(({ name }) => name).sort());
});

Deno.test("gSiz follows gSig, the frame rate follows the movie", () => {
  assert.equal(resolveParameters({}).gSiz, 13);
  assert.equal(resolveParameters({ gSig: 4 }).gSiz, 17);
  assert.equal(resolveParameters({ gSig: 4, gSiz: 13 }).gSiz, 13);
  assert.equal(resolveParameters({}).frame_rate, 10);
  assert.equal(resolveParameters({}, header).frame_rate, 20);
  assert.equal(resolveParameters({ fr: 5 }, header).frame_rate, 5);
  assert.equal(resolveParameters({}, { ...header, frameRate: 0 }).frame_rate, 10);
});

Deno.test("the smallest spike is none, a size, or what the noise asks for", () => {
  assert.equal(resolveParameters({}).s_min, null);
  for (const s_min of [null, 0, 2.5, -1]) assert.equal(resolveParameters({ s_min }).s_min, s_min);
  assert.match(refusal({ s_min: "none" }), /^Parameter s_min is "none", but it has to be null or a number/);
  assert.equal(describeParameters().find(({ name }) => name === "s_min")?.default, "null");
});

Deno.test("CaImAn's demo file is understood, groups and all", () => {
  const given = {
    data: { fr: 10, decay_time: 0.5 },
    init: {
      method_init: "corr_pnr",
      K: null,
      gSig: [3, 3],
      gSiz: [13, 13],
      ssub: 1,
      tsub: 2,
      nb: 0,
      min_corr: 0.8,
      min_pnr: 10,
      normalize_init: false,
      center_psf: true,
      ssub_B: 2,
      ring_size_factor: 1.4,
    },
    motion: { pw_rigid: false, max_shifts: [5, 5] },
    preprocess: { p: 1 },
    temporal: { p: 1, method_deconvolution: "oasis" },
    patch: { rf: 40, stride: 20, nb_patch: 0 },
    merging: { merge_thr: 0.7 },
    quality: { min_SNR: 2.5, use_cnn: false },
  };
  const parameters = resolveParameters(given);
  assert.deepEqual(
    [parameters.gSig, parameters.gSiz, parameters.min_corr, parameters.min_pnr, parameters.merge_threshold],
    [3, 13, 0.8, 10, 0.7],
  );
  assert.deepEqual([parameters.frame_rate, parameters.p], [10, 1]);
  const { max_shifts, gSig_filt, pw_rigid } = resolveMotionParameters(given);
  assert.deepEqual([max_shifts, gSig_filt, pw_rigid], [5, 3, false]);
  const { notices } = canonicalParameters(given, describeParameters(EVERY_STEP));
  for (const name of ["rf", "stride", "nb_patch"]) {
    assert(
      notices.some((notice) => new RegExp(`\\b${name}\\b.* ha(s|ve) no effect`).test(notice)),
      `No notice on ${name}`,
    );
  }
});

Deno.test("an Inscopix file gives Inscopix's kernel and ring", () => {
  const inscopix = {
    average_cell_diameter: 7,
    min_pixel_correlation: 0.8,
    min_peak_to_noise_ratio: 10.0,
    gaussian_kernel_size: 0,
    closing_kernel_size: 0,
    background_downsampling_factor: 2,
    ring_size_factor: 1.4,
    merge_threshold: 0.7,
    number_of_threads: 4,
    processing_mode: 2,
    patch_size: 80,
    patch_overlap: 20,
    output_units: 1,
    output_filetype: 0,
  };
  const parameters = resolveParameters(inscopix);
  // Inscopix CNMF-E 1.0.2: D = 2d = 14; kernel (D − 1)/4 = 3; ring round(1.4·14/2) = 10 blocks; box ±14.
  assert.equal(parameters.gSig, 3);
  assert.equal(parameters.gSiz, 14);
  const radius = parameters.ring_size_factor * parameters.gSiz / parameters.background_downsampling_factor;
  assert.equal(Math.round(radius), 10);
  assert.deepEqual([parameters.min_corr, parameters.min_pnr, parameters.merge_threshold], [0.8, 10, 0.7]);
  assert.equal(parameters.units, "dF over noise");
  assert.equal(resolveParameters({ ...inscopix, gaussian_kernel_size: 4 }).gSig, 4);
  assert.equal(resolveParameters({ ...inscopix, gaussian_kernel_size: 1 }).gSig, 3);
  assert.equal(resolveParameters({ gaussian_kernel_size: 0 }).gSig, 3);
  const api = resolveParameters({ cell_diameter: 10, bg_spatial_subsampling: 1, output_unit_type: "df" });
  assert.deepEqual(
    [api.gSig, api.gSiz, api.background_downsampling_factor, api.units],
    [4, 20, 1, "dF"],
  );
});

Deno.test("names nobody knows are answered with the nearest one", () => {
  assert.match(refusal({ min_cor: 0.8 }), /min_cor is not known; did you mean min_corr\?/);
  assert.match(refusal({ gsig: 3 }), /did you mean gSig\?/);
  assert.match(refusal({ mergethreshold: 3 }), /did you mean merge_threshold\?/);
  assert.match(refusal({ colour: "red" }), /colour is not known; annulus params lists every parameter/);
  assert.match(refusal({ inits: { gSig: 3 } }), /group inits is not known/);
  assert.equal(nearestName("xyz", ["min_corr", "p"]), undefined);
  assert.equal(nearestName("hlep", ["run", "help"]), "help");
});

Deno.test("wrong types and values out of range are named with what would be right", () => {
  for (
    const [input, name] of [
      [{ min_corr: 1.5 }, "min_corr"],
      [{ min_corr: "high" }, "min_corr"],
      [{ min_pnr: -1 }, "min_pnr"],
      [{ gSig: 0.2 }, "gSig"],
      [{ gSig: Infinity }, "gSig"],
      [{ gSig: NaN }, "gSig"],
      [{ gSiz: 12.5 }, "gSiz"],
      [{ p: 3 }, "p"],
      [{ tsub: 0 }, "tsub"],
      [{ frame_rate: 0 }, "frame_rate"],
      [{ noise_range: [0.5, 0.25] }, "noise_range"],
      [{ noise_range: 0.25 }, "noise_range"],
      [{ units: "counts" }, "units"],
      [{ max_iterations: 1.5 }, "max_iterations"],
      [{ fudge_factor: true }, "fudge_factor"],
    ] as [Record<string, unknown>, string][]
  ) {
    const message = refusal(input);
    assert.match(message, new RegExp(`^Parameter ${name} is .+, but it has to be .+`));
    assert.equal(message.includes("\n"), false);
  }
  assert.match(refusal({ average_cell_diameter: 2 }), /average_cell_diameter is 2, but it has to be .* from 3/);
  assert.match(refusal({ gSig: { x: 3 } }), /gSig is \{"x":3\}/);
});

Deno.test("values that contradict each other are refused", () => {
  assert.match(refusal({ gSig: 3, gSiz: 5 }), /gSiz 5 contradicts gSig 3/);
  assert.match(refusal({ gSiz: 14, average_cell_diameter: 7 }), /gSiz and average_cell_diameter both/);
  assert.match(refusal({ gSig: 3, gaussian_kernel_size: 4 }), /gSig and gaussian_kernel_size both set gSig/);
  assert.match(refusal({ merge_thr: 0.7, merge_threshold: 0.8 }), /merge_thr and merge_threshold both/);
  assert.match(refusal({ preprocess: { p: 1 }, temporal: { p: 2 } }), /p is given twice/);
  assert.match(refusal({ gSig: [3, 4] }), /both numbers have to be equal/);
  assert.match(refusal({ background_downsampling_factor: 16 }), /ring/);
  assert.equal(resolveParameters({ merge_thr: 0.7, merge_threshold: 0.7 }).merge_threshold, 0.7);
});

Deno.test("settings only another program has are refused unless they ask for what annulus does", () => {
  assert.match(refusal({ nb: 2 }), /nb is 2, but .*ring model/);
  assert.match(refusal({ init: { method_init: "greedy_roi" } }), /corr_pnr/);
  assert.match(refusal({ center_psf: false }), /one-photon/);
  assert.match(refusal({ init: { ssub: 2 } }), /ssub is 2, but .*full resolution/);
  assert.match(refusal({ motion: { is3D: true } }), /one plane/);
  assert.equal(resolveParameters({ nb: -1, gnb: 0, method_init: "greedy_pnr" }).gSig, 3);
});
