// Products of pixels with traces over the frames of a stack, added to what is there.
// A workgroup owns one tile of 16×16 pixels and eight cells; a lane owns four pixels. The traces are uniform loads.
struct Params {
  items: u32,
  frames: u32,
  height: u32,
  blocks_across: u32,
  trace_stride: u32,
  frame_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> traces: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> products: array<vec4f>;

const none = 0xffffffffu;

// Unused slots read the first cell's trace (it is at hand) and are not stored.
fn first_frame(cell: u32, instead: u32) -> u32 {
  return select(cell, instead, cell == none) * params.trace_stride + params.frame_offset;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = workgroup.x + workgroup.y * 65535u;
  if (index * 64u + lane >= params.items) {
    return;
  }
  let tile = groups[index * 3u];
  let low = groups[index * 3u + 1u];
  let high = groups[index * 3u + 2u];
  let block = tile.x * 4u + lane % 4u;
  let row = tile.y * 16u + lane / 4u;
  if (block >= params.blocks_across || row >= params.height) {
    return;
  }
  let t0 = first_frame(low.x, low.x);
  let t1 = first_frame(low.y, low.x);
  let t2 = first_frame(low.z, low.x);
  let t3 = first_frame(low.w, low.x);
  let t4 = first_frame(high.x, low.x);
  let t5 = first_frame(high.y, low.x);
  let t6 = first_frame(high.z, low.x);
  let t7 = first_frame(high.w, low.x);
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var a4 = vec4f();
  var a5 = vec4f();
  var a6 = vec4f();
  var a7 = vec4f();
  let stride = params.height * params.blocks_across;
  var pixel = row * params.blocks_across + block;
  for (var f = 0u; f < params.frames; f++) {
    let y = stack[pixel];
    a0 += y * traces[t0 + f];
    a1 += y * traces[t1 + f];
    a2 += y * traces[t2 + f];
    a3 += y * traces[t3 + f];
    a4 += y * traces[t4 + f];
    a5 += y * traces[t5 + f];
    a6 += y * traces[t6 + f];
    a7 += y * traces[t7 + f];
    pixel += stride;
  }
  let out = index * 512u + lane;
  products[out] += a0;
  if (low.y != none) { products[out + 64u] += a1; }
  if (low.z != none) { products[out + 128u] += a2; }
  if (low.w != none) { products[out + 192u] += a3; }
  if (high.x != none) { products[out + 256u] += a4; }
  if (high.y != none) { products[out + 320u] += a5; }
  if (high.z != none) { products[out + 384u] += a6; }
  if (high.w != none) { products[out + 448u] += a7; }
}
