// Energy of the upper half of the band: squares of a half-band high-pass filter's output, summed over the frames of a stack.
// One item does four pixels, with the filter's seven samples in registers.
struct Params {
  items: u32,
  frames: u32,
  zero: u32,
  blocks: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let blocks = params.blocks;
  if (params.frames < 7u) {
    return;
  }
  var y0 = stack[item];
  var y1 = stack[blocks + item];
  var y2 = stack[2u * blocks + item];
  var y3 = stack[3u * blocks + item];
  var y4 = stack[4u * blocks + item];
  var y5 = stack[5u * blocks + item];
  var energy = vec4f();
  for (var frame = 6u; frame < params.frames; frame++) {
    let y6 = stack[frame * blocks + item];
    let high = fma(y3, vec4f(16.0), fma(y2 + y4, vec4f(-9.0), y0 + y6));
    energy = fma(high, high, energy);
    y0 = y1;
    y1 = y2;
    y2 = y3;
    y3 = y4;
    y4 = y5;
    y5 = y6;
  }
  // 420 is the sum of the squared taps.
  energy /= 420.0;
  let old = state[item];
  state[item] = old + energy;
  state[blocks + item] += two_sum_error(old, energy, params.zero);
}
