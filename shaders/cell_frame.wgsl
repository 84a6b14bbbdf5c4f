// Products of sparse rows (one per cell) with every frame of a stack, added to what is there.
// A workgroup owns one row and 256 frames; a lane owns four frames, 64 apart. Block indices and weights are uniform loads.
struct Params {
  items: u32,
  frames: u32,
  frame_blocks: u32,
  frame_groups: u32,
  out_stride: u32,
  frame_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read> blocks: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = workgroup.x + workgroup.y * 65535u;
  if (index * 64u + lane >= params.items) {
    return;
  }
  let cell = index / params.frame_groups;
  let frame = (index % params.frame_groups) * 256u + lane;
  // Frames past the end read the last frame and are not stored.
  let last = params.frames - 1u;
  let f0 = min(frame, last) * params.frame_blocks;
  let f1 = min(frame + 64u, last) * params.frame_blocks;
  let f2 = min(frame + 128u, last) * params.frame_blocks;
  let f3 = min(frame + 192u, last) * params.frame_blocks;
  var sums = vec4f();
  let end = starts[cell + 1u];
  for (var e = starts[cell]; e < end; e++) {
    let block = blocks[e];
    let weight = weights[e];
    sums += vec4f(
      dot(stack[f0 + block], weight),
      dot(stack[f1 + block], weight),
      dot(stack[f2 + block], weight),
      dot(stack[f3 + block], weight),
    );
  }
  let at = cell * params.out_stride + params.frame_offset + frame;
  if (frame < params.frames) { out[at] += sums.x; }
  if (frame + 64u < params.frames) { out[at + 64u] += sums.y; }
  if (frame + 128u < params.frames) { out[at + 128u] += sums.z; }
  if (frame + 192u < params.frames) { out[at + 192u] += sums.w; }
}
