// Median over the square of side 2·radius + 1 around every pixel, the border pixel repeated beyond the border.
// One item makes four pixels. The median is one of the samples; bounds close in on it: for a pivot halfway between them, it is counted how
// many samples are at most the pivot, and the next sample on the side of the median is the new bound. Each round removes a sample at
// least, and usually half of them. The result is exact: it is the same on every device.
struct Params {
  items: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  radius: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read_write> filtered: array<vec4f>;

const HUGE = 3.4e38;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let row = item / params.row_blocks;
  let y = i32(row % params.height);
  let pitch = i32(params.row_blocks * 4u);
  let top = (i32(row) - y) * pitch;
  let x = i32((item - row * params.row_blocks) * 4u);
  let radius = i32(params.radius);
  let last_column = i32(params.width) - 1;
  let last_row = i32(params.height) - 1;
  let side = 2 * radius + 1;
  let samples = side * side;
  let rank = (samples + 1) / 2;
  var low = vec4f(-HUGE);
  var high = vec4f(HUGE);
  // The first round finds the least and the largest sample.
  var pivot = vec4f(-HUGE);
  for (var round = 0; round <= samples; round++) {
    var count = vec4i();
    var below = vec4f(-HUGE);
    var above = vec4f(HUGE);
    var largest = vec4f(-HUGE);
    for (var v = -radius; v <= radius; v++) {
      let first = top + clamp(y + v, 0, last_row) * pitch;
      var four = vec4f();
      for (var u = -radius; u < 3 - radius; u++) {
        four = vec4f(four.yzw, stack[first + clamp(x + u, 0, last_column)]);
      }
      for (var u = 3 - radius; u <= 3 + radius; u++) {
        four = vec4f(four.yzw, stack[first + clamp(x + u, 0, last_column)]);
        let is_below = four <= pivot;
        count += select(vec4i(), vec4i(1), is_below);
        below = select(below, max(below, four), is_below);
        above = select(min(above, four), above, is_below);
        largest = max(largest, four);
      }
    }
    if (round == 0) {
      low = above;
      high = largest;
    } else {
      let is_reached = count >= vec4i(rank);
      high = select(high, below, is_reached);
      low = select(min(above, high), low, is_reached);
    }
    if (all(low >= high)) {
      break;
    }
    let middle = low * 0.5 + high * 0.5;
    pivot = select(low, middle, (middle > low) & (middle < high));
  }
  let is_inside = vec4i(x) + vec4i(0, 1, 2, 3) <= vec4i(last_column);
  filtered[item] = select(vec4f(), high, is_inside);
}
