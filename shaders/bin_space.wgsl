// Block means over s×s pixels of every frame of a stack; edge blocks average what they hold.
// One item makes one output pixel of one frame.
struct Params {
  items: u32,
  frames: u32,
  width: u32,
  height: u32,
  pitch: u32,
  factor: u32,
  out_width: u32,
  out_height: u32,
  out_pitch: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read_write> binned: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let x = item % params.out_pitch;
  let y = (item / params.out_pitch) % params.out_height;
  let frame = item / (params.out_pitch * params.out_height);
  if (x >= params.out_width) {
    binned[item] = 0.0;
    return;
  }
  let x1 = min((x + 1u) * params.factor, params.width);
  let y1 = min((y + 1u) * params.factor, params.height);
  var sum = 0.0;
  for (var v = y * params.factor; v < y1; v++) {
    let row = (frame * params.height + v) * params.pitch;
    for (var u = x * params.factor; u < x1; u++) {
      sum += stack[row + u];
    }
  }
  let count = (x1 - x * params.factor) * (y1 - y * params.factor);
  binned[item] = sum / f32(count);
}
