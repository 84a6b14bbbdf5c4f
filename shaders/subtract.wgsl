// Frames minus `factor` times another stack's frames, or times one image. One item makes four pixels of a run of frames.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  size: u32,
  step: u32,
  factor: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> other: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> difference: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let first_frame = item / params.size * params.run;
  let last_frame = min(first_frame + params.run, params.frames);
  let block = item % params.size;
  for (var frame = first_frame; frame < last_frame; frame++) {
    let at = frame * params.size + block;
    difference[at] = stack[at] - params.factor * other[frame * params.step + block];
  }
}
