// Sum, sum of squares, minimum and maximum of every pixel over the frames of a stack.
// One item does four pixels. The chunk's sums are added to the state with compensation.
struct Params {
  items: u32,
  frames: u32,
  skip: u32,
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
  var sum = vec4f();
  var squares = vec4f();
  var low = state[4u * blocks + item];
  var high = state[5u * blocks + item];
  for (var frame = params.skip; frame < params.frames; frame++) {
    let value = stack[frame * blocks + item];
    sum += value;
    squares = fma(value, value, squares);
    low = min(low, value);
    high = max(high, value);
  }
  let old_sum = state[item];
  let old_squares = state[2u * blocks + item];
  state[item] = old_sum + sum;
  state[blocks + item] += two_sum_error(old_sum, sum, params.zero);
  state[2u * blocks + item] = old_squares + squares;
  state[3u * blocks + item] += two_sum_error(old_squares, squares, params.zero);
  state[4u * blocks + item] = low;
  state[5u * blocks + item] = high;
}
