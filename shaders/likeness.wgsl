// What the correlation of frames with a template is made of, row by row inside a window: Σ frame·template, Σ frame, Σ
// frame². One item per row of a frame. The mask is 1 in the window and 0 elsewhere; the template is 0 outside.
struct Params {
  items: u32,
  height: u32,
  row_blocks: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> image: array<vec4f>;
@group(0) @binding(3) var<storage, read> mask: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let first = item % params.height * params.row_blocks;
  var products = vec4f();
  var values = vec4f();
  var squares = vec4f();
  for (var block = 0u; block < params.row_blocks; block++) {
    let value = stack[item * params.row_blocks + block] * mask[first + block];
    products = fma(value, image[first + block], products);
    values += value;
    squares = fma(value, value, squares);
  }
  let one = vec4f(1.0);
  sums[item] = vec4f(dot(products, one), dot(values, one), dot(squares, one), 0.0);
}
