// Means of `factor` successive frames; a last group that is not full averages what it holds.
// One item makes four pixels of one binned frame.
struct Params {
  items: u32,
  frames: u32,
  blocks: u32,
  factor: u32,
  out_frame: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> binned: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let block = item % params.blocks;
  let group_of_frames = item / params.blocks;
  let first = group_of_frames * params.factor;
  let last = min(first + params.factor, params.frames);
  var sum = vec4f();
  for (var frame = first; frame < last; frame++) {
    sum += stack[frame * params.blocks + block];
  }
  binned[(params.out_frame + group_of_frames) * params.blocks + block] = sum / f32(last - first);
}
