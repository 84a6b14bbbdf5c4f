// A quantile of every pixel over the frames of a stack, between two exact order statistics. One item does four pixels.
// The bits of a float, turned into a signed whole number, order as the floats do. Its lower order statistic is the
// largest number that at most `rank` of the pixel's values lie below: found digit by digit of four bits, each with one
// pass over the frames that counts the values below all fifteen candidates. A last pass finds the next larger value.
// `unroll` writes the candidates out.
struct Params {
  items: u32,
  frames: u32,
  // Values below the lower order statistic, and how far towards the next the quantile lies, from 0 to below 1.
  rank: u32,
  fraction: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> image: array<vec4f>;

const LARGEST = vec4i(0x7fffffff);

// Its own inverse.
fn ordered(bits: vec4i) -> vec4i {
  return bits ^ ((bits >> vec4u(31u)) & LARGEST);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let rank = vec4u(params.rank);
  var lower = vec4i(-0x7fffffff - 1);
  for (var digit = 0u; digit < 8u; digit++) {
    let unit = 0x10000000i >> (digit * 4u);
    // repeat c 1 15
    let candidate_{c} = lower + {c} * unit;
    var below_{c} = vec4u();
    // end
    var at = item;
    for (var frame = 0u; frame < params.frames; frame++) {
      let key = ordered(bitcast<vec4i>(stack[at]));
      // repeat c 1 15
      below_{c} += select(vec4u(), vec4u(1u), key < candidate_{c});
      // end
      at += params.items;
    }
    // repeat c 1 15
    lower = select(lower, candidate_{c}, below_{c} <= rank);
    // end
  }
  var up_to = vec4u();
  var next = LARGEST;
  var at = item;
  for (var frame = 0u; frame < params.frames; frame++) {
    let key = ordered(bitcast<vec4i>(stack[at]));
    let is_above = key > lower;
    up_to += select(vec4u(1u), vec4u(), is_above);
    next = select(next, min(next, key), is_above);
    at += params.items;
  }
  let upper = select(next, lower, up_to > rank + 1u);
  let a = bitcast<vec4f>(ordered(lower));
  let b = bitcast<vec4f>(ordered(upper));
  let between = a * (1.0 - params.fraction) + b * params.fraction;
  image[item] = select(between, a, (lower == upper) | vec4<bool>(params.fraction == 0.0));
}
