// Gram of what the cells leave over, in place of the Gram of the movie, from the mean, the cells' footprints and the pixel–trace products.
// One item makes one row (offset) at one pixel.
struct Params {
  items: u32,
  frames: f32,
  width: u32,
  height: u32,
  pitch: u32,
  first_row: u32,
  band_rows: u32,
  rows_at: u32,
  cell_count: u32,
  tiles_across: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> groups: array<i32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read> cells: array<u32>;
@group(0) @binding(5) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read> products: array<f32>;
@group(0) @binding(7) var<storage, read> tile_index: array<u32>;
@group(0) @binding(8) var<storage, read_write> residual: array<f32>;

// Sum over the cells that contain pixel `at` of their weight there times their product at (x, y).
fn explained(at: u32, x: u32, y: u32) -> f32 {
  let tile = (y / 16u * params.tiles_across + x / 16u) * params.cell_count;
  let in_tile = y % 16u * 16u + x % 16u;
  var sum = 0.0;
  let end = starts[at + 1u];
  for (var e = starts[at]; e < end; e++) {
    let entry = tile_index[tile + cells[e]];
    if (entry != 0xffffffffu) {
      sum += values[e] * products[entry * 256u + in_tile];
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (workgroup.x + workgroup.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let plane = params.band_rows * params.pitch;
  let row = item / plane;
  let pixel = params.first_row * params.pitch + item % plane;
  let x = pixel % params.pitch;
  let y = pixel / params.pitch;
  let other_y = y + u32(groups[params.rows_at + row * 2u]);
  let other_x = i32(x) + groups[params.rows_at + row * 2u + 1u];
  if (x >= params.width || other_x < 0 || other_x >= i32(params.width) || other_y >= params.height) {
    residual[item] = 0.0;
    return;
  }
  let other = other_y * params.pitch + u32(other_x);
  residual[item] -= params.frames * mean[pixel] * mean[other]
    + explained(other, x, y) + explained(pixel, u32(other_x), other_y);
}
