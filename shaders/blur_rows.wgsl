// Weighted sums along the rows of a stack, the border pixel repeated beyond the border.
// One item makes four pixels. The four pixels under each weight are the ones before moved on by one, so a weight costs one read.
struct Params {
  items: u32,
  width: u32,
  row_blocks: u32,
  radius: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> blurred: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let row = item / params.row_blocks;
  let first = i32(row * params.row_blocks * 4u);
  let x = i32((item - row * params.row_blocks) * 4u);
  let radius = i32(params.radius);
  let last = i32(params.width) - 1;
  var four = vec4f();
  for (var i = -radius; i < 3 - radius; i++) {
    four = vec4f(four.yzw, stack[first + clamp(x + i, 0, last)]);
  }
  var sum = vec4f();
  for (var i = 0; i <= 2 * radius; i++) {
    four = vec4f(four.yzw, stack[first + clamp(x + i - radius + 3, 0, last)]);
    sum = fma(vec4f(weights[i]), four, sum);
  }
  let is_inside = vec4i(x) + vec4i(0, 1, 2, 3) <= vec4i(last);
  blurred[item] = select(vec4f(), sum, is_inside);
}
