// Raw traces of selected cells from the projections of the movie, less what overlapping cells explain.
// A workgroup owns one cell and 256 frames; a lane owns four frames. Cells and overlaps are uniform loads.
struct Params {
  items: u32,
  stride: u32,
  frames: u32,
  frame_groups: u32,
  clamp: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> traces: array<vec4f>;
@group(0) @binding(2) var<storage, read> projections: array<vec4f>;
@group(0) @binding(3) var<storage, read> overlap_starts: array<u32>;
@group(0) @binding(4) var<storage, read> overlap_cells: array<u32>;
@group(0) @binding(5) var<storage, read> overlap_values: array<f32>;
@group(0) @binding(6) var<storage, read> selected: array<u32>;
@group(0) @binding(7) var<storage, read_write> raw: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = workgroup.x + workgroup.y * 65535u;
  let block = index % params.frame_groups * 64u + lane;
  if (index * 64u + lane >= params.items || block * 4u >= params.frames) {
    return;
  }
  let cell = selected[index / params.frame_groups];
  let stride = params.stride / 4u;
  let at = cell * stride + block;
  var gradient = projections[at];
  var diagonal = 0.0;
  let last = overlap_starts[cell + 1u];
  for (var e = overlap_starts[cell]; e < last; e++) {
    let other = overlap_cells[e];
    let overlap = overlap_values[e];
    gradient -= overlap * traces[other * stride + block];
    diagonal = select(diagonal, overlap, other == cell);
  }
  var value = vec4f();
  if (diagonal > 0.0) {
    value = traces[at] + gradient / diagonal;
  }
  if (params.clamp != 0u) {
    value = max(value, vec4f());
  }
  // Frames past the end keep what they hold.
  raw[at] = select(raw[at], value, vec4u(block * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.frames));
}
