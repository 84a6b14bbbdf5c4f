// Frames minus one number for each row, or for each column. One item makes four pixels.
struct Params {
  items: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  is_rows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> offsets: array<f32>;
@group(0) @binding(3) var<storage, read_write> difference: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let row = item / params.row_blocks;
  let x = (item - row * params.row_blocks) * 4u;
  let column = row / params.height * params.row_blocks * 4u + x;
  var offset = vec4f();
  if (params.is_rows == 1u) {
    offset = vec4f(offsets[row]);
  } else {
    offset = vec4f(offsets[column], offsets[column + 1u], offsets[column + 2u], offsets[column + 3u]);
  }
  let is_inside = vec4u(x) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.width);
  difference[item] = select(vec4f(), stack[item] - offset, is_inside);
}
