// The lesser of every value and the one `step` further along its row: minima over runs of 2·step from minima over runs of `step`.
// One item makes the same pixel of a run of frames.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  height: u32,
  pitch: u32,
  step: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> wide: array<f32>;
@group(0) @binding(2) var<storage, read_write> minima: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.pitch * params.height;
  let first_frame = item / size * params.run;
  let last_frame = min(first_frame + params.run, params.frames);
  let place = item % size;
  let step = select(0u, params.step, place % params.pitch + params.step < params.pitch);
  for (var frame = first_frame; frame < last_frame; frame++) {
    let at = frame * size + place;
    minima[at] = min(wide[at], wide[at + step]);
  }
}
