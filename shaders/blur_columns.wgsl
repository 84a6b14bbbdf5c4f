// Weighted sums along the columns of a stack, the border pixel repeated beyond the border. One item makes four pixels.
struct Params {
  items: u32,
  height: u32,
  row_blocks: u32,
  radius: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> blurred: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let row_blocks = i32(params.row_blocks);
  let row = i32(item) / row_blocks;
  let y = row % i32(params.height);
  let top = i32(item) - y * row_blocks;
  let radius = i32(params.radius);
  let last = i32(params.height) - 1;
  var sum = vec4f();
  for (var i = 0; i <= 2 * radius; i++) {
    let source = top + clamp(y + i - radius, 0, last) * row_blocks;
    sum = fma(vec4f(weights[i]), stack[source], sum);
  }
  blurred[item] = sum;
}
