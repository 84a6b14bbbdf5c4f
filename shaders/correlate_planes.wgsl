// Product of the transform of each plane with the conjugate of its patch's: the transform of their cross-correlation.
// In place. One item does one frequency of a run of planes.
struct Params {
  items: u32,
  run: u32,
  planes: u32,
  patches: u32,
  plane_size: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> templates: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> planes: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let first_plane = item / params.plane_size * params.run;
  let last_plane = min(first_plane + params.run, params.planes);
  let at = item % params.plane_size;
  var patch_index = first_plane % params.patches;
  for (var plane = first_plane; plane < last_plane; plane++) {
    let t = templates[patch_index * params.plane_size + at];
    let i = plane * params.plane_size + at;
    let z = planes[i];
    planes[i] = vec2f(z.x * t.x + z.y * t.y, z.y * t.x - z.x * t.y);
    patch_index++;
    if (patch_index == params.patches) {
      patch_index = 0u;
    }
  }
}
