// Sums of lines of numbers: rows of a stack, or rows of sums. One item does one line. Lines are written in groups that are padded.
struct Params {
  items: u32,
  line_blocks: u32,
  group: u32,
  group_pitch: u32,
  first: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> lines: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  var sum = vec4f();
  for (var b = 0u; b < params.line_blocks; b++) {
    sum += lines[item * params.line_blocks + b];
  }
  let at = params.first + item / params.group * params.group_pitch + item % params.group;
  sums[at] = (sum.x + sum.y) + (sum.z + sum.w);
}
