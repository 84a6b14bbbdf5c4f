// Mean, noise, peak-to-noise ratio and largest rise of listed blocks, from the sums of peak_noise.
// One item does one listed block of four pixels.
struct Params {
  items: u32,
  blocks_per_frame: u32,
  frames: u32,
  energy_count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<vec4f>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read_write> pnr: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> noise: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> rise: array<vec4f>;

fn ratio(a: vec4f, b: vec4f) -> vec4f {
  let positive = b > vec4f();
  return select(vec4f(), a / select(vec4f(1.0), b, positive), positive);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.blocks_per_frame;
  let block = blocks[item];
  let average = state[block] / f32(params.frames);
  let deviation = sqrt(state[2u * size + block] / f32(max(params.energy_count, 1u)));
  let spread = sqrt(state[4u * size + block] / f32(max(params.frames, 2u) - 1u));
  mean[block] = average;
  noise[block] = deviation;
  pnr[block] = ratio(state[size + block] - average, deviation);
  rise[block] = ratio(state[3u * size + block], spread);
}
