// Non-negative regressions by coordinate descent, one item per pixel: sweeps over the cells whose support holds it.
struct Params {
  items: u32,
  cell_count: u32,
  sweeps: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> cells: array<u32>;
@group(0) @binding(3) var<storage, read> rhs: array<f32>;
@group(0) @binding(4) var<storage, read> gram: array<f32>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let pixel = (workgroup.x + workgroup.y * 65535u) * 64u + lane;
  if (pixel >= params.items) {
    return;
  }
  let first = starts[pixel];
  let last = starts[pixel + 1u];
  for (var sweep = 0u; sweep < params.sweeps; sweep++) {
    for (var e = first; e < last; e++) {
      let row = cells[e] * params.cell_count;
      let diagonal = gram[row + cells[e]];
      var gradient = rhs[e];
      for (var other = first; other < last; other++) {
        gradient -= gram[row + cells[other]] * values[other];
      }
      values[e] = select(0.0, max(0.0, values[e] + gradient / diagonal), diagonal > 0.0);
    }
  }
}
