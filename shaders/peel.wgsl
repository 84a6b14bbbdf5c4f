// Subtracts each seed's rank-1 movie (image × trace) from its box of a stack. Boxes of one dispatch must be disjoint.
// One workgroup works for one seed; one item owns one block of four pixels of the seed's box.
struct Params {
  items: u32,
  frames: u32,
  height: u32,
  row_blocks: u32,
  box_rows: u32,
  box_blocks: u32,
  groups_per_seed: u32,
  trace_stride: u32,
  frame_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> images: array<vec4f>;
@group(0) @binding(3) var<storage, read> traces: array<f32>;
@group(0) @binding(4) var<storage, read> boxes: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let workgroup = group.x + group.y * 65535u;
  if (workgroup * 64u >= params.items) {
    return;
  }
  let seed = workgroup / params.groups_per_seed;
  let block = (workgroup % params.groups_per_seed) * 64u + lane;
  if (block >= params.box_rows * params.box_blocks) {
    return;
  }
  let column = boxes[seed * 2u] + i32(block % params.box_blocks);
  let row = boxes[seed * 2u + 1u] + i32(block / params.box_blocks);
  if (column < 0 || row < 0 || column >= i32(params.row_blocks) || row >= i32(params.height)) {
    return;
  }
  let image = images[seed * params.box_rows * params.box_blocks + block];
  if (all(image == vec4f())) {
    return;
  }
  let frame_blocks = params.height * params.row_blocks;
  var at = u32(row) * params.row_blocks + u32(column);
  let trace = seed * params.trace_stride + params.frame_offset;
  for (var frame = 0u; frame < params.frames; frame++) {
    stack[at] -= image * traces[trace + frame];
    at += frame_blocks;
  }
}
