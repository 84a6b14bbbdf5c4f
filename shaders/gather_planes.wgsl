// Regions of frames as complex planes: frame 2k in the real part of plane k, frame 2k + 1 in the imaginary part; zeros
// around the region and where it reaches beyond the field. One item makes one number of a run of planes: integer
// divisions are paid once per run.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  patches: u32,
  planes: u32,
  field_width: i32,
  field_height: i32,
  pitch: i32,
  region_width: i32,
  region_height: i32,
  plane_width: u32,
  plane_size: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read> origins: array<vec2i>;
@group(0) @binding(3) var<storage, read_write> planes: array<vec2f>;

fn sample(frame: u32, patch_index: u32, x: i32, y: i32) -> f32 {
  if (frame >= params.frames) {
    return 0.0;
  }
  let at = origins[frame * params.patches + patch_index] + vec2i(x, y);
  if (x >= params.region_width || y >= params.region_height || at.x < 0 || at.y < 0 || at.x >= params.field_width || at.y >= params.field_height) {
    return 0.0;
  }
  return stack[u32((i32(frame) * params.field_height + at.y) * params.pitch + at.x)];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let first_plane = item / params.plane_size * params.run;
  let last_plane = min(first_plane + params.run, params.planes);
  let at = item % params.plane_size;
  let y = at / params.plane_width;
  let x = at - y * params.plane_width;
  var pair = first_plane / params.patches;
  var patch_index = first_plane - pair * params.patches;
  for (var plane = first_plane; plane < last_plane; plane++) {
    let re = sample(2u * pair, patch_index, i32(x), i32(y));
    let im = sample(2u * pair + 1u, patch_index, i32(x), i32(y));
    planes[plane * params.plane_size + at] = vec2f(re, im);
    patch_index++;
    if (patch_index == params.patches) {
      patch_index = 0u;
      pair++;
    }
  }
}
