// Frames with a margin of HUGE at the left and right, each value times `sign`: what minima along rows are made of.
// One item makes the same pixel of a run of frames.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  width: u32,
  height: u32,
  pitch: u32,
  margin: u32,
  wide_pitch: u32,
  sign: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read_write> wide: array<f32>;

const HUGE = 3.4e38;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.wide_pitch * params.height;
  let first_frame = item / size * params.run;
  let last_frame = min(first_frame + params.run, params.frames);
  let place = item % size;
  let y = place / params.wide_pitch;
  let wide_x = place - y * params.wide_pitch;
  let is_inside = wide_x >= params.margin && wide_x < params.margin + params.width;
  let source = y * params.pitch + select(0u, wide_x - params.margin, is_inside);
  let frame_size = params.pitch * params.height;
  for (var frame = first_frame; frame < last_frame; frame++) {
    wide[frame * size + place] = select(HUGE, params.sign * stack[frame * frame_size + source], is_inside);
  }
}
