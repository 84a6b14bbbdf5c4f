// Sum, maximum, upper-band energy, largest rise and energy of the differences, over the frames of a stack, of listed blocks only.
// One item does one listed block of four pixels.
struct Params {
  items: u32,
  frames: u32,
  blocks_per_frame: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.blocks_per_frame;
  let block = blocks[item];
  // Before its first seven samples the filter's output is not used: the zeros here never count.
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  var y4 = vec4f();
  var y5 = stack[block];
  var sum = y5;
  var high = max(state[size + block], y5);
  var energy = vec4f();
  var rise = state[3u * size + block];
  var difference_energy = vec4f();
  for (var frame = 1u; frame < params.frames; frame++) {
    let y6 = stack[frame * size + block];
    let difference = y6 - y5;
    sum += y6;
    high = max(high, y6);
    rise = max(rise, difference);
    difference_energy = fma(difference, difference, difference_energy);
    let band = fma(y3, vec4f(16.0), fma(y2 + y4, vec4f(-9.0), y0 + y6));
    energy = fma(band, band * select(0.0, 1.0, frame >= 6u), energy);
    y0 = y1;
    y1 = y2;
    y2 = y3;
    y3 = y4;
    y4 = y5;
    y5 = y6;
  }
  state[block] += sum;
  state[size + block] = high;
  state[2u * size + block] += energy / 420.0;
  state[3u * size + block] = rise;
  state[4u * size + block] += difference_energy;
}
