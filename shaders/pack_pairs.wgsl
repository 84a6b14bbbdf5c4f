// Pairs of real frames of a stack as complex planes, which are larger: an even frame is the real part, the odd one
// after it the imaginary. Beyond the frame the plane leads linearly from its last column (row) back to its first, so
// that its periodic continuation has no jump. One item does one place in a run of planes.
struct Params {
  items: u32,
  // Frames to pack, the first of them in the stack, and planes that an item does.
  frames: u32,
  first_frame: u32,
  run: u32,
  width: u32,
  height: u32,
  pitch: u32,
  plane_width: u32,
  plane_height: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read_write> planes: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.plane_width * params.plane_height;
  let first_plane = item / size * params.run;
  let last_plane = min(first_plane + params.run, (params.frames + 1u) / 2u);
  let place = item % size;
  let y = place / params.plane_width;
  let x = place - y * params.plane_width;
  let last = vec2u(params.width, params.height) - 1u;
  let is_beyond = vec2u(x, y) > last;
  let gap = vec2f(vec2u(params.plane_width, params.plane_height) - last);
  let part = select(vec2f(), vec2f(vec2u(x, y) - last) / gap, is_beyond);
  let near = min(vec2u(x, y), last);
  let upper = near.y * params.pitch;
  let frame_size = params.pitch * params.height;
  for (var plane = first_plane; plane < last_plane; plane++) {
    let has_second = 2u * plane + 1u < params.frames;
    let even = (params.first_frame + 2u * plane) * frame_size;
    let odd = select(even, even + frame_size, has_second);
    var value = vec2f(stack[even + upper + near.x], stack[odd + upper + near.x]);
    if (any(is_beyond)) {
      // The opposite column or row is the first one, where the plane goes on.
      let far = select(near, vec2u(), is_beyond);
      let lower = far.y * params.pitch;
      let right = vec2f(stack[even + upper + far.x], stack[odd + upper + far.x]);
      let below = vec2f(stack[even + lower + near.x], stack[odd + lower + near.x]);
      let across = vec2f(stack[even + lower + far.x], stack[odd + lower + far.x]);
      value = mix(mix(value, right, part.x), mix(below, across, part.x), part.y);
    }
    planes[plane * size + place] = select(vec2f(value.x, 0.0), value, has_second);
  }
}
