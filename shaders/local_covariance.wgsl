// Gathers the covariance matrix of a set of pixels from the residual's local Gram. One item makes one entry of one set's matrix.
struct Params {
  items: u32,
  size: u32,
  reach: i32,
  pitch: i32,
  hold_first: i32,
  plane: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
// (x, y) of each pixel of each set; x is −1 where a set has fewer.
@group(0) @binding(2) var<storage, read> points: array<i32>;
// Row of the Gram for (dy, dx), or −1.
@group(0) @binding(3) var<storage, read> rows: array<i32>;
@group(0) @binding(4) var<storage, read_write> matrices: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let owner = item / (params.size * params.size);
  let i = (item / params.size) % params.size;
  let j = item % params.size;
  let a = (owner * params.size + i) * 2u;
  let b = (owner * params.size + j) * 2u;
  let first = vec2i(points[a], points[a + 1u]);
  let second = vec2i(points[b], points[b + 1u]);
  var value = 0.0;
  if (first.x >= 0 && second.x >= 0) {
    var start = first;
    var offset = second - first;
    if (offset.y < 0 || (offset.y == 0 && offset.x < 0)) {
      start = second;
      offset = -offset;
    }
    if (offset.y <= params.reach && abs(offset.x) <= params.reach) {
      let row = rows[offset.y * (2 * params.reach + 1) + offset.x + params.reach];
      if (row >= 0) {
        value = residual[row * params.plane + (start.y - params.hold_first) * params.pitch + start.x];
      }
    }
  }
  matrices[item] = value;
}
