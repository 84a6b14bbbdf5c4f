// Median along every line of the difference of two stacks: `count` values, `stride` floats apart. One item does one line of one frame.
// As in median_filter, bounds close in on the median, which is a sample (with an even number of them, halfway between two): exact.
struct Params {
  items: u32,
  lines: u32,
  frame_size: u32,
  line_stride: u32,
  stride: u32,
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read> level: array<f32>;
@group(0) @binding(3) var<storage, read_write> medians: array<f32>;

const HUGE = 3.4e38;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let frame = item / params.lines;
  let first = frame * params.frame_size + (item - frame * params.lines) * params.line_stride;
  let rank = (params.count + 1u) / 2u;
  var low = HUGE;
  var high = -HUGE;
  for (var i = 0u; i < params.count; i++) {
    let at = first + i * params.stride;
    let value = stack[at] - level[at];
    low = min(low, value);
    high = max(high, value);
  }
  for (var round = 0u; round < params.count && low < high; round++) {
    let middle = low * 0.5 + high * 0.5;
    let pivot = select(low, middle, middle > low && middle < high);
    var number = 0u;
    var below = -HUGE;
    var above = HUGE;
    for (var i = 0u; i < params.count; i++) {
      let at = first + i * params.stride;
      let value = stack[at] - level[at];
      let is_below = value <= pivot;
      number += select(0u, 1u, is_below);
      below = select(below, max(below, value), is_below);
      above = select(min(above, value), above, is_below);
    }
    if (number >= rank) {
      high = below;
    } else {
      low = min(above, high);
    }
  }
  // The next larger sample, where the median lies between two.
  var number = 0u;
  var next = HUGE;
  for (var i = 0u; i < params.count; i++) {
    let at = first + i * params.stride;
    let value = stack[at] - level[at];
    number += select(0u, 1u, value <= high);
    next = select(next, min(next, value), value > high);
  }
  let is_between = params.count % 2u == 0u && number == rank;
  medians[item] = select(high, 0.5 * high + 0.5 * next, is_between);
}
