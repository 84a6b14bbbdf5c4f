// Sums over rows of row sums times the share each row of nodes has in a row of pixels. One item per node of a frame.
struct Params {
  items: u32,
  height: u32,
  columns: u32,
  rows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> row_sums: array<vec4f>;
@group(0) @binding(2) var<storage, read> shares: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let rest = item / params.columns;
  let column = item - rest * params.columns;
  let frame = rest / params.rows;
  let row = rest - frame * params.rows;
  var sum = vec4f();
  for (var y = 0u; y < params.height; y++) {
    sum = fma(row_sums[(frame * params.height + y) * params.columns + column], vec4f(shares[row * params.height + y]), sum);
  }
  sums[item] = sum;
}
