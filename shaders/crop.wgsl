// Copies a window of every frame of a stack into a smaller stack. One item makes one float of the output; padding becomes 0.
struct Params {
  items: u32,
  height: u32,
  pitch: u32,
  x: u32,
  y: u32,
  out_width: u32,
  out_height: u32,
  out_pitch: u32,
  out_frame: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read_write> cropped: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let x = item % params.out_pitch;
  let y = (item / params.out_pitch) % params.out_height;
  let frame = item / (params.out_pitch * params.out_height);
  var value = 0.0;
  if (x < params.out_width) {
    value = stack[(frame * params.height + params.y + y) * params.pitch + params.x + x];
  }
  cropped[item + params.out_frame * params.out_pitch * params.out_height] = value;
}
