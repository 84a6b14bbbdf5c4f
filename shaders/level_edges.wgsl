// Pixels that a moved frame has no sample for: they hold the nearest sample, which shines as brightly as its own place
// does. What they should hold is their own mean plus that sample's deviation from the mean of its place. In place; one
// item per listed block of four pixels of a run of frames.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  listed: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  node_columns: u32,
  node_rows: u32,
  first_x: f32,
  first_y: f32,
  step_x: f32,
  step_y: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> nodes: array<vec2f>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> moved: array<f32>;

fn mean_at(place: vec2f, last: vec2f) -> f32 {
  let at = clamp(place, vec2f(), last);
  let corner = vec2u(at);
  let part = at - floor(at);
  let next = min(corner + 1u, vec2u(last));
  let pitch = params.row_blocks * 4u;
  let upper_left = mean[corner.y * pitch + corner.x];
  let upper_right = mean[corner.y * pitch + next.x];
  let lower_left = mean[next.y * pitch + corner.x];
  let lower_right = mean[next.y * pitch + next.x];
  let upper = fma(upper_right - upper_left, part.x, upper_left);
  let lower = fma(lower_right - lower_left, part.x, lower_left);
  return fma(lower - upper, part.y, upper);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let run = item / params.listed;
  let block = blocks[item - run * params.listed];
  let y = block / params.row_blocks;
  let first_x = (block - y * params.row_blocks) * 4u;
  let last = vec2f(f32(params.width - 1u), f32(params.height - 1u));
  let size = params.row_blocks * params.height;
  for (var frame = run * params.run; frame < min((run + 1u) * params.run, params.frames); frame++) {
    for (var x = first_x; x < min(first_x + 4u, params.width); x++) {
      let pixel = vec2f(f32(x), f32(y));
      let d = displacement_at(frame, pixel.x, pixel.y);
      let place = pixel + d;
      if (any(place < vec2f()) || any(place > last)) {
        let source = clamp(place, vec2f(), last) - d;
        let at = (frame * size + block) * 4u + x - first_x;
        moved[at] += mean[y * params.row_blocks * 4u + x] - mean_at(source, last);
      }
    }
  }
}
