// Products of near pixels of a stack, summed over frames and added to what is there: gram[row of (dy, dx)][pixel of the band].
// A workgroup owns 2×4 pixels (uniform loads); a lane owns four target pixels: 32 sums, of which those within reach are stored.
struct Params {
  items: u32,
  first_frame: u32,
  frames: u32,
  height: u32,
  first_row: u32,
  band_rows: u32,
  blocks_across: u32,
  slots: u32,
  slots_at: u32,
  workgroups_per_block: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
// Per dy from −1: lowest dx, highest dx, row of the lowest, 0. At slots_at: (dy, block of four pixels) per slot.
@group(0) @binding(2) var<storage, read> groups: array<i32>;
@group(0) @binding(3) var<storage, read_write> gram: array<f32>;

// Adds the four products of the pixel in column `column` of its block with the four target pixels of the slot.
fn store(sums: vec4f, column: i32, dy: i32, block: i32, pixel: i32) {
  let range = (dy + 1) * 4;
  let low = groups[range];
  let high = groups[range + 1];
  let base = groups[range + 2] - low;
  let plane = i32(params.band_rows * params.blocks_across * 4u);
  for (var q = 0; q < 4; q++) {
    let dx = block * 4 + q - column;
    if (dx >= low && dx <= high) {
      gram[(base + dx) * plane + pixel + column] += sums[q];
    }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = workgroup.x + workgroup.y * 65535u;
  let slot = (index % params.workgroups_per_block) * 64u + lane;
  if (index * 64u + lane >= params.items || slot >= params.slots) {
    return;
  }
  let own_block = index / params.workgroups_per_block;
  let x = own_block % params.blocks_across;
  let band_y = own_block / params.blocks_across * 2u;
  let y = params.first_row + band_y;
  let dy = groups[params.slots_at + slot * 2u];
  let block = groups[params.slots_at + slot * 2u + 1u];
  let target_x = i32(x) + block;
  let target_y = i32(y) + dy;
  if (target_y >= i32(params.height) || target_x < 0 || target_x >= i32(params.blocks_across)) {
    return;
  }
  let frame = params.height * params.blocks_across;
  let second = band_y + 1u < params.band_rows;
  var own = params.first_frame * frame + y * params.blocks_across + x;
  let below = select(0u, params.blocks_across, second);
  var other = params.first_frame * frame + u32(target_y) * params.blocks_across + u32(target_x);
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var b0 = vec4f();
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();
  for (var f = 0u; f < params.frames; f++) {
    let a = stack[own];
    let b = stack[own + below];
    let q = stack[other];
    a0 += a.x * q;
    a1 += a.y * q;
    a2 += a.z * q;
    a3 += a.w * q;
    b0 += b.x * q;
    b1 += b.y * q;
    b2 += b.z * q;
    b3 += b.w * q;
    own += frame;
    other += frame;
  }
  let pixel = i32((band_y * params.blocks_across + x) * 4u);
  store(a0, 0, dy, block, pixel);
  store(a1, 1, dy, block, pixel);
  store(a2, 2, dy, block, pixel);
  store(a3, 3, dy, block, pixel);
  if (second) {
    let under = pixel + i32(params.blocks_across * 4u);
    store(b0, 0, dy - 1, block, under);
    store(b1, 1, dy - 1, block, under);
    store(b2, 2, dy - 1, block, under);
    store(b3, 3, dy - 1, block, under);
  }
}
