// Mean Pearson correlation of each pixel with its neighbours (up to eight), from the sums of correlation_sums.
// One item does one pixel of a listed block; a pair in which one pixel never varies counts as 0.
struct Params {
  items: u32,
  frames: u32,
  width: u32,
  height: u32,
  pitch: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read_write> correlation: array<f32>;

// Standard deviation; 0 when all that is there is rounding.
fn deviation(pixel: u32) -> f32 {
  let mean = sums[pixel] / f32(params.frames);
  let square = sums[params.pitch * params.height + pixel] / f32(params.frames);
  let variance = square - mean * mean;
  return select(0.0, sqrt(max(variance, 0.0)), variance > square * 1.0e-6);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.pitch * params.height;
  let pixel = blocks[item / 4u] * 4u + item % 4u;
  let x = i32(pixel % params.pitch);
  let y = i32(pixel / params.pitch);
  let frames = f32(params.frames);
  if (x >= i32(params.width)) {
    correlation[pixel] = 0.0;
    return;
  }
  let mean = sums[pixel] / frames;
  let spread = deviation(pixel);
  var total = 0.0;
  var count = 0.0;
  for (var k = 0; k < 9; k++) {
    let u = x + k % 3 - 1;
    let v = y + k / 3 - 1;
    if (k == 4 || u < 0 || v < 0 || u >= i32(params.width) || v >= i32(params.height)) {
      continue;
    }
    let other = u32(v) * params.pitch + u32(u);
    // Planes 2 to 5 hold the pairs with east, south-west, south, south-east (k = 5 to 8); the others belong to the neighbour.
    let plane = select(8 - k, k, k > 4) - 3;
    let product = sums[u32(plane) * size + select(other, pixel, k > 4)] / frames - mean * sums[other] / frames;
    let scale = spread * deviation(other);
    count += 1.0;
    if (scale > 0.0) {
      total += product / scale;
    }
  }
  correlation[pixel] = total / max(count, 1.0);
}
