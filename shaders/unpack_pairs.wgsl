// Frames of a stack from complex planes that hold two each. Pixels that came from outside of the frame take the value
// of the nearest pixel that did not, or become a given value. One item does four pixels of a run of frames.
struct Params {
  items: u32,
  // Frames to unpack, the first of them in the stack, and frames that an item does.
  frames: u32,
  first_frame: u32,
  run: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  plane_width: u32,
  plane_height: u32,
  is_filled: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> displacements: array<vec2f>;
@group(0) @binding(3) var<storage, read> fill: array<f32>;
@group(0) @binding(4) var<storage, read_write> stack: array<vec4f>;

// The nearest of the pixels whose place + d lies inside.
fn nearest(at: vec4i, d: f32, size: u32) -> vec4i {
  let last = i32(size) - 1;
  return clamp(clamp(at, vec4i(i32(ceil(-d))), vec4i(i32(floor(f32(last) - d)))), vec4i(), vec4i(last));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.row_blocks * params.height;
  let first_frame = item / size * params.run;
  let last_frame = min(first_frame + params.run, params.frames);
  let block = item % size;
  let y = block / params.row_blocks;
  let x = vec4i(i32(block - y * params.row_blocks) * 4) + vec4i(0, 1, 2, 3);
  let is_padding = x >= vec4i(i32(params.width));
  let last = vec2f(f32(params.width - 1u), f32(params.height - 1u));
  for (var frame = first_frame; frame < last_frame; frame++) {
    let d = displacements[params.first_frame + frame];
    let columns = vec4u(nearest(x, d.x, params.width));
    let row = u32(nearest(vec4i(i32(y)), d.y, params.height).x);
    let first = 2u * ((frame / 2u * params.plane_height + row) * params.plane_width) + frame % 2u;
    let at = first + 2u * columns;
    let value = vec4f(planes[at.x], planes[at.y], planes[at.z], planes[at.w]);
    let place_x = vec4f(x) + d.x;
    let place_y = f32(y) + d.y;
    let is_outside = (place_x < vec4f()) | (place_x > vec4f(last.x)) | vec4<bool>(place_y < 0.0 || place_y > last.y);
    let is_replaced = is_outside & vec4<bool>(params.is_filled == 1u);
    let filled = select(value, vec4f(fill[params.first_frame + frame]), is_replaced);
    stack[(params.first_frame + frame) * size + block] = select(filled, vec4f(), is_padding);
  }
}
