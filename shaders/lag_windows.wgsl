// The middle of cross-correlations: lags from −reach to reach along both axes, frame by frame. Lags wrap around in a
// plane; frame 2k is in the real and frame 2k + 1 in the imaginary part of plane k. One item per lag of a frame and
// patch.
struct Params {
  items: u32,
  patches: u32,
  reach: u32,
  plane_width: u32,
  plane_height: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read_write> windows: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let side = 2u * params.reach + 1u;
  let rows = item / side;
  let which = rows / side;
  let frame = which / params.patches;
  let patch_index = which - frame * params.patches;
  let x = (item - rows * side + params.plane_width - params.reach) % params.plane_width;
  let y = (rows - which * side + params.plane_height - params.reach) % params.plane_height;
  let plane = frame / 2u * params.patches + patch_index;
  windows[item] = planes[2u * ((plane * params.plane_height + y) * params.plane_width + x) + frame % 2u];
}
