// Sums over frames of what moved frames have a sample for, and how many frames that is, added to a state. One item per
// listed block of four pixels.
struct Params {
  items: u32,
  frames: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  node_columns: u32,
  node_rows: u32,
  first_x: f32,
  first_y: f32,
  step_x: f32,
  step_y: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> moved: array<vec4f>;
@group(0) @binding(2) var<storage, read> nodes: array<vec2f>;
@group(0) @binding(3) var<storage, read> blocks: array<u32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let block = blocks[item];
  let y = block / params.row_blocks;
  let first_x = (block - y * params.row_blocks) * 4u;
  let last = vec2f(f32(params.width - 1u), f32(params.height - 1u));
  let size = params.row_blocks * params.height;
  var sum = vec4f();
  var count = vec4f();
  for (var frame = 0u; frame < params.frames; frame++) {
    var covered = vec4f();
    for (var c = 0u; c < 4u; c++) {
      let pixel = vec2f(f32(first_x + c), f32(y));
      let place = pixel + displacement_at(frame, pixel.x, pixel.y);
      let is_inside = all(place >= vec2f()) && all(place <= last);
      covered = vec4f(covered.yzw, select(0.0, 1.0, is_inside));
    }
    sum += covered * moved[frame * size + block];
    count += covered;
  }
  sums[2u * item] += sum;
  sums[2u * item + 1u] += count;
}
