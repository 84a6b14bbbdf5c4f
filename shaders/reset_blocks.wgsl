// Sets the planes of listed blocks to 0, or to the lowest value where a maximum is to be found.
// One item does one listed block of four pixels, in all planes.
struct Params {
  items: u32,
  blocks_per_frame: u32,
  planes: u32,
  lowest_planes: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let block = blocks[item];
  for (var plane = 0u; plane < params.planes; plane++) {
    let is_lowest = ((params.lowest_planes >> plane) & 1u) == 1u;
    state[plane * params.blocks_per_frame + block] = vec4f(select(0.0, -3.0e38, is_lowest));
  }
}
